"""What the sign-off page is made of: the session, its report, what is open."""

from dataclasses import dataclass
from datetime import UTC, datetime

from dashboard.context import Services
from dashboard.local_time import clinic_zone
from dashboard.report_shelf import Reported
from dashboard.shown import display_of
from exchange.figures import Clock, clock_of
from exchange.loading import NoSuchSession
from exchange.pdf import Letterhead
from infusion.patient import Person
from infusion.report import SessionReport
from infusion.session import Session
from infusion.sign_off import OpenItem, what_is_open
from vocabulary.ids import SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOffScene:
    """A session before its signature, or after it, as `by` sees it at `now` (UTC)."""

    parts: Services
    by: Person
    reported: Reported
    now: datetime
    open: tuple[OpenItem, ...]

    @property
    def session(self) -> Session:
        """As it stands."""
        return self.reported.known.session

    @property
    def content(self) -> str:
        """Hash of the canonical content, which a signature stands for."""
        return self.reported.content

    @property
    def report(self) -> SessionReport:
        """All that is shown."""
        return self.reported.export.report

    @property
    def letterhead(self) -> Letterhead:
        """What stands on the clinic's paper."""
        display = display_of(self.parts.settings.config_dir)
        return Letterhead(clinic=display.clinic, zone=display.time_zone)

    @property
    def clock(self) -> Clock:
        """The clock by which the report is read."""
        return clock_of(self.report, self.letterhead.zone)

    @property
    def path(self) -> str:
        """The address of the page."""
        return sign_off_path(self.session.id)


def sign_off_path(session: SessionId) -> str:
    """Where a session is signed."""
    return f"/session/{session}/sign-off"


def sign_off_scene(parts: Services, by: Person, session: SessionId) -> SignOffScene | None:
    """A session for its sign-off; None if there is none of that name. Blocks."""
    now = datetime.now(UTC)
    try:
        reported = parts.reports.load(session, now)
    except NoSuchSession:
        return None
    return SignOffScene(
        parts=parts,
        by=by,
        reported=reported,
        now=now,
        open=what_is_open(reported.export.report, parts.configuration.dosing.balance),
    )


def local(at: datetime) -> str:
    """A moment by the clinic's clock, with its date."""
    return f"{at.astimezone(clinic_zone()):%-d %b %Y %H:%M:%S}"
