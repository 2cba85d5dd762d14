"""What people did: read as it was recorded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, select

from infusion.digests import DIGESTS
from infusion.happenings import (
    PATIENT_CHAINS,
    Happening,
    decode_happening,
)
from infusion.inputs import PeopleActed, PumpGained
from infusion.patient import PatientId
from infusion.pump_facts import PumpFact
from infusion.session_events import SessionCancelled, SessionPlanned
from infusion.signature_events import SessionSigned
from record import event_rows, schema
from record.act import head_of, taken_as
from record.acts import Tail, read_acts, read_tail, told_before, ward_of_chain
from record.columns import from_micros, to_micros
from record.database import Database
from record.schema import ActTaken, EventRow
from vocabulary.ids import WardId

_OVER: Final = (SessionSigned.__name__, SessionCancelled.__name__)
_AT_ONCE: Final = 10_000


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it was recorded: its place in the record, who wrote it and when (UTC)."""

    position: int
    chain: str
    author: str
    recorded_at: datetime
    event: Happening


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """A chain as it was read. `position`: of its last event, 0 if there is none."""

    recorded: tuple[Recorded, ...]
    position: int

    @property
    def events(self) -> tuple[Any, ...]:
        """What happened, in order; digests only pin it, and are left out."""
        return tuple(item.event for item in self.recorded if not isinstance(item.event, DIGESTS))


def read_log(connection: Connection, chain: str) -> Log:
    """A whole chain."""
    rows: list[EventRow] = []
    while len(part := event_rows.events(connection, _last(rows), chain, _AT_ONCE)) == _AT_ONCE:
        rows += part
    rows += part
    return Log(recorded=tuple(_recorded(row) for row in rows), position=_last(rows))


