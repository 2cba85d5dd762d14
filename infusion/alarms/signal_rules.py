"""What a clinic configures of signals: held back, latched, kept, escalated; off the monitor."""

from enum import Enum

import msgspec

from vocabulary.alarms import AlarmKind, AlarmPriority, Inactivation


class EscalationTarget(str, Enum):
    """Who is told of an alarm that nobody acknowledged."""

    RESPONSIBLE = "responsible"
    SECOND_NURSE = "second_nurse"
    PRESCRIBER = "prescriber"
    WARD = "ward"


class EscalationStep(msgspec.Struct, frozen=True):
    """That long without acknowledgement, and who is told then."""

    after_s: float
    to: EscalationTarget


class EscalationRule(msgspec.Struct, frozen=True, kw_only=True):
    """Steps in order of time. `repeat_s`: with nobody on duty the whole ward is told again."""

    steps: tuple[EscalationStep, ...] = ()
    repeat_s: float | None = None


class SignalRules(msgspec.Struct, frozen=True, kw_only=True):
    """How signals are held back, latched, kept and escalated.

    `longest_s`: of each way to hold signals back. `returns_within_s`: a condition that comes back
    so soon is the same alarm; `notice_returns_within_s` for the notice of the end. So soon after
    its own last signal (`sounds_again_after_s`) it does not make itself heard anew, and alarms of
    `stays_seen` stay acknowledged. `recent_s`: how long an alarm that is over stays on the list.
    """

    longest_s: dict[Inactivation, float]
    latching: tuple[AlarmPriority, ...]
    returns_within_s: float
    notice_returns_within_s: float
    sounds_again_after_s: float
    stays_seen: tuple[AlarmKind, ...]
    recent_s: float
    escalation: dict[AlarmPriority, EscalationRule]


class OffMonitorRules(msgspec.Struct, frozen=True, kw_only=True):
    """How long a patient may be off the monitor; over by itself when signals stay for `back_s`."""

    limit_s: float
    back_s: float
