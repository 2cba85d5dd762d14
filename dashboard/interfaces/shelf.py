"""What other systems read: the resources of a session, made one session at a time, kept a while.

A session takes a good part of a second to make, and is asked for page by page.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from dashboard.report_shelf import ReportShelf
from exchange.fhir import session_resources
from exchange.fhir.parts import READ_ALONE, Resource, fhir_id
from infusion.happenings import session_chain
from infusion.patient import PatientId
from infusion.session_events import SessionPlanned
from record.store import Record
from vocabulary.states import SessionState

MOST_KEPT: Final = 4
"""Sessions; one of two hours and a half takes some 10 MB."""
MOST_WAITING: Final = 8
OPEN_KEPT: Final = timedelta(minutes=1)
"""A session that is not sealed is given as it was up to so long ago, so that its pages fit."""


class TooBusy(Exception):
    """As many wait as may."""


@dataclass(frozen=True, slots=True)
class Served:
    """A session as it is read; `head`: of its chain, by which it was made at `made_at` (UTC)."""

    patient: PatientId
    resources: tuple[Resource, ...]
    is_sealed: bool
    head: int
    made_at: datetime


class InterfaceShelf:
    """Sessions for other systems. `find` blocks, and is called within a `turn`."""

    def __init__(self, record: Record, reports: ReportShelf) -> None:
        self._record = record
        self._reports = reports
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0
        self._plans: dict[str, SessionPlanned] = {}
        self._kept: dict[str, Served] = {}

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One request at a time, so that the live screens keep their share. Raises TooBusy."""
        if self._waiting >= MOST_WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1

    def plan(self, stay: str) -> SessionPlanned | None:
        """The session whose Encounter has this id; None if there is none. Blocks."""
        if stay not in self._plans:
            planned = self._record.chains.sessions()
            self._plans = {fhir_id("Encounter", plan.session): plan for plan in planned}
        return self._plans.get(stay)

    def find(self, plan: SessionPlanned) -> Served:
        """The resources of a session that may be read. Blocks; raises RecordUnavailable."""
        now = datetime.now(UTC)
        head = self._record.chains.head(session_chain(plan.session))
        kept = self._kept.pop(plan.session, None)
        if kept is None or not _still_holds(kept, head, now):
            kept = self._make(plan, head, now)
        self._kept[plan.session] = kept
        while len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return kept

    def _make(self, plan: SessionPlanned, head: int, now: datetime) -> Served:
        report = self._reports.load(plan.session, now).export.report
        return Served(
            patient=report.patient.patient,
            resources=tuple(
                r for r in session_resources(report) if r["resourceType"] in READ_ALONE
            ),
            is_sealed=report.state is SessionState.SIGNED,
            head=head,
            made_at=now,
        )


def _still_holds(kept: Served, head: int, now: datetime) -> bool:
    if kept.is_sealed:
        return kept.head == head
    return now - kept.made_at < OPEN_KEPT
