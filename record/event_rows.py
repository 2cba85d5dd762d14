"""Events of the record as their rows stand there, each look in the reader's own transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from record import schema
from record.columns import selected, to_micros
from record.schema import EventRow


def events(connection: Connection, after: int, chain: str | None, limit: int) -> list[EventRow]:
    """At most `limit` events after a position of the record, of one chain or of all."""
    wanted = selected(schema.event, schema.EVENT).where(schema.event.c.position > after)
    if chain is not None:
        wanted = wanted.where(schema.event.c.chain == chain)
    return _found(connection, wanted.limit(limit))


def events_at(connection: Connection, chain: str, at: datetime) -> list[EventRow]:
    """The events of a chain that are about one moment."""
    event = schema.event.c
    wanted = selected(schema.event, schema.EVENT)
    return _found(connection, wanted.where(event.chain == chain, event.at == to_micros(at)))


def event_in_place(connection: Connection, position: int) -> EventRow | None:
    """The event at a position of the record."""
    wanted = selected(schema.event, schema.EVENT).where(schema.event.c.position == position)
    row = connection.execute(wanted).one_or_none()
    return None if row is None else schema.EVENT.item(tuple(row))


def events_of_kinds(
    connection: Connection, chain: str, kinds: Sequence[str], start: datetime, end: datetime
) -> list[EventRow]:
    """The events of some kinds in a chain that happened from `start` until before `end`."""
    wanted = _between(kinds, start, end).where(schema.event.c.chain == chain)
    return _found(connection, wanted)


def events_across(
    connection: Connection, kinds: Sequence[str], start: datetime, end: datetime
) -> list[EventRow]:
    """The events of some kinds in every chain from `start` until before `end`; for rare kinds."""
    return _found(connection, _between(kinds, start, end))


def newest_of(connection: Connection, kinds: Sequence[str]) -> int:
    """The position of the last event of any of these kinds, 0 if there is none."""
    event = schema.event.c
    last = [select(func.max(event.position)).where(event.kind == kind) for kind in kinds]
    return max(connection.execute(one).scalar() or 0 for one in last)


def _between(kinds: Sequence[str], start: datetime, end: datetime) -> Any:  # noqa: ANN401  # a Select
    event = schema.event.c
    return selected(schema.event, schema.EVENT).where(
        event.kind.in_(kinds), event.at >= to_micros(start), event.at < to_micros(end)
    )


def _found(connection: Connection, wanted: Any) -> list[EventRow]:  # noqa: ANN401  # a Select
    """The events that a query asks for, in the order of the record."""
    rows = connection.execute(wanted.order_by(schema.event.c.position))
    return [schema.EVENT.item(tuple(row)) for row in rows]
