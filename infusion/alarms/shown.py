"""What a screen shows of the alarms of a bed: in order, with what sounds, and the card of each."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from infusion.alarms.rules import RANK
from infusion.alarms.signal_rules import SignalRules
from infusion.alarms.signals import Alarm, HeldBack, PastAlarm, sound_of
from infusion.alarms.situation import DoseNow, Situation
from infusion.alarms.state import BedAlarms
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority, Inactivation, LimitedMeasure


class ShownAlarms(msgspec.Struct, frozen=True, kw_only=True):
    """The alarms of a bed at one moment.

    `standing`: the most urgent first, of those the newest. `recent`: over, the last one first.
    `sound`: the burst to play, None for silence. `are_hidden`: alarms are paused, so that nothing
    flashes; what is held back is shown all the same.
    """

    standing: tuple[Alarm, ...]
    recent: tuple[PastAlarm, ...]
    sound: AlarmPriority | None
    held: HeldBack | None
    are_hidden: bool
    off_monitor_until: datetime | None


def shown_alarms(state: BedAlarms, now: datetime, rules: SignalRules) -> ShownAlarms:
    """What a screen shows of the alarms of a bed at `now` (UTC)."""
    since = now - timedelta(seconds=rules.recent_s)
    off = state.off_monitor
    return ShownAlarms(
        standing=in_order(state.alarms.values()),
        recent=tuple(past for past in reversed(state.recent) if past.ended_at >= since),
        sound=sound_of(state.alarms.values(), state.held),
        held=state.held,
        are_hidden=state.held is not None and state.held.inactivation is Inactivation.ALARM_PAUSED,
        off_monitor_until=None if off is None else off.until,
    )


def in_order(alarms: Iterable[Alarm]) -> tuple[Alarm, ...]:
    """The most urgent first, of those the newest."""
    return tuple(
        sorted(alarms, key=lambda a: (-RANK[a.priority], -a.sounds_since.timestamp(), a.id))
    )


class LastObservation(msgspec.Struct, frozen=True, kw_only=True):
    """What a nurse charted last: `sedation 5, breathing normal`, and when (UTC)."""

    what: str
    at: datetime


class CardFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a card says besides the alarm. Rates as the pump tells them; None: not known."""

    dose: DoseNow | None = None
    rate_ml_h: float | None = None
    rate_mg_kg_h: float | None = None
    rate_changed_at: datetime | None = None
    last_observation: LastObservation | None = None


class BaselineNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A baseline of what an alarm is about, and how far the value of the alarm is from it."""

    measure: LimitedMeasure
    value: float
    delta: float | None


class AlarmCard(msgspec.Struct, frozen=True, kw_only=True):
    """What a nurse needs to judge an alarm of the patient without looking anywhere else.

    `rate_changed_min`: minutes since the rate was changed, or since the start.
    """

    alarm: Alarm
    given_mg: float | None
    ordered_mg: float | None
    rate_ml_h: float | None
    rate_mg_kg_h: float | None
    rate_changed_min: float | None
    last_observation: LastObservation | None
    baseline: tuple[BaselineNumber, ...]


_ABOUT: Final[dict[AlarmCode, tuple[LimitedMeasure, ...]]] = {
    AlarmCode.SPO2_LOW: (LimitedMeasure.SPO2,),
    AlarmCode.SPO2_FALLING: (LimitedMeasure.SPO2,),
    AlarmCode.HR_HIGH: (LimitedMeasure.HR,),
    AlarmCode.HR_LOW: (LimitedMeasure.HR,),
    AlarmCode.HR_CHANGING: (LimitedMeasure.HR,),
    AlarmCode.ASYSTOLE: (LimitedMeasure.HR,),
    AlarmCode.RR_HIGH: (LimitedMeasure.RR,),
    AlarmCode.RR_LOW: (LimitedMeasure.RR,),
    AlarmCode.APNOEA: (LimitedMeasure.RR, LimitedMeasure.ETCO2),
    AlarmCode.ETCO2_HIGH: (LimitedMeasure.ETCO2,),
    AlarmCode.ETCO2_LOW: (LimitedMeasure.ETCO2,),
    AlarmCode.TEMP_HIGH: (LimitedMeasure.TEMP,),
    AlarmCode.TEMP_LOW: (LimitedMeasure.TEMP,),
}
_PRESSURES: Final = (LimitedMeasure.NIBP_SYS, LimitedMeasure.NIBP_DIA, LimitedMeasure.NIBP_MAP)
_OF_PRESSURE: Final = (AlarmCode.BP_HIGH, AlarmCode.BP_LOW, AlarmCode.REPEAT_CUFF)


def card_of(
    alarm: Alarm, situation: Situation, facts: CardFacts, now: datetime
) -> AlarmCard | None:
    """The card of an alarm of the patient; None for any other."""
    if alarm.kind is not AlarmKind.PHYSIOLOGICAL:
        return None
    changed_at = facts.rate_changed_at
    order = situation.order
    return AlarmCard(
        alarm=alarm,
        given_mg=None if facts.dose is None else facts.dose.given_mg,
        ordered_mg=None if order is None else order.ordered_mg,
        rate_ml_h=facts.rate_ml_h,
        rate_mg_kg_h=facts.rate_mg_kg_h,
        rate_changed_min=None if changed_at is None else (now - changed_at).total_seconds() / 60,
        last_observation=facts.last_observation,
        baseline=_baseline(alarm, situation),
    )


def _baseline(alarm: Alarm, situation: Situation) -> tuple[BaselineNumber, ...]:
    measures = _PRESSURES if alarm.code in _OF_PRESSURE else _ABOUT.get(alarm.code, ())
    value = alarm.reasons[0].value
    is_one = len(measures) == 1 and value is not None
    return tuple(
        BaselineNumber(
            measure=measure,
            value=base,
            delta=value - base if is_one and value is not None else None,
        )
        for measure in measures
        if (base := situation.baseline.get(measure)) is not None
    )
