"""What the monitors of a bed tell while inputs are taken up: numbers, gaps in them, the cuff."""

from datetime import datetime, timedelta
from math import inf
from typing import Final

from infusion.alarms import cuff as cuffs
from infusion.alarms.limits import PatientLimits
from infusion.alarms.numerics import (
    CONTINUOUS,
    is_of_the_cuff,
    losses_in,
    numbers_in,
    pressure_in,
)
from infusion.alarms.physiological import (
    NO_DATA,
    REASON_WORDS,
    apnoea_claims,
    limit_claims,
    score_claims,
    told_claims,
)
from infusion.alarms.procedural import overdue_claims
from infusion.alarms.situation import CuffLimb, Situation
from infusion.alarms.state import AlarmBook, BedAlarms
from infusion.alarms.technical import is_monitor_gone, missing_claim, missing_since
from infusion.alarms.trend_watch import Trends
from infusion.alarms.watches import WatchTable
from infusion.stream import DeviceEventArrived, VitalsArrived
from vocabulary.alarms import DeviceEventCode, LimitedMeasure
from vocabulary.states import InvalidReason, SessionState

_HR, _SPO2, _NIBP = LimitedMeasure.HR, LimitedMeasure.SPO2, LimitedMeasure.NIBP_SYS
_BREATH: Final = (LimitedMeasure.ETCO2, LimitedMeasure.RR)
_PRESSURE, _REPEAT, _SCORES = "pressure", "repeat", "scores"
_APNOEA, _OVERDUE, _TOLD = "apnoea", "overdue", "told"
_CURRENT_FOR_CHECKS: Final = ((_SPO2, "SpO2"), (_NIBP, "BP"))


