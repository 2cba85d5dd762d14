"""The state of a bed, as ingest publishes it.

It is all that a tile shows. It carries no name, date of birth or identifier of a patient. Ages are
not sent: whoever shows a state counts on from `published_at`, so that a clock that differs between
two hosts changes no age.
"""

import msgspec

from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority, Inactivation, SignalState
from vocabulary.ids import BedId, BootId, DeviceId, SessionId, WardId, WorkerId
from vocabulary.signals import SignalName
from vocabulary.states import (
    DeviceKind,
    DeviceLink,
    InvalidReason,
    PumpState,
    ReadingState,
    SessionState,
)
from wire.fields import AwareTime


class NibpValue(msgspec.Struct, frozen=True, kw_only=True):
    """One cuff reading, mmHg."""

    sys: float
    dia: float
    map: float | None = None


class ReadingTimes(msgspec.Struct, frozen=True, kw_only=True):
    """The three times of a reading (all UTC) and how long it stays believable, in seconds.

    `device_time` is raw; `observed_at` has the device's clock offset taken out. `fresh_since`
    is the moment from which the age counts: arrival for what arrived promptly, measurement for
    what was under way for over a second.
    """

    device_time: AwareTime
    observed_at: AwareTime
    received_at: AwareTime
    fresh_since: AwareTime
    late_after_s: float
    stale_after_s: float


class SignalView(msgspec.Struct, frozen=True, kw_only=True):
    """One vital sign as a tile shows it.

    `value` is None unless `state` is live, late or stale; `reason` is set when it is invalid.
    """

    state: ReadingState
    value: float | NibpValue | None = None
    reason: InvalidReason | None = None
    times: ReadingTimes | None = None
    baseline_delta: float | None = None
    device: DeviceId | None = None


class PumpView(msgspec.Struct, frozen=True, kw_only=True):
    """The pump at a bed: rates mL/h, volumes mL, dose rate mg/kg/h, concentration mg/mL.

    `volume_ml` is what was delivered since the pump was associated with the bed.
    """

    device: DeviceId
    reading: ReadingState
    state: PumpState | None = None
    times: ReadingTimes | None = None
    rate_ml_h: float | None = None
    rate_set_ml_h: float | None = None
    dose_rate_mg_kg_h: float | None = None
    volume_ml: float | None = None
    remaining_ml: float | None = None
    drug: str | None = None
    concentration_mg_ml: float | None = None
    weight_kg: float | None = None
    implausible: tuple[str, ...] = ()


class DoseView(msgspec.Struct, frozen=True, kw_only=True):
    """What was given (mg and mL) and ordered (mg); when it will be complete at the present rate.

    Without a number it is not known. `dose_rate_mg_kg_h` is worked out from rate, concentration and
    dosing weight; `back_check` tells how the pump's own differs, and is empty where it fits.
    `is_manual`: a pump without a connection is charted by hand.
    """

    given_mg: float | None = None
    given_mg_per_kg: float | None = None
    given_ml: float | None = None
    ordered_mg: float | None = None
    predicted_end: AwareTime | None = None
    dose_rate_mg_kg_h: float | None = None
    back_check: str = ""
    is_manual: bool = False


class RunningPumpView(msgspec.Struct, frozen=True, kw_only=True):
    """A pump that delivers since a moment (UTC), with its rate in mL/h where that is known."""

    device: DeviceId
    since: AwareTime
    rate_ml_h: float | None = None


class WaitingView(msgspec.Struct, frozen=True, kw_only=True):
    """A device that waits for a second person: what changed, since when, and until when (UTC)."""

    device: DeviceId
    changes: tuple[str, ...]
    since: AwareTime
    due_at: AwareTime | None = None


