"""What a clinic configures, as the rules use it. `config` reads and validates the files."""

from enum import Enum

import msgspec

from infusion.alarms.rules import AlarmRules
from infusion.dose_rules import DosingRules
from infusion.duty.rules import DutyRules
from infusion.interventions.rules import InterventionRules
from infusion.observations.rules import ObservationRules
from infusion.observations.schedule_rules import ScheduleRules
from infusion.patient import Indication
from infusion.recovery_rules import DischargeRules, ScoreRules
from vocabulary.ids import BedId, DeviceId, WardId
from vocabulary.roles import Role
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """How old a number may be: `late` is still shown, with its age; `stale` no longer counts."""

    late_after_s: float
    stale_after_s: float


class ClockRules(msgspec.Struct, frozen=True, kw_only=True):
    """How a device's clock is judged, in seconds.

    `window_s`: over how long the smallest of received minus device time is taken.
    `steady_s`, `steady_spread_s`: for how long arrivals must be that even before an offset
    counts as known. `limit_s`: an offset beyond it is shown as wrong. `live_within_s`: older on
    arrival than this is charted, never live.
    """

    window_s: float
    steady_s: float
    steady_spread_s: float
    limit_s: float
    live_within_s: float


class BedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A bed (or chair), what it is called on screens, and devices fixed to it."""

    bed: BedId
    label: str
    devices: tuple[DeviceId, ...] = ()


class WardPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A ward, what it is called on screens, and its beds in the order of the screen."""

    ward: WardId
    label: str
    beds: tuple[BedPlan, ...]


class DeviceRules(msgspec.Struct, frozen=True, kw_only=True):
    """Which devices may speak, and when one counts as silent (seconds without a message)."""

    registered_only: bool
    registered: frozenset[DeviceId]
    silent_after_s: float


class ClinicConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """All that the rules need to know of one clinic, with the version it was read at."""

    version: str
    wards: tuple[WardPlan, ...]
    signals: dict[SignalName, Freshness]
    pump: Freshness
    clocks: ClockRules
    devices: DeviceRules
    planned_infusion_s: float
    sessions: "SessionRules"
    course: "CourseRules"
    dosing: DosingRules
    sign_off: "SignOffRules"
    scores: ScoreRules
    discharge: DischargeRules
    observations: ObservationRules
    schedule: ScheduleRules
    interventions: InterventionRules
    duty: DutyRules
    alarms: AlarmRules


# The session, its preparation and the course.