class Senses:
    """The patient of one bed as the monitors tell. Only what an input can change is judged."""

    def __init__(self, state: BedAlarms, watches: WatchTable, book: AlarmBook) -> None:
        self._watches = watches
        self._book = book
        self._rules = book.rules
        self.situation: Situation = state.situation
        self.heard = dict(state.heard)
        self.bad = state.bad
        self.trends = Trends(state.trends, watches, book)
        self.cuff = state.cuff
        self.watched_since = state.watched_since
        self.is_off_monitor = state.off_monitor is not None
        self.limits: PatientLimits = book.limits(state.situation, state.changes)
        self.is_changed = False

    def take_vitals(self, vitals: VitalsArrived, now: datetime) -> None:
        """One live set of numerics."""
        numbers = numbers_in(vitals)
        watched, bad, heard, quiet = self._watches.held, self.bad, self.heard, self.limits.quiet
        for measure, value in numbers:
            if value is None:
                continue
            if measure not in heard:
                self.is_changed = True
            heard[measure] = now
            low, high = quiet[measure]
            if not low <= value <= high or measure.value in watched or measure in bad:
                self._judge(measure, value, now)
            if not (measure is _SPO2 and self._is_held_by_cuff(now)):
                self.trends.take(measure, value, self.situation, now)
        if vitals.invalid:
            for measure, why in losses_in(vitals, numbers):
                self._lose(measure, why, now)
        if _APNOEA in watched and any(v is not None and m in _BREATH for m, v in numbers):
            self._judge_apnoea(now, is_breathing=True)
        if is_of_the_cuff(vitals):
            self._take_cuff(pressure_in(vitals, now), now)

    def take_event(self, event: DeviceEventArrived, now: datetime) -> None:
        """The cuff begins, or fails."""
        if event.event is DeviceEventCode.NIBP_STARTED:
            self._set_cuff(cuffs.begin(self.cuff, now))
        elif event.event is DeviceEventCode.NIBP_FAILED:
            self._set_cuff(cuffs.fail(self.cuff, now))
            self._judge_pressure(now)

    def change(self, situation: Situation, limits: PatientLimits, now: datetime) -> None:
        """The situation or the limits are others."""
        has_new_symptoms = situation.has_symptoms and not self.situation.has_symptoms
        self.situation = situation
        self.is_changed = True
        if limits is not self.limits:
            self._relimit(limits)
        if has_new_symptoms:
            self._set_cuff(cuffs.count_waiting(self.cuff))
        if situation.phase is not None:
            self._expect(now)
            self._judge_pressure(now)
            self._watches.sync(_SCORES, score_claims(situation.scores, limits), now)
            asks = situation.asks_to_stop and situation.phase is SessionState.INFUSING
            told = told_claims(situation.scores, self._rules, asks_to_stop=asks)
            self._watches.sync(_TOLD, told, now)
        self.judge_missing(now)

    def forget(self) -> None:
        """Another patient, or none: nothing of the last one is kept."""
        for group in (
            *(measure.value for measure in CONTINUOUS),
            *(f"missing:{measure.value}" for measure in self._book.silence_s),
            *(_PRESSURE, _REPEAT, _SCORES, _TOLD, _APNOEA, _OVERDUE),
        ):
            self._watches.drop(group)
        self.trends.forget()
        self.heard, self.bad, self.cuff = {}, {}, cuffs.Cuff()
        self.watched_since = None
        self.is_changed = True

    def bring(self, cuff: cuffs.Cuff, pressure_at: datetime | None) -> None:
        """The patient comes from another chair; what the cuff read there still stands."""
        self._set_cuff(cuffs.done(cuff))
        if pressure_at is not None:
            self.heard[_NIBP] = pressure_at

    def judge_missing(self, now: datetime) -> None:
        """Judge every signal without a value, and what waits for one."""
        for measure in self._book.silence_s:
            self._judge_missing(measure, now)
        self._judge_apnoea(now)
        self._judge_overdue(now)

    def _judge_overdue(self, now: datetime) -> None:
        """What is not current because it is unplugged on purpose makes no check an alarm.

        Back on the monitor, signals get their time before it does.
        """
        if self.is_off_monitor:
            self._watches.drop(_OVERDUE)
            return
        if not self.situation.is_feed_up:
            self._watches.freeze(_OVERDUE, now)
            return
        lacking = {
            measure: name
            for measure, name in _CURRENT_FOR_CHECKS
            if measure in self.bad or measure not in self.heard
        }
        not_before = None
        if lacking and self.watched_since is not None:
            rules = (self._rules.missing.get(measure) for measure in lacking)
            back_s = min((rule.after_s for rule in rules if rule is not None), default=0.0)
            not_before = self.watched_since + timedelta(seconds=back_s)
        claims = overdue_claims(self.situation, lacking.values(), self._rules, not_before)
        self._watches.sync(_OVERDUE, claims, now)

    def _judge_apnoea(self, now: datetime, *, is_breathing: bool = False) -> None:
        """Only a measured breath ends it; a capnogram that is lost, or taken off, is none."""
        claims = apnoea_claims(self.bad, self._rules)
        is_known = any(m in self.heard and m not in self.bad for m in _BREATH)
        if self.is_off_monitor or not (claims or is_known):
            self._watches.freeze(_APNOEA, now)
        elif claims or is_breathing:
            self._watches.sync(_APNOEA, claims, now)

    @property
    def has_signals(self) -> bool:
        """Whether the patient is on the monitor: a pulse or a saturation is measured."""
        return any(m in self.heard and m not in self.bad for m in (_HR, _SPO2))

    def next_due(self) -> datetime | None:
        """When something is concluded if nothing more is heard."""
        if self.situation.phase is None:
            return None
        silence_s = self._book.silence_s
        found = [
            at + timedelta(seconds=silence_s[measure])
            for measure, at in self.heard.items()
            if measure not in self.bad
        ]
        if self.cuff.repeat_by is not None:
            found.append(self.cuff.repeat_by)
        blamed_until = self._blamed_until()
        if blamed_until is not None:
            found.append(blamed_until)
        return min(found, default=None)

    def pass_deadline(self, now: datetime) -> None:
        """Take up what is due at `now`: a signal that fell silent, a cuff that was not repeated."""
        silence_s = self._book.silence_s
        for measure, at in self.heard.items():
            if measure not in self.bad and at + timedelta(seconds=silence_s[measure]) <= now:
                self._lose(measure, NO_DATA, now)
        if self.cuff.repeat_by is not None and self.cuff.repeat_by <= now:
            self._set_cuff(cuffs.count_waiting(self.cuff))
            self._judge_pressure(now)
        blamed_until = self._blamed_until()
        if blamed_until is not None and blamed_until <= now:
            self._set_cuff(cuffs.done(self.cuff))
            self.judge_missing(now)

    def _judge(self, measure: LimitedMeasure, value: float, now: datetime) -> None:
        held_above = inf
        if measure is _SPO2 and self._is_held_by_cuff(now):
            held_above = self._rules.cuff.never_held_below
        self._watches.sync(
            measure.value, limit_claims(measure, value, self.limits, held_above), now
        )
        if measure in self.bad:
            self.bad = {name: why for name, why in self.bad.items() if name is not measure}
            self.is_changed = True
            self.judge_missing(now)

    def _is_held_by_cuff(self, now: datetime) -> bool:
        """Whether a saturation that falls may be the cuff's doing: known to be on that limb."""
        if self.situation.cuff_limb is not CuffLimb.SAME:
            return False
        until = self._held_until()
        return until is not None and now < until

    def _held_until(self) -> datetime | None:
        return cuffs.holds_until(self.cuff, self.situation.cuff_limb, self._rules.cuff)

    def _blamed_until(self) -> datetime | None:
        """Until when the cuff may be why a signal is lost; None if none is."""
        return self._held_until() if _SPO2 in self.bad or _HR in self.bad else None

    def _lose(self, measure: LimitedMeasure, why: str, now: datetime) -> None:
        if self.bad.get(measure) == why:
            return
        self.bad = {**self.bad, measure: why}
        self.is_changed = True
        held_until = self._held_until()
        if held_until is not None and held_until <= now:
            self._set_cuff(cuffs.done(self.cuff))  # long over before the signal was lost
        self._watches.freeze(measure.value, now)
        self.trends.freeze(measure, now)
        self.judge_missing(now)

    def _judge_missing(self, measure: LimitedMeasure, now: datetime) -> None:
        group = f"missing:{measure.value}"
        why = self.bad.get(measure)
        if why is None:
            self._watches.sync(group, (), now)
            return
        if self.is_off_monitor:
            self._watches.drop(group)
            return
        if is_monitor_gone(self.situation):
            self._watches.suspend(group, now)
            return
        since = missing_since(measure, self.heard, self.situation, self.watched_since, self._rules)
        if since is None:
            self._watches.sync(group, (), now)
        elif self._may_be_the_cuff(measure, why, now):
            self._watches.freeze(group, now)
        else:
            self._watches.sync(group, [missing_claim(measure, why, since, self._rules)], now)

    def _may_be_the_cuff(self, measure: LimitedMeasure, why: str, now: datetime) -> bool:
        if measure is not _SPO2 and (
            measure is not _HR or why == REASON_WORDS[InvalidReason.LEAD_OFF]
        ):
            return False
        until = self._held_until()
        return until is not None and now < until

    def _take_cuff(self, pressure: cuffs.Pressure | None, now: datetime) -> None:
        if pressure is None:
            self._set_cuff(cuffs.fail(self.cuff, now))
            self._judge_pressure(now)
            return
        if self.cuff.last is not None and pressure.observed_at <= self.cuff.last.observed_at:
            return  # sent again
        waits = (
            not self.situation.has_symptoms
            and not self._watches.is_raised(_PRESSURE)
            and cuffs.is_over(pressure, self.limits)
        )
        self._set_cuff(cuffs.read(self.cuff, pressure, now, self._rules.cuff, waits=waits))
        self.heard[_NIBP] = pressure.observed_at
        if _NIBP in self.bad:
            self.bad = {name: why for name, why in self.bad.items() if name is not _NIBP}
        self._judge_pressure(now)
        self.judge_missing(now)

    def _judge_pressure(self, now: datetime) -> None:
        stood = self.cuff.stood
        if stood is not None:
            claims = cuffs.pressure_claims(
                stood, self.limits, has_symptoms=self.situation.has_symptoms
            )
            self._watches.sync(_PRESSURE, claims, now)
        self._watches.sync(_REPEAT, cuffs.repeat_claims(self.cuff, self._rules), now)

    def _set_cuff(self, cuff: cuffs.Cuff) -> None:
        if cuff is not self.cuff:
            self.cuff = cuff
            self.is_changed = True

    def _expect(self, now: datetime) -> None:
        """A signal that must be there and never was is missing from now on."""
        for measure, rule in self._rules.missing.items():
            is_due = rule.is_required and self.situation.phase in rule.phases
            if is_due and measure not in self.heard and measure not in self.bad:
                self._lose(measure, NO_DATA, now)

    def _relimit(self, limits: PatientLimits) -> None:
        """Nothing that waits goes on against a limit that is another now."""
        self.limits = limits
        for group in (*(measure.value for measure in CONTINUOUS), _PRESSURE, _SCORES):
            for key, watch in list(self._watches.group(group).items()):
                limit = limits.by_name.get(watch.claim.key)
                if limit is None or (not watch.is_raised and limit.amount != watch.claim.limit):
                    self._watches.remove(group, key)
