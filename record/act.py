"""What a person does, into the record: appended once, never over somebody else's head."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, select

from infusion.happenings import Happening, decode_happening
from record import event_rows, schema
from record.transaction import Transaction

_AHEAD: Final = timedelta(days=1)
"""No clock of another writer is further ahead than this."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes, when (UTC), on which sight of the chain, and by which form, if by one.

    `rivals`: kinds of events that take what only one can have; none of them may have been appended
    to another chain since `looked_upto`, the position up to which other chains were looked at.
    """

    author: str
    now: datetime
    seen: int
    token: str | None = None
    rivals: tuple[str, ...] = ()
    looked_upto: int = 0


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What an act appends to one of its chains, which was seen up to `seen`."""

    chain: str
    events: tuple[msgspec.Struct, ...]
    seen: int


class Overtaken(Exception):
    """Somebody (or ingest) appended what was not seen: look again and decide anew."""


def append_act(
    transaction: Transaction, chain: str, events: Sequence[msgspec.Struct], act: Act
) -> list[int]:
    """Append what a person did to a chain; returns the positions.

    A form sent again with the same token gets those of the first time, and nothing is written.
    Raises Overtaken if the chain has grown since it was seen, or if a rival was quicker.
    """
    return append_parts(transaction, [Part(chain=chain, events=tuple(events), seen=act.seen)], act)


def append_behind(
    transaction: Transaction, chain: str, events: Sequence[msgspec.Struct], act: Act
) -> list[int]:
    """As `append_act`, behind whatever the chain holds by now, though `act` has not seen it."""
    transaction.lock_chains()
    head = head_of(transaction.connection, chain)
    return append_act(transaction, chain, events, msgspec.structs.replace(act, seen=head))


def append_decided(
    transaction: Transaction,
    chain: str,
    kinds: Sequence[type[Happening]],
    since: datetime,
    decide: Callable[[list[Any]], Sequence[msgspec.Struct]],
    by: tuple[str, datetime],
) -> list[int]:
    """Append what `decide` makes of what a chain holds of some rare kinds since a moment (UTC).

    Whoever else writes waits in the meantime. `by`: the author, and now (UTC). Returns the
    positions.
    """
    transaction.lock_chains()
    names = [kind.__name__ for kind in kinds]
    until = by[1] + _AHEAD
    # by their kinds, which are rare: the chain of a ward is long, and everybody waits
    rows = event_rows.events_across(transaction.connection, names, since, until)
    held = [decode_happening(row.payload) for row in rows if row.chain == chain]
    return transaction.append(chain, decide(held), *by)


def append_parts(transaction: Transaction, parts: Sequence[Part], act: Act) -> list[int]:
    """Append one act to several chains, in that order; returns all positions.

    To all of them or to none, as `append_act`; each part says how far its own chain was seen.
    """
    connection = transaction.connection
    if act.token is not None and (done := taken_as(connection, act.token)) is not None:
        return done
    transaction.lock_chains()
    for part in parts:
        if head_of(connection, part.chain) != part.seen:
            raise Overtaken(f"{part.chain} has grown since it was looked at")
    if act.rivals and (rival := _rival(connection, parts, act)) is not None:
        raise Overtaken(f"{rival} took what only one can have since it was looked at")
    positions: list[int] = []
    for part in parts:
        positions += transaction.append(part.chain, part.events, act.author, act.now)
    if act.token is not None and positions:
        values = {
            "token": act.token, "chain": parts[0].chain, "first": positions[0],
            "last": positions[-1],
        }  # fmt: skip
        connection.execute(schema.form.insert().values(**values))
    return positions


def taken_as(connection: Connection, token: str) -> list[int] | None:
    """The positions of what a form with this token became; None if it was never taken."""
    form, event = schema.form.c, schema.event.c
    row = connection.execute(select(schema.form).where(form.token == token)).first()
    if row is None:
        return None
    # appended in one transaction, so that nothing else lies between
    wanted = (
        select(event.position)
        .where(event.position.between(row.first, row.last))
        .order_by(event.position)
    )
    return list(connection.execute(wanted).scalars().all())


def head_of(connection: Connection, chain: str) -> int:
    """The position of a chain's last event, 0 if there is none."""
    event = schema.event
    found = connection.execute(
        select(func.max(event.c.position)).where(event.c.chain == chain)
    ).scalar()
    return found or 0


def _rival(connection: Connection, parts: Sequence[Part], act: Act) -> str | None:
    """Another chain in which a rival was appended after what was looked at."""
    event = schema.event.c
    own = [part.chain for part in parts]
    wanted = (
        select(event.chain)
        .where(
            event.kind.in_(act.rivals),
            event.position > act.looked_upto,
            event.chain.not_in(own),
        )
        .limit(1)
    )
    return connection.execute(wanted).scalar()