class ConflictView(msgspec.Struct, frozen=True, kw_only=True):
    """Devices and beds that contradict each other, in words."""

    what: str
    beds: tuple[BedId, ...]
    devices: tuple[DeviceId, ...]


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """The session at a bed. Times UTC; `running_s` without pauses, up to `published_at`.

    `id` is None while only the pump says that there is an infusion. `planned_s`: running seconds in
    all, at the present rate. `number` of `of`: position in the series; without `of`, of the
    maintenance after it. `initials` are never shown on a public screen; `initials_shared`: another
    patient of the ward has the same. `open_steps`: before the start, most important first;
    in recovery, why the patient may not go home yet.
    `still_running`: pumps whose pause or end somebody confirmed.
    """

    state: SessionState
    id: SessionId | None = None
    state_since: AwareTime | None = None
    started_at: AwareTime | None = None
    running_s: float = 0.0
    is_running: bool = False
    planned_s: float | None = None
    number: int | None = None
    of: int | None = None
    initials: str | None = None
    initials_shared: bool = False
    nurse: str | None = None
    stopped_at: AwareTime | None = None
    pause_reason: str = ""
    open_steps: tuple[str, ...] = ()
    still_running: tuple[RunningPumpView, ...] = ()
    waiting: tuple[WaitingView, ...] = ()


class AlarmView(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm at a bed, with its reason and the state of its signal. Times UTC.

    `priority`: as shown. `text`: every reason with value and limit, without the priority's mark.
    `since`: when the condition began; `raised_at`: when it was first signalled; `sounds_since`:
    when its signal of now began, later than the first once it was news again. `value`, `limit`: of
    the gravest reason, in the unit of what it measures. `subject`: the device it is about, if it is
    about one. `times`: how often the condition was there. `acknowledged_by`: a printed name.
    `escalated`: how many steps of escalation it has gone through.
    """

    id: str
    priority: AlarmPriority
    text: str
    since: AwareTime
    signal_state: SignalState
    kind: AlarmKind | None = None
    code: AlarmCode | None = None
    subject: str = ""
    value: float | None = None
    limit: float | None = None
    raised_at: AwareTime | None = None
    sounds_since: AwareTime | None = None
    times: int = 1
    acknowledged_by: str = ""
    acknowledged_at: AwareTime | None = None
    escalated: int = 0


class HeldBackView(msgspec.Struct, frozen=True, kw_only=True):
    """Signals of a bed are held back until `until` (UTC), by whom (a printed name, or a screen)."""

    inactivation: Inactivation
    since: AwareTime
    until: AwareTime
    by: str = ""


class DueView(msgspec.Struct, frozen=True, kw_only=True):
    """What is due next at a bed, and when (UTC)."""

    what: str
    due_at: AwareTime


class CheckView(msgspec.Struct, frozen=True, kw_only=True):
    """Observations to be made together, by the name of their form `set`, and when (UTC).

    `is_cuff`: a reading of the cuff does it alone.
    """

    what: str
    items: tuple[str, ...]
    due_at: AwareTime
    set: str = ""
    is_overdue: bool = False
    is_cuff: bool = False


class HelpView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is wanted at the bed since a moment (UTC), called by a person or a screen."""

    since: AwareTime
    by: str = ""


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """A device at a bed: its link, clock and power. `missing` counts messages never received."""

    device: DeviceId
    kind: DeviceKind | None
    link: DeviceLink
    link_since: AwareTime
    boot: BootId | None = None
    model: str = ""
    simulated: bool = False
    last_received_at: AwareTime | None = None
    clock_offset_s: float | None = None
    clock_over_limit: bool = False
    battery_percent: float | None = None
    on_mains: bool | None = None
    missing: int = 0


class BedState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a tile shows about one bed at `published_at` (UTC, ingest's clock).

    `sound`: the burst a speaker repeats for this bed now; None is silence. `off_monitor_until`:
    the patient is off the monitor, and should be back by then (UTC). `unconfirmed`: pumps that run,
    and nobody said what for. `conflicts`: that this bed has a part in. `checks`: what waits to be
    done, and what falls due within minutes. `work_s`: of a nurse, for the checks of the next hour.
    """

    ward: WardId
    bed: BedId
    published_at: AwareTime
    worker: WorkerId
    ingest_boot: BootId
    signals: dict[SignalName, SignalView]
    session: SessionView | None = None
    pump: PumpView | None = None
    dose: DoseView | None = None
    unconfirmed: tuple[RunningPumpView, ...] = ()
    conflicts: tuple[ConflictView, ...] = ()
    alarms: tuple[AlarmView, ...] = ()
    sound: AlarmPriority | None = None
    held_back: HeldBackView | None = None
    off_monitor_until: AwareTime | None = None
    next_due: DueView | None = None
    checks: tuple[CheckView, ...] = ()
    work_s: float = 0.0
    help: HelpView | None = None
    emergency_since: AwareTime | None = None
    devices: tuple[DeviceView, ...] = ()
