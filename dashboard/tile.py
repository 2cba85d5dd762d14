"""The parts of a tile as the browser gets them: words, numbers and ages, nothing to compute."""

import msgspec

from vocabulary.alarms import AlarmCode, AlarmPriority, SignalState
from vocabulary.states import ReadingState, SessionState


class NumberView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One number of a tile. `text` is empty where there is none; `why` says why, in words.

    `age_s` is its age when the tile was made; at `late_s` and `stale_s` it becomes late and
    stale. `delta` is the change from baseline. `measured_ms` and `received_ms`: Unix time in ms.
    """

    state: ReadingState
    text: str = ""
    why: str = ""
    age_s: float | None = None
    late_s: float | None = None
    stale_s: float | None = None
    delta: str = ""
    measured_ms: int | None = None
    received_ms: int | None = None


class SessionLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the session stands. Seconds; `running_s` goes on by itself while `is_counting`.

    `state_age_s`: how long the session has been in this state. `open_steps`: how many before the
    start, while preparing; `steps`: the first of them, and in recovery what keeps the patient.
    `why`: it is paused. `initials_shared`: two of the ward have the same.
    """

    state: SessionState
    running_s: float = 0.0
    is_counting: bool = False
    planned_s: float | None = None
    state_age_s: float | None = None
    open_steps: int | None = None
    steps: tuple[str, ...] = ()
    why: str = ""
    series: str = ""
    initials: str = ""
    initials_shared: bool = False
    nurse: str = ""


class AlarmLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The most urgent alarm of a bed, who has seen it, and how many more there are.

    `raised_ms`: when it was first signalled, Unix time in ms. `is_escalated`: others were told,
    since nobody has seen it. `more_unseen`: the priority of the most urgent of the others that
    nobody has seen; None where all are seen. `code`: which condition; None on a public screen.
    """

    id: str
    priority: AlarmPriority
    text: str
    signal_state: SignalState
    raised_ms: int = 0
    by: str = ""
    is_escalated: bool = False
    more: int = 0
    more_unseen: AlarmPriority | None = None
    code: AlarmCode | None = None


class HeldLine(msgspec.Struct, frozen=True, kw_only=True):
    """Alarm signals of a bed that are held back: the words for it, and for how long (seconds)."""

    words: str
    left_s: float


class DueLine(msgspec.Struct, frozen=True, kw_only=True):
    """What is due next: `in_s` seconds from now, negative when overdue."""

    what: str
    in_s: float
    due_at: str


class DeviceNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is not as it should be at the bed, in words, and for how long (seconds)."""

    text: str
    age_s: float | None = None


class DoseExtras(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stands beside the dose: the order in mg, the predicted end (Unix ms), the drug."""

    ordered: str = ""
    end_ms: int | None = None
    drug: str = ""


class CallLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is wanted at the bed: `help` or `emergency`, and for how long."""

    what: str
    for_s: float


class TileView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything a tile shows of one bed. `retained`: last known, so nothing counts as live.

    `call`: somebody is wanted. `sound`: the burst to repeat for the bed. `off_monitor_s`: how long
    the patient may still be off the monitor, negative when over. `test`: the alarm of a self-test.
    """

    bed: str
    numbers: dict[str, NumberView]
    session: SessionLine | None = None
    alarm: AlarmLine | None = None
    sound: AlarmPriority | None = None
    held: HeldLine | None = None
    off_monitor_s: float | None = None
    test: str = ""
    due: DueLine | None = None
    call: CallLine | None = None
    dose: DoseExtras | None = None
    notes: tuple[DeviceNote, ...] = ()
    is_empty: bool = False
    is_retained: bool = False
    is_simulated: bool = False
