"""An alarm and its signal: active, acknowledged, latched; held back for a time; escalated.

Nothing here reaches a device: its own alarm ends at the device and nowhere else.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from infusion.alarms.claims import Claim, Reason, gravity
from infusion.alarms.events import AlarmEnd, AlarmId
from infusion.alarms.rules import RANK
from infusion.alarms.signal_rules import EscalationStep, EscalationTarget, SignalRules
from infusion.alarms.situation import Duty
from infusion.alarms.watches import Watch
from infusion.patient import AccountId, Person
from vocabulary.alarms import (
    KIND_OF,
    AlarmCode,
    AlarmKind,
    AlarmPriority,
    Inactivation,
    SignalState,
)
from vocabulary.ids import SessionId


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Who has seen an alarm, and when (UTC)."""

    by: Person
    at: datetime


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm of a bed. Times UTC.

    `priority` is what is shown, `current` what the condition is now, None once it is over.
    `since`: when the condition began. `raised_at`: the first signal. `sounds_since`: the signal
    that nobody has acknowledged yet; escalation counts from it, `escalated` steps are done.
    `unseen`: why it is shown as more urgent than it is now; nobody has seen that yet. `heard`:
    until when it last signalled what, by priority and matter, as far as that is not long ago.
    `back`: what came back after it was acknowledged and stays so, by matter: until when.
    """

    id: AlarmId
    code: AlarmCode
    subject: str
    priority: AlarmPriority
    current: AlarmPriority | None
    reasons: tuple[Reason, ...]
    since: datetime
    raised_at: datetime
    sounds_since: datetime
    times: int = 1
    acknowledged: Acknowledgement | None = None
    escalated: int = 0
    escalated_at: datetime | None = None
    unseen: Reason | None = None
    heard: dict[str, datetime] = {}
    back: dict[str, datetime] = {}

    @property
    def state(self) -> SignalState:
        """How far its signal is."""
        if self.current is None:
            return SignalState.LATCHED
        return SignalState.ACTIVE if self.acknowledged is None else SignalState.ACKNOWLEDGED

    @property
    def kind(self) -> AlarmKind:
        """What it is about."""
        return KIND_OF[self.code]

    @property
    def text(self) -> str:
        """Its reasons that are as urgent as the gravest: `SBP 190 ≥ 180, DBP 112 ≥ 110`.

        With what was worse and nobody has seen: `SpO2 84 < 85, then SpO2 91 < 92`.
        """
        gravest = [r for r in self.reasons if r.priority is self.reasons[0].priority]
        now = _told(gravest)
        return now if self.unseen is None else f"{_told([self.unseen])}, then {now}"


class PastAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that is over, for the list of the bed."""

    alarm: Alarm
    ended_at: datetime
    how: AlarmEnd
    session: SessionId | None


class HeldBack(msgspec.Struct, frozen=True, kw_only=True):
    """The signals of a bed are held back. `base`: only what is more urgent breaks through."""

    inactivation: Inactivation
    since: datetime
    until: datetime
    by: Person | None
    base: AlarmPriority
    screen: str = ""
    reason: str = ""


def reasons_of(watches: Iterable[Watch]) -> tuple[Reason, ...]:
    """The reasons for one alarm, the gravest first; of each family only the gravest."""
    kept: dict[str, Watch] = {}
    for watch in watches:
        family = watch.claim.family or watch.claim.key
        held = kept.get(family)
        if held is None or gravity(watch.claim) > gravity(held.claim):
            kept[family] = watch
    ordered = sorted(kept.values(), key=lambda w: (-RANK[w.claim.priority], w.since))
    return tuple(_reason(watch.claim, watch.since) for watch in ordered)


def _told(reasons: Sequence[Reason]) -> str:
    """The texts of reasons, then once what they have in common."""
    why = ", ".join(dict.fromkeys(why for reason in reasons for why in reason.why))
    texts = ", ".join(reason.text for reason in reasons)
    return f"{texts} {why}" if why else texts


def _reason(claim: Claim, since: datetime) -> Reason:
    return Reason(
        key=claim.key,
        priority=claim.priority,
        text=claim.text,
        since=since,
        value=claim.value,
        limit=claim.limit,
        why=claim.why,
    )


def highest(priorities: Iterable[AlarmPriority]) -> AlarmPriority | None:
    """The most urgent; None of none."""
    return max(priorities, key=RANK.__getitem__, default=None)


def is_higher(one: AlarmPriority, other: AlarmPriority | None) -> bool:
    """Whether `one` is more urgent."""
    return other is None or RANK[one] > RANK[other]


def latches(alarm: Alarm, how: AlarmEnd, rules: SignalRules) -> bool:
    """Whether an alarm whose condition is over stays until it is seen.

    By its priority; and whenever it is only not known any more whether it is over.
    """
    if alarm.acknowledged is not None or how is AlarmEnd.NOT_WATCHED:
        return False
    is_unknown = how is AlarmEnd.UNKNOWN and alarm.priority is not AlarmPriority.LOW
    return is_unknown or alarm.priority in rules.latching


def sound_of(alarms: Iterable[Alarm], held: HeldBack | None) -> AlarmPriority | None:
    """The burst that a speaker plays for a bed; low is silent, and so is what was seen."""
    loudest = highest(a.current for a in alarms if a.current and a.acknowledged is None)
    if held is not None or loudest is AlarmPriority.LOW:
        return None
    return loudest


def next_step(
    alarm: Alarm, rules: SignalRules, duty: Duty
) -> tuple[datetime, int, EscalationStep] | None:
    """When the next person has to be told, the number of that step, and who; None: nobody.

    Each step comes once. With nobody on duty the whole ward is told again after the last.
    """
    rule = None if alarm.current is None else rules.escalation.get(alarm.current)
    if rule is None or alarm.acknowledged is not None:
        return None
    if alarm.escalated < len(rule.steps):
        step = rule.steps[alarm.escalated]
        due_at = alarm.sounds_since + timedelta(seconds=step.after_s)
        return due_at, alarm.escalated + 1, step
    if rule.repeat_s is None or duty.is_anybody or alarm.escalated_at is None:
        return None
    repeat = EscalationStep(rule.repeat_s, EscalationTarget.WARD)
    return alarm.escalated_at + timedelta(seconds=rule.repeat_s), alarm.escalated + 1, repeat


def told_of(step: EscalationStep, duty: Duty) -> tuple[AccountId, ...]:
    """Who is told by a step; nobody named means the whole ward."""
    if step.to is EscalationTarget.RESPONSIBLE:
        return () if duty.responsible is None else (duty.responsible,)
    if step.to is EscalationTarget.SECOND_NURSE:
        return tuple(nurse for nurse in duty.nurses if nurse != duty.responsible)
    return duty.prescribers if step.to is EscalationTarget.PRESCRIBER else ()