class AnswerKind(str, Enum):
    """What a preparation item is answered with."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    TEXT = "text"
    NUMBER = "number"
    TIME = "time"


class PreparationItem(msgspec.Struct, frozen=True, kw_only=True):
    """One question of the preparation.

    `is_required`: open until it is answered. `roles`: who may answer it, everybody who may chart
    if empty. `accepts`: the answers (`yes`, `no` or an option) that let the start go on, any if
    empty. `low`, `high` in `unit`: what can be typed at all.
    """

    item: str
    text: str
    kind: AnswerKind
    is_required: bool
    roles: tuple[Role, ...] = ()
    options: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    unit: str = ""
    low: float | None = None
    high: float | None = None


class PreparationBlock(msgspec.Struct, frozen=True, kw_only=True):
    """Questions that belong together, in the order of the screen."""

    block: str
    label: str
    items: tuple[PreparationItem, ...]


class Measure(str, Enum):
    """What a baseline is taken of: the signals, and each pressure of the cuff by itself."""

    HR = "hr"
    SPO2 = "spo2"
    RR = "rr"
    ETCO2 = "etco2"
    TEMP = "temp"
    NIBP_SYS = "nibp_sys"
    NIBP_DIA = "nibp_dia"
    NIBP_MAP = "nibp_map"


class BaselineRules(msgspec.Struct, frozen=True, kw_only=True):
    """How a baseline is taken: of what, of how many readings, how old they may be (seconds).

    `cuff_apart_s`: two cuff readings closer together count as one.
    """

    required: tuple[Measure, ...]
    readings: int
    window_s: float
    cuff_apart_s: float


class HoldRules(msgspec.Struct, frozen=True, kw_only=True):
    """A pressure above either limit (mmHg), `readings` times in a row, holds the start.

    Readings closer together than `apart_s` count as one.
    """

    above_sys: float
    above_dia: float
    readings: int
    apart_s: float


class PeopleRules(msgspec.Struct, frozen=True, kw_only=True):
    """Who may do what at a session."""

    may_chart: tuple[Role, ...]
    may_order: tuple[Role, ...]
    may_override_hold: tuple[Role, ...]
    may_sign: tuple[Role, ...]
    may_co_sign: tuple[Role, ...]
    may_authorise_discharge: tuple[Role, ...]
    may_export: tuple[Role, ...]


class TwoPersonRules(msgspec.Struct, frozen=True, kw_only=True):
    """Who may be second, for which devices one is needed, and what holds without one.

    `swap_within_s`: an emergency swap is confirmed within this. `recalculation_percent`: how far
    an independent recalculation of the rate may be from the order.
    """

    second_may_be: tuple[Role, ...]
    device_kinds: tuple[DeviceKind, ...]
    swap_within_s: float
    recalculation_percent: float


class SessionRules(msgspec.Struct, frozen=True, kw_only=True):
    """How a session is prepared, confirmed and ended.

    `back_entry_max_s`: how long ago something entered now may have happened.
    `still_running_after_s`: a pump that delivers this long after somebody confirmed its pause is
    told to be still running. `stay_after_drug_s`: the least stay after the last drug.
    """

    people: PeopleRules
    two_person: TwoPersonRules
    required_devices: tuple[DeviceKind, ...]
    blocks: tuple[PreparationBlock, ...]
    baseline: BaselineRules
    hold: HoldRules
    back_entry_max_s: float
    still_running_after_s: float
    stay_after_drug_s: float

    def find_item(self, item: str) -> PreparationItem | None:
        """The preparation item of that name."""
        return next((i for block in self.blocks for i in block.items if i.item == item), None)


class OutcomeMeasure(str, Enum):
    """The score by which a course is judged."""

    PHQ9 = "phq9"
    PAIN_NRS = "pain_nrs"


class OutcomeRules(msgspec.Struct, frozen=True, kw_only=True):
    """When a fall of a score is a response, and when a score is a remission (None: never)."""

    high: int
    response_fall_percent: float
    remission_below: int | None


class GapRules(msgspec.Struct, frozen=True, kw_only=True):
    """How far apart two infusions should be, start to start, hours.

    The next window is `target_from_h` to `target_to_h`; a start before `early_before_h` or after
    `late_after_h` is warned of.
    """

    early_before_h: float
    target_from_h: float
    target_to_h: float
    late_after_h: float


class FrequencyRule(msgspec.Struct, frozen=True, kw_only=True):
    """More infusions than `sessions` within `days` are warned of, and what to think of then."""

    sessions: int
    days: float
    advice: str


class CourseRules(msgspec.Struct, frozen=True, kw_only=True):
    """The series of infusions of one patient.

    `hard_minimum_h`: no infusion starts sooner after the last, start to start. `review_after`: a
    review is due after these numbers of infusions. `poor_after`, `poor_below_percent`: a fall of
    the score below this, after that many, asks whether to go on.
    """

    acute_sessions: int
    hard_minimum_h: float
    acute: GapRules
    maintenance: GapRules
    review_after: tuple[int, ...]
    poor_after: int
    poor_below_percent: float
    frequency: tuple[FrequencyRule, ...]
    outcome_of: dict[Indication, OutcomeMeasure]
    outcomes: dict[OutcomeMeasure, OutcomeRules]


# The sign-off.


class SignOffRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a session's report shows, and what keeps it from being signed.

    `gap_infusing_s`, `gap_otherwise_s`: how long SpO2 may be missing without a reason.
    `trend_step_s`: the report has one number of each signal in so many seconds.
    """

    gap_infusing_s: float
    gap_otherwise_s: float
    trend_step_s: int
