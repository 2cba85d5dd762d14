"""The alarms of a bed while inputs are taken up: raised, changed, latched, ended, escalated."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from infusion.alarms.claims import Reason
from infusion.alarms.concluding import Conclusions
from infusion.alarms.events import (
    AlarmChanged,
    AlarmEnd,
    AlarmEnded,
    AlarmEscalated,
    AlarmId,
    AlarmLatched,
    AlarmRaised,
    AlarmReturned,
    AlarmsAcknowledged,
    InactivationEnd,
    SignalsHeldBack,
)
from infusion.alarms.news import (
    acknowledged,
    due_again,
    heard_anew,
    returned,
    signalled,
    with_reasons,
)
from infusion.alarms.signal_rules import EscalationStep
from infusion.alarms.signals import (
    Acknowledgement,
    Alarm,
    HeldBack,
    PastAlarm,
    highest,
    is_higher,
    latches,
    next_step,
    reasons_of,
    told_of,
)
from infusion.alarms.situation import Duty, Situation
from infusion.alarms.state import AlarmBook, BedAlarms
from infusion.alarms.watches import WatchTable
from vocabulary.alarms import AlarmCode, AlarmPriority, Inactivation

MOST_RECENT = 50
"""How many alarms that are over a bed keeps at most, however many there were."""


class AlarmTable:
    """The alarms of one bed, by its watches; what becomes of them is told to `conclusions`."""

    def __init__(
        self, state: BedAlarms, book: AlarmBook, watches: WatchTable, conclusions: Conclusions
    ) -> None:
        self._place = (state.ward, state.bed)
        self._watches = watches
        self._conclusions = conclusions
        self._rules = book.rules.signals
        self.situation: Situation = state.situation
        self.alarms = dict(state.alarms)
        self.recent = state.recent
        self.held = state.held
        self.numbered = state.numbered
        self.is_changed = False

    def settle(self, now: datetime, how: AlarmEnd = AlarmEnd.CLEARED) -> None:
        """Take up what the watches changed; `how` an alarm ends that has no reason any more."""
        touched = self._watches.touched
        while touched:
            name, subject = next(iter(touched))
            del touched[name, subject]
            code = AlarmCode(name)
            reasons = reasons_of(self._watches.raised(code, subject))
            self._settle_one(code, subject, reasons, now, how)

    def acknowledge(self, deed: AlarmsAcknowledged, now: datetime) -> None:
        """Somebody has seen these alarms; one that is over is over for good then."""
        for key, alarm in list(self.alarms.items()):
            if alarm.id not in deed.alarms or alarm.acknowledged is not None:
                continue
            seen = acknowledged(alarm, Acknowledgement(by=deed.by, at=deed.at), now, self._rules)
            if alarm.current is None:
                self._end(key, seen, now, AlarmEnd.SEEN)
            else:
                self._put(key, seen)

    def hold_back(self, deed: SignalsHeldBack) -> None:
        """Signals are held back, never longer than the clinic allows."""
        longest = timedelta(seconds=self._rules.longest_s[deed.inactivation])
        is_pause = deed.inactivation is Inactivation.AUDIO_PAUSED
        least = AlarmPriority.LOW if is_pause else AlarmPriority.MEDIUM
        self.held = HeldBack(
            inactivation=deed.inactivation,
            since=deed.at,
            until=min(deed.until, deed.at + longest),
            by=deed.by,
            base=highest([least, *_unseen(self.alarms.values())]) or least,
            screen=deed.screen,
            reason=deed.reason,
        )
        self.is_changed = True

    def resume(self) -> None:
        """Signals are as they were."""
        self.held = None
        self.is_changed = True

    def hear_the_next(self, now: datetime) -> None:
        """Another patient, or none: what was held back of the last one is heard again."""
        self._end_hold(now, InactivationEnd.OTHER_PATIENT, None)

    def next_due(self) -> datetime | None:
        """When something has to be done if nothing changes."""
        found = [] if self.held is None else [self.held.until]
        found += [due[0] for due in self._steps()]
        found += [due_at for due_at, _ in self._back()]
        return min(found, default=None)

    def pass_deadline(self, now: datetime) -> None:
        """Take up what is due at `now`."""
        if self.held is not None and self.held.until <= now:
            self._end_hold(now, InactivationEnd.TIME_OVER, None)
        for due_at, key in self._back():
            if due_at <= now:
                self._hear_again(key, now)
        for due_at, number, step, key in self._steps():
            if due_at <= now:
                self._escalate(key, number, step, now)

    def _settle_one(
        self,
        code: AlarmCode,
        subject: str,
        reasons: tuple[Reason, ...],
        now: datetime,
        how: AlarmEnd,
    ) -> None:
        key = f"{code.value}:{subject}"
        alarm = self.alarms.get(key)
        if alarm is None:
            if reasons:
                self._begin(key, (code, subject), reasons, now)
        elif not reasons:
            if alarm.current is not None:
                self._over(key, alarm, now, how)
        elif alarm.current is None:
            self._return(key, alarm, reasons, now)
        else:
            self._change(key, alarm, reasons, now)

    def _begin(
        self,
        key: str,
        what: tuple[AlarmCode, str],
        reasons: tuple[Reason, ...],
        now: datetime,
    ) -> None:
        past = self._returning(what, now)
        if past is not None:
            self.recent = tuple(item for item in self.recent if item is not past)
            self._return(key, past.alarm, reasons, now)
            return
        self.numbered += 1
        ward, bed = self._place
        alarm = Alarm(
            id=AlarmId(f"{ward}.{bed}.{self.numbered}"),
            code=what[0],
            subject=what[1],
            priority=reasons[0].priority,
            current=reasons[0].priority,
            reasons=reasons,
            since=min(reason.since for reason in reasons),
            raised_at=now,
            sounds_since=now,
        )
        self._put(key, alarm)
        self._conclusions.tell(AlarmRaised, alarm, now, reasons=reasons)
        self._break_through(alarm, now)

    def _returning(self, what: tuple[AlarmCode, str], now: datetime) -> PastAlarm | None:
        """The alarm of the same condition that was over only just now."""
        is_notice = what[0] is AlarmCode.INFUSION_ENDING
        rules = self._rules
        within_s = rules.notice_returns_within_s if is_notice else rules.returns_within_s
        since = now - timedelta(seconds=within_s)
        session = self.situation.session
        return next(
            (
                past
                for past in reversed(self.recent)
                if (past.alarm.code, past.alarm.subject) == what
                and past.ended_at >= since
                and past.session == session
            ),
            None,
        )

    def _return(self, key: str, alarm: Alarm, reasons: tuple[Reason, ...], now: datetime) -> None:
        alarm, is_news = returned(alarm, reasons, now, self._rules)
        self._put(key, alarm)
        self._conclusions.tell(
            AlarmReturned, alarm, now, reasons=reasons, times=alarm.times, sounds_again=is_news
        )
        self._break_through(alarm, now)

    def _change(self, key: str, alarm: Alarm, reasons: tuple[Reason, ...], now: datetime) -> None:
        if reasons == alarm.reasons:
            return
        changed = with_reasons(alarm, reasons, now, self._rules)
        self._put(key, changed)
        is_news = changed.sounds_since != alarm.sounds_since
        self._conclusions.tell(
            AlarmChanged, changed, now, reasons=reasons, was=alarm.priority, sounds_again=is_news
        )
        self._break_through(changed, now)

    def _over(self, key: str, alarm: Alarm, now: datetime, how: AlarmEnd) -> None:
        alarm = signalled(alarm, now, self._rules)
        if not latches(alarm, how, self._rules):
            self._end(key, alarm, now, how)
            return
        alarm = msgspec.structs.replace(alarm, current=None)
        self._put(key, alarm)
        self._conclusions.tell(AlarmLatched, alarm, now)

    def _end(self, key: str, alarm: Alarm, now: datetime, how: AlarmEnd) -> None:
        del self.alarms[key]
        self.is_changed = True
        kept = now - timedelta(
            seconds=max(self._rules.recent_s, self._rules.notice_returns_within_s)
        )
        past = PastAlarm(alarm=alarm, ended_at=now, how=how, session=self.situation.session)
        recent = [item for item in self.recent if item.ended_at >= kept]
        self.recent = (*recent, past)[-MOST_RECENT:]
        self._conclusions.tell(AlarmEnded, alarm, now, how=how)

    def drop_latched(self, now: datetime) -> None:
        """Nobody is in the chair any more: what was not seen is left to the review."""
        for key, alarm in list(self.alarms.items()):
            if alarm.current is None:
                self._end(key, alarm, now, AlarmEnd.NOT_WATCHED)

    def _break_through(self, alarm: Alarm, now: datetime) -> None:
        if self.held is None or alarm.current is None or alarm.acknowledged is not None:
            return
        if is_higher(alarm.current, self.held.base):
            self._end_hold(now, InactivationEnd.BROKEN_THROUGH, alarm.id)

    def _end_hold(self, now: datetime, how: InactivationEnd, by_alarm: AlarmId | None) -> None:
        if self.held is None:
            return
        self._conclusions.tell_inactivation_over(self.held.inactivation, how, by_alarm, now)
        self.resume()

    def _steps(self) -> list[tuple[datetime, int, EscalationStep, str]]:
        duty: Duty = self.situation.duty
        found = []
        for key, alarm in self.alarms.items():
            step = next_step(alarm, self._rules, duty)
            if step is None:
                continue
            due_at = step[0]
            if self.held is not None and self.held.inactivation is Inactivation.ALARM_PAUSED:
                due_at = max(due_at, self.held.until)
            found.append((due_at, step[1], step[2], key))
        return found

    def _back(self) -> list[tuple[datetime, str]]:
        return [
            (due_at, key)
            for key, alarm in self.alarms.items()
            if alarm.back and (due_at := due_again(alarm, self._watches, self.situation))
        ]

    def _hear_again(self, key: str, now: datetime) -> None:
        alarm = heard_anew(self.alarms[key], now)
        self._put(key, alarm)
        self._conclusions.tell(
            AlarmChanged, alarm, now, reasons=alarm.reasons, was=alarm.priority, sounds_again=True
        )
        self._break_through(alarm, now)

    def _escalate(self, key: str, number: int, step: EscalationStep, now: datetime) -> None:
        alarm = self.alarms[key]
        told = told_of(step, self.situation.duty)
        alarm = msgspec.structs.replace(alarm, escalated=number, escalated_at=now)
        self._put(key, alarm)
        self._conclusions.tell(AlarmEscalated, alarm, now, step=number, to=step.to, told=told)

    def _put(self, key: str, alarm: Alarm) -> None:
        self.alarms[key] = alarm
        self.is_changed = True


def _unseen(alarms: Iterable[Alarm]) -> Iterator[AlarmPriority]:
    """How urgent those are that nobody has acknowledged."""
    return (alarm.current for alarm in alarms if alarm.current and alarm.acknowledged is None)
