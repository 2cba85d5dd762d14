"""Pinning what was stored: a digest of a ward's rows into its chain and those of its sessions.

A digest is made of what stands in the tables, so that it can never claim what is not there. What is
committed already can be read and hashed before the transaction that appends the digest (a draft),
so that nobody else waits for it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select

from infusion.digests import (
    QUARANTINE_CHAIN,
    DeviceDigest,
    QuarantineDigested,
    SamplesDigested,
)
from infusion.happenings import session_chain, ward_chain
from record import schema
from record.late_data import late_before_pinned, late_for_sealed
from record.pinned_rows import (
    DIGEST_KINDS,
    PinnedRow,
    digest_of_rows,
    events_hash,
    last_digest,
    proof_alone,
    quarantine_rows,
    rows_of,
)
from record.transaction import Transaction
from vocabulary.ids import DeviceId, SessionId, WardId

POSITIONS_AT_ONCE: Final = 20_000
"""The most that one digest spans, so that it stays small enough to check and to read."""
REFUSED_AT_ONCE: Final = 1000
"""The same of refused messages, each of which may be 16 KiB long."""
AUTHOR: Final = "digest/"
"""How the author of a digest begins; apart from `ingest/`, whose events conclude something."""


class Minute(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be pinned: a ward's rows up to a position, at `at` (UTC).

    `sessions`: the devices that were each session's at some time since the last digest.
    """

    ward: WardId
    upto: int
    at: datetime
    sessions: Mapping[SessionId, Collection[DeviceId]]


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """Committed rows of a ward between two positions, by device, hashed beforehand."""

    after: int
    upto: int
    rows: dict[str, list[PinnedRow]]


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """The rows between two positions, and the events not pinned yet."""

    after: int
    upto: int
    events_after: int
    digests: dict[str, DeviceDigest]


def draft_digest(
    connection: Connection, ward: WardId, upto: int, begun: Draft | None = None
) -> Draft:
    """Read and hash what is not pinned yet of a ward, up to a committed position at most.

    `begun`: a draft that nobody has pinned yet, which is gone on with and used up.
    """
    if begun is None:
        after, _ = _last(connection, ward)
        begun = Draft(after=after, upto=after, rows={})
    upto = max(begun.upto, min(begun.after + POSITIONS_AT_ONCE, upto))
    for device, found in rows_of(connection, ward, begun.upto, upto).items():
        begun.rows.setdefault(device, []).extend(found)
    return Draft(after=begun.after, upto=upto, rows=begun.rows)


def digest_minute(
    transaction: Transaction, minute: Minute, worker: str, draft: Draft | None = None
) -> None:
    """Pin what is not pinned yet of a ward, and what was refused. Done twice it does nothing."""
    transaction.lock_chains()
    author = f"{AUTHOR}{worker}"
    _digest_quarantine(transaction, minute.at, author)
    after, events_after = _last(transaction.connection, minute.ward)
    upto = after
    while upto < minute.upto:
        if draft is not None and draft.after == after == upto < draft.upto <= minute.upto:
            upto, rows = draft.upto, draft.rows
        else:
            upto = min(upto + POSITIONS_AT_ONCE, minute.upto)
            rows = rows_of(transaction.connection, minute.ward, after, upto)
        if not rows and (upto < minute.upto or not _has_news(transaction, events_after)):
            continue  # the next digest spans this part too
        for late in (
            *late_before_pinned(
                transaction.connection, minute.ward, events_after, after, minute.at
            ),
            *late_for_sealed(transaction.connection, minute.ward, rows, minute.at),
        ):
            transaction.append(session_chain(late.session), [late], author, minute.at)
        digests = {device: digest_of_rows(found) for device, found in sorted(rows.items())}
        part = _Part(after=after, upto=upto, events_after=events_after, digests=digests)
        events_after = _append(transaction, minute, part, author)
        after = upto


def _last(connection: Connection, ward: WardId) -> tuple[int, int]:
    """The last position and the last event that are pinned of a ward."""
    last = last_digest(connection, ward_chain(ward))
    return (last.upto, last.events_upto) if isinstance(last, SamplesDigested) else (0, 0)


def _append(transaction: Transaction, minute: Minute, part: _Part, author: str) -> int:
    """Append a part to the chains of the sessions and the ward; returns the last event pinned."""
    for session, devices in sorted(minute.sessions.items()):
        own: dict[str, DeviceDigest] = {
            device: proof_alone(part.digests[device])
            for device in sorted(devices)
            if device in part.digests
        }
        if own:
            event = SamplesDigested(
                ward=minute.ward,
                at=minute.at,
                after=part.after,
                upto=part.upto,
                devices=own,
                session=session,
            )
            transaction.append(session_chain(session), [event], author, minute.at)
    events_upto = transaction.lock_chains() - 1
    event = SamplesDigested(
        ward=minute.ward,
        at=minute.at,
        after=part.after,
        upto=part.upto,
        devices=part.digests,
        events_after=part.events_after,
        events_upto=events_upto,
        events_hash=events_hash(transaction.connection, part.events_after, events_upto),
    )
    transaction.append(ward_chain(minute.ward), [event], author, minute.at)
    return events_upto


def _digest_quarantine(transaction: Transaction, at: datetime, author: str) -> None:
    last = last_digest(transaction.connection, QUARANTINE_CHAIN)
    after = last.upto if isinstance(last, QuarantineDigested) else 0
    newest = transaction.connection.execute(select(func.max(schema.quarantine.c.id))).scalar() or 0
    while after < newest:
        upto = min(after + REFUSED_AT_ONCE, newest)
        rows = quarantine_rows(transaction.connection, after, upto)
        event = QuarantineDigested(at=at, after=after, upto=upto, digest=digest_of_rows(rows))
        transaction.append(QUARANTINE_CHAIN, [event], author, at)
        after = upto


def _has_news(transaction: Transaction, events_after: int) -> bool:
    """Whether anything but digests was appended since; else two wards would pin each other."""
    event = schema.event.c
    wanted = (
        select(event.position)
        .where(event.position > events_after, event.kind.not_in(DIGEST_KINDS))
        .limit(1)
    )
    return transaction.connection.execute(wanted).scalar() is not None
