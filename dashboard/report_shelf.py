"""Reports of sessions that are over, each kept until anything it was made from changes.

A nurse comes back to the sign-off page after every form; the numbers of the devices are then the
same, and are the most of the work. Blocks; may raise RecordUnavailable.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from dashboard.session_shelf import SessionShelf
from exchange.loading import Shelf
from exchange.material import KnownSession, SessionExport
from infusion.configuration import ClinicConfiguration
from infusion.report import content_hash, sealed_content
from infusion.session import Session
from record.device_rows import DeviceRows, RowMark
from record.store import Record
from vocabulary.ids import SessionId

if TYPE_CHECKING:
    from dashboard.trends.reading import Drawn

MOST_KEPT: Final = 4
"""Sessions; the numbers of one of two hours and a half take some 15 MB."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A session with its report, and what both were made from.

    `content`: hash of the canonical content, which a signature stands for. `picture`: whoever
    draws the session leaves it here for the next.
    """

    known: KnownSession
    marks: tuple[RowMark, ...]
    rows: DeviceRows
    export: SessionExport
    content: str
    picture: list["Drawn"] = field(default_factory=list)


class ReportShelf:
    """Makes reports. Safe for several threads: what two of them keep at once is the same."""

    def __init__(
        self, record: Record, configuration: ClinicConfiguration, sessions: SessionShelf
    ) -> None:
        self._record = record
        self._configuration = configuration
        self._sessions = sessions
        self._kept: dict[SessionId, Reported] = {}

    def made_from(self, name: SessionId, now: datetime) -> tuple[object, ...]:
        """What, beside its own events, a report of a session is made from: equal while it is."""
        shelf = Shelf(self._record, self._configuration, self._session)
        known = shelf.known(name, now)
        return known.causes, known.position, shelf.marks(known)

    def load(self, name: SessionId, now: datetime) -> Reported:
        """A session with its report as it is known at `now` (UTC). Raises NoSuchSession."""
        shelf = Shelf(self._record, self._configuration, self._session)
        known = shelf.known(name, now)
        marks = shelf.marks(known)  # before the rows: what comes in between is seen next time
        kept = self._kept.pop(name, None)
        if kept is None or (kept.known, kept.marks) != (known, marks):
            rows = kept.rows if kept and _same_rows(kept, known, marks) else shelf.rows(known)
            export = shelf.complete(known, rows, now)
            content = content_hash(sealed_content(export.report))
            kept = Reported(known, marks, rows, export, content)
        if known.session.closed is not None:
            self._keep(name, kept)
        return kept

    def _session(self, name: SessionId) -> Session | None:
        kept = self._sessions.read(name)
        return None if kept is None else kept.session

    def _keep(self, name: SessionId, reported: Reported) -> None:
        self._kept[name] = reported
        while len(self._kept) > MOST_KEPT:
            self._kept.pop(next(iter(self._kept)), None)


def _same_rows(kept: Reported, known: KnownSession, marks: tuple[RowMark, ...]) -> bool:
    """Whether a session that changed has the numbers that it had."""
    before = kept.known
    asked = (before.devices, before.since, before.until)
    return kept.marks == marks and asked == (known.devices, known.since, known.until)
