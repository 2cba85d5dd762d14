"""What is known of a bed, and what a tile shows of it at a given moment."""

from datetime import datetime

import msgspec

from infusion.alarms.shown import ShownAlarms
from infusion.association import OpenConfirmation
from infusion.checks_sight import ShownChecks
from infusion.conflicts import Conflict
from infusion.course import Place
from infusion.pump import Delivery
from infusion.readings import Reading
from infusion.stream import PumpReadingArrived
from vocabulary.ids import BedId, DeviceId, SessionId
from vocabulary.signals import SignalName
from vocabulary.states import ReadingState, SessionState


class Bed(msgspec.Struct, frozen=True, kw_only=True):
    """What devices of no session told at their bed: newest readings, the course of each pump."""

    bed: BedId
    readings: dict[SignalName, Reading] = {}
    deliveries: dict[DeviceId, Delivery] = {}


class ShownReading(msgspec.Struct, frozen=True, kw_only=True):
    """A reading, how far it may be believed now, and its difference to the baseline, if known."""

    state: ReadingState
    reading: Reading | None
    baseline_delta: float | None = None


class ShownPump(msgspec.Struct, frozen=True, kw_only=True):
    """A pump's newest reading, how far it may be believed now, and what it delivered, mL.

    `fresh_since`: from when its age counts. `volume_ml`: since it was associated.
    """

    reading: ReadingState
    last: PumpReadingArrived
    fresh_since: datetime
    volume_ml: float


class ShownDose(msgspec.Struct, frozen=True, kw_only=True):
    """What was given and ordered, mg; None where it is not known. As `infusion.given`."""

    given_mg: float | None
    given_mg_per_kg: float | None = None
    given_ml: float | None = None
    ordered_mg: float | None = None
    predicted_end: datetime | None = None
    dose_rate_mg_kg_h: float | None = None
    back_check: str = ""
    is_manual: bool = False


class RunningPump(msgspec.Struct, frozen=True, kw_only=True):
    """A pump that delivers since a moment (UTC), with its rate in mL/h if that is known."""

    device: DeviceId
    since: datetime
    rate_ml_h: float | None


class ShownSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its tile shows it. Times UTC; `id` is None while only a pump tells of it.

    `running_s` without pauses, `planned_s` in all. `place`: in the series. `open_steps`: before the
    start; in recovery, what speaks against going home yet. `still_running`: although somebody
    confirmed its pause or end. `waiting`: for a second person. `pause_reason`: of a person, else of
    the pump. `nurse`: who answers for the bed.
    """

    state: SessionState
    id: SessionId | None = None
    since: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    running_s: float = 0.0
    is_running: bool = False
    planned_s: float | None = None
    place: Place | None = None
    initials: str | None = None
    are_initials_shared: bool = False
    nurse: str = ""
    open_steps: tuple[str, ...] = ()
    pause_reason: str = ""
    still_running: tuple[RunningPump, ...] = ()
    waiting: tuple[OpenConfirmation, ...] = ()


class BedView(msgspec.Struct, frozen=True, kw_only=True):
    """All that a tile shows of one bed at one moment; `session` is None with no infusion yet.

    `unconfirmed`: pumps that run, and nobody said what for. `devices`: the session's, or those
    that are fixed to the bed.
    """

    bed: BedId
    signals: dict[SignalName, ShownReading]
    pump: ShownPump | None
    session: ShownSession | None
    dose: ShownDose | None
    unconfirmed: tuple[RunningPump, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    devices: tuple[DeviceId, ...] = ()
    alarms: ShownAlarms | None = None
    checks: ShownChecks = ShownChecks()
