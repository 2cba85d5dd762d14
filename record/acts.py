"""What people did on its way into the stream: found in the record, placed, and read back."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Table, func, select

from infusion.happenings import PEOPLE, decode_happening
from infusion.inputs import PeopleActed, PumpGained, pump_gained
from infusion.pump_facts import PumpFact
from infusion.session_events import SessionPlanned
from record import schema
from record.columns import StructColumns, to_micros
from record.schema import ActTaken
from vocabulary.ids import WardId

_PLANNED: Final = SessionPlanned.__name__
_TOLD: Final[tuple[tuple[Table, StructColumns[Any]], ...]] = (
    (schema.pump_reading, schema.PUMP_READING),
    (schema.device_event, schema.DEVICE_EVENT),
)


class Appended(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a person appended, as it lies in the record."""

    position: int
    chain: str


class Tail(msgspec.Struct, frozen=True, kw_only=True):
    """What people appended after a place of the record; looked through up to `upto`."""

    appended: tuple[Appended, ...]
    upto: int


def read_tail(connection: Connection, after: int, limit: int) -> Tail:
    """At most `limit` events of people after a position of the record, in order."""
    event = schema.event.c
    head = connection.execute(select(func.max(event.position))).scalar() or 0
    if head <= after:
        return Tail(appended=(), upto=after)
    wanted = (
        select(event.position, event.chain)
        .where(event.position > after, event.author.startswith(PEOPLE))
        .order_by(event.position)
        .limit(limit)
    )
    appended = tuple(
        Appended(position=row.position, chain=row.chain) for row in connection.execute(wanted)
    )
    is_whole = len(appended) < limit
    return Tail(appended=appended, upto=head if is_whole else appended[-1].position)


def ward_of_chain(connection: Connection, chain: str) -> WardId | None:
    """The ward for which the session of this chain was planned; None if no plan is in it."""
    event = schema.event.c
    payload = connection.execute(
        select(event.payload)
        .where(event.chain == chain, event.kind == _PLANNED)
        .order_by(event.position)
        .limit(1)
    ).scalar()
    plan = None if payload is None else decode_happening(payload)
    return plan.ward if isinstance(plan, SessionPlanned) else None


def read_acts(connection: Connection, taken: Sequence[ActTaken]) -> dict[int, PeopleActed]:
    """What people did, by its place in the stream, with all that the rules need to know of it."""
    if not taken:
        return {}
    event = schema.event.c
    wanted = select(event.position, event.chain, event.payload).where(
        event.position.in_([item.event_position for item in taken])
    )
    rows = {row.position: row for row in connection.execute(wanted)}
    acts = {}
    for item in taken:
        row = rows[item.event_position]
        act = _act_of(item, row.chain, row.payload)
        gained = pump_gained(act.event)
        if gained is not None:
            history = told_before(connection, gained, item.ward, item.position)
            act = msgspec.structs.replace(act, history=history)
        acts[item.position] = act
    return acts


def _act_of(taken: ActTaken, chain: str, payload: str) -> PeopleActed:
    """The stream input that an event is; without the event where it cannot be read or taken."""
    event, refusal = None, taken.refusal
    if not refusal:
        try:
            event = decode_happening(payload)
        except (msgspec.MsgspecError, ValueError, TypeError) as error:
            refusal = f"cannot be read: {error}"
    return PeopleActed(
        position=taken.position,
        at=taken.at,
        ward=taken.ward,
        chain=chain,
        event_position=taken.event_position,
        event=event,
        refusal=refusal,
    )


def told_before(
    connection: Connection, gained: PumpGained, ward: WardId, before: int
) -> tuple[PumpFact, ...]:
    """What a pump told a ward in a time, at places of the stream below `before`, in their order."""
    found: list[PumpFact] = []
    for table, columns in _TOLD:
        named = [table.c[name] for name in columns.names]
        wanted = select(*named).where(
            table.c.device == gained.device,
            table.c.ward == ward,
            table.c.observed_at >= to_micros(gained.since),
            table.c.position < before,
        )
        if gained.until is not None:
            wanted = wanted.where(table.c.observed_at < to_micros(gained.until))
        found += (columns.item(tuple(row)) for row in connection.execute(wanted))
    return tuple(sorted(found, key=lambda item: item.position))