class Chains:
    """The chains of sessions, patients and wards. Every method may raise RecordUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, chain: str) -> Log:
        """A whole chain, at one moment."""
        with self._database.reading() as connection:
            return read_log(connection, chain)

    def of_kinds(
        self, chain: str, kinds: Sequence[type[Happening]], start: datetime, end: datetime
    ) -> list[Happening]:
        """What happened of some kinds in a chain from `start` until before `end`, in order."""
        names = [kind.__name__ for kind in kinds]
        with self._database.reading() as connection:
            rows = event_rows.events_of_kinds(connection, chain, names, start, end)
        return [decode_happening(row.payload) for row in rows]

    def told_of(self, kinds: Sequence[type[Happening]], since: datetime) -> list[str]:
        """The chains in which something of some kinds happened from `since` (UTC) on."""
        event = schema.event.c
        wanted = (
            select(event.chain)
            .where(event.kind.in_([kind.__name__ for kind in kinds]), event.at >= to_micros(since))
            .group_by(event.chain)
            .order_by(func.min(event.position))
        )
        with self._database.reading() as connection:
            return list(connection.execute(wanted).scalars())

    def head(self, chain: str) -> int:
        """The position of a chain's last event, 0 if there is none."""
        with self._database.reading() as connection:
            return head_of(connection, chain)

    def newest(self) -> int:
        """The position of the last event of any chain, 0 if there is none."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(schema.event.c.position))).scalar() or 0

    def heads(self, chains: Sequence[str]) -> dict[str, int]:
        """The position of the last event of each of `chains` that has any."""
        event = schema.event.c
        wanted = (
            select(event.chain, func.max(event.position))
            .where(event.chain.in_(chains))
            .group_by(event.chain)
        )
        with self._database.reading() as connection:
            return {row.chain: row[1] for row in connection.execute(wanted)}

    def sent(self, token: str) -> list[int] | None:
        """The positions of what a form with this token became; None if it was never taken."""
        with self._database.reading() as connection:
            return taken_as(connection, token)

    def across(
        self, kinds: Sequence[type[msgspec.Struct]], since: datetime, until: datetime
    ) -> list[Recorded]:
        """The events of these kinds about a moment from `since` until before `until`, in order.

        Of every chain, for lists that look across sessions.
        """
        names = [kind.__name__ for kind in kinds]
        with self._database.reading() as connection:
            rows = event_rows.events_across(connection, names, since, until)
        return [_recorded(row) for row in rows]

    def newest_of(self, kinds: Sequence[type[msgspec.Struct]]) -> int:
        """The position of the last event of any of these kinds in any chain, 0 if there is none."""
        with self._database.reading() as connection:
            return event_rows.newest_of(connection, [kind.__name__ for kind in kinds])

    def is_over(self, chain: str) -> bool:
        """Whether a session was signed or cancelled."""
        event = schema.event.c
        wanted = select(event.position).where(event.chain == chain, event.kind.in_(_OVER)).limit(1)
        with self._database.reading() as connection:
            return connection.execute(wanted).first() is not None

    def tail(self, after: int, limit: int = 1000) -> Tail:
        """What people appended after a place in the record, and how far that was looked through."""
        with self._database.reading() as connection:
            return read_tail(connection, after, limit)

    def place(self, taken: Sequence[ActTaken]) -> list[PeopleActed]:
        """What people did, as it is taken up at these places of the stream."""
        with self._database.reading() as connection:
            acts = read_acts(connection, taken)
        return [acts[item.position] for item in taken]

    def told_before(self, gained: PumpGained, ward: WardId, before: int) -> tuple[PumpFact, ...]:
        """What a pump told a ward in a time, at places of the stream below `before`."""
        with self._database.reading() as connection:
            return told_before(connection, gained, ward, before)

    def ward_of(self, chain: str) -> WardId | None:
        """The ward for which the session of a chain was planned; None if none was."""
        with self._database.reading() as connection:
            return ward_of_chain(connection, chain)

    def sessions(
        self,
        ward: WardId | None = None,
        patient: PatientId | None = None,
        *,
        only_open: bool = False,
        open_since: datetime | None = None,
    ) -> list[SessionPlanned]:
        """The sessions that were planned, in that order; `only_open`: neither signed nor cancelled;
        `open_since`: not before that moment (UTC).

        Of one ward or of all, of one patient or of all.
        """
        event = schema.event
        wanted = select(event.c.payload).where(event.c.kind == SessionPlanned.__name__)
        if patient is not None:
            quoted = msgspec.json.encode(patient).decode()
            wanted = wanted.where(event.c.payload.contains(f'"patient":{quoted}', autoescape=True))
        if only_open or open_since is not None:
            over = event.alias()
            ended = select(over.c.position).where(
                over.c.chain == event.c.chain, over.c.kind.in_(_OVER)
            )
            if open_since is not None:
                ended = ended.where(over.c.at < to_micros(open_since))
            wanted = wanted.where(~ended.exists())
        with self._database.reading() as connection:
            payloads = connection.execute(wanted.order_by(event.c.position)).scalars().all()
        plans = [decode_happening(payload) for payload in payloads]
        return [
            plan
            for plan in plans
            if isinstance(plan, SessionPlanned)
            and (ward is None or plan.ward == ward)
            and (patient is None or plan.patient.patient == patient)
        ]

    def patients(self) -> list[PatientId]:
        """Every patient with a chain, in the order they became known."""
        event = schema.event
        wanted = (
            select(event.c.chain)
            .where(event.c.chain.startswith(PATIENT_CHAINS))
            .group_by(event.c.chain)
            .order_by(func.min(event.c.position))
        )
        with self._database.reading() as connection:
            chains = connection.execute(wanted).scalars().all()
        return [PatientId(chain.removeprefix(PATIENT_CHAINS)) for chain in chains]


def _recorded(row: EventRow) -> Recorded:
    return Recorded(
        position=row.position,
        chain=row.chain,
        author=row.author,
        recorded_at=from_micros(row.recorded_at),
        event=decode_happening(row.payload),
    )


def _last(rows: Sequence[EventRow]) -> int:
    return rows[-1].position if rows else 0
