"""What a nurse needs to judge an alarm of the patient without looking anywhere else. Blocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final

import msgspec

from dashboard.context import Services
from dashboard.local_time import clock_text
from dashboard.session_forms.delivery import delivery_of
from dashboard.view_models import value_text
from infusion.baseline import BaselineValue
from infusion.configuration import Measure
from infusion.observations.values import shown
from infusion.report.dose import rate_since
from infusion.session import Session
from vocabulary.alarms import AlarmCode, AlarmKind
from vocabulary.signals import SIGNALS, SignalName
from vocabulary.states import ReadingState
from wire.bed_state import AlarmView, BedState

_BP: Final = (Measure.NIBP_SYS, Measure.NIBP_DIA)
ABOUT: Final[dict[AlarmCode, tuple[SignalName, tuple[Measure, ...]]]] = {
    AlarmCode.SPO2_LOW: (SignalName.SPO2, (Measure.SPO2,)),
    AlarmCode.SPO2_FALLING: (SignalName.SPO2, (Measure.SPO2,)),
    AlarmCode.HR_HIGH: (SignalName.HR, (Measure.HR,)),
    AlarmCode.HR_LOW: (SignalName.HR, (Measure.HR,)),
    AlarmCode.HR_CHANGING: (SignalName.HR, (Measure.HR,)),
    AlarmCode.ASYSTOLE: (SignalName.HR, (Measure.HR,)),
    AlarmCode.RR_HIGH: (SignalName.RR, (Measure.RR,)),
    AlarmCode.RR_LOW: (SignalName.RR, (Measure.RR,)),
    AlarmCode.APNOEA: (SignalName.RR, (Measure.RR,)),
    AlarmCode.ETCO2_HIGH: (SignalName.ETCO2, (Measure.ETCO2,)),
    AlarmCode.ETCO2_LOW: (SignalName.ETCO2, (Measure.ETCO2,)),
    AlarmCode.TEMP_HIGH: (SignalName.TEMP, (Measure.TEMP,)),
    AlarmCode.TEMP_LOW: (SignalName.TEMP, (Measure.TEMP,)),
    AlarmCode.BP_HIGH: (SignalName.NIBP, _BP),
    AlarmCode.BP_LOW: (SignalName.NIBP, _BP),
    AlarmCode.REPEAT_CUFF: (SignalName.NIBP, _BP),
}
"""The number that an alarm is about, and the baselines to hold it against."""

BELIEVED: Final = (ReadingState.LIVE, ReadingState.LATE)
_WORDS_OF_OBSERVATION: Final = 3


@dataclass(frozen=True, slots=True)
class BedFacts:
    """What the cards of one bed have in common: each fact with its name, in order.

    `escalated`: by alarm, to whom it went on.
    """

    lines: tuple[tuple[str, str], ...]
    baselines: tuple[BaselineValue, ...] = ()
    escalated: Mapping[str, str] = field(default_factory=dict)


def bed_facts(
    parts: Services, session: Session | None, state: BedState | None, now: datetime, zone: tzinfo
) -> BedFacts:
    """Dose so far, rate, minutes since its last change, and the last observation."""
    if session is None:
        return BedFacts(())
    lines = [
        ("Dose so far", _dose(session, state)),
        ("Rate", _rate(state)),
        ("Rate unchanged", _unchanged(parts, session, now)),
        ("Last observation", _observation(parts, session, zone)),
    ]
    baselines = () if session.baseline is None else session.baseline.values
    return BedFacts(tuple(lines), baselines)


def as_believed(parts: Services, state: BedState) -> BedState:
    """A bed as it may be believed now: without live data no number in it is current."""
    if parts.own_alarms.of_link(state.ward) is None:
        return state
    return msgspec.structs.replace(
        state,
        signals={
            name: msgspec.structs.replace(view, state=ReadingState.STALE)
            if view.state in BELIEVED
            else view
            for name, view in state.signals.items()
        },
        pump=None
        if state.pump is None
        else msgspec.structs.replace(state.pump, reading=ReadingState.STALE),
    )


def card_lines(alarm: AlarmView, facts: BedFacts) -> tuple[tuple[str, str], ...]:
    """The card of an alarm of the patient; nothing for any other."""
    if alarm.kind is not AlarmKind.PHYSIOLOGICAL or not facts.lines:
        return ()
    *numbers, observation = facts.lines
    return (*numbers, ("Baseline", _baseline(alarm, facts)), observation)


def _baseline(alarm: AlarmView, facts: BedFacts) -> str:
    if alarm.code is None or alarm.code not in ABOUT:
        return "none"
    signal, measures = ABOUT[alarm.code]
    found = {item.measure: item.value for item in facts.baselines}
    numbers = [f"{found[measure]:g}" for measure in measures if measure in found]
    return f"{'/'.join(numbers)} {SIGNALS[signal].shown_unit}" if numbers else "none"


def value_now(alarm: AlarmView, state: BedState | None) -> str:
    """What an alarm is about, as it is now: "SpO2 now 91 %"; empty without such a number."""
    if state is None or alarm.code is None:
        return ""
    if alarm.kind is AlarmKind.DELIVERY:
        pump = state.pump
        if pump is None or pump.rate_ml_h is None or pump.reading not in BELIEVED:
            return ""
        return f"rate now {pump.rate_ml_h:.1f} mL/h"
    if alarm.code not in ABOUT:
        return ""
    about = SIGNALS[ABOUT[alarm.code][0]]
    view = state.signals.get(about.name)
    if view is None or view.value is None or view.state not in BELIEVED:
        return f"{about.label} now unknown"
    return f"{about.label} now {value_text(about.name, view.value)} {about.shown_unit}"


def _dose(session: Session, state: BedState | None) -> str:
    if state is None or state.dose is None:
        return "not known"
    ordered = state.dose.ordered_mg
    if ordered is None and session.order is not None and session.order.dose_mg is not None:
        ordered = float(session.order.dose_mg)
    of = "" if ordered is None else f" of {ordered:.1f}"
    is_current = state.pump is None or state.pump.reading in BELIEVED
    return f"{state.dose.given_mg:.1f}{of} mg{'' if is_current else ', last known'}"


def _rate(state: BedState | None) -> str:
    pump = None if state is None else state.pump
    if pump is None or pump.rate_ml_h is None or pump.reading not in BELIEVED:
        return "not known"
    per_kg = pump.dose_rate_mg_kg_h
    return f"{pump.rate_ml_h:.1f} mL/h" + ("" if per_kg is None else f", {per_kg:.2f} mg/kg/h")


def _unchanged(parts: Services, session: Session, now: datetime) -> str:
    lines = delivery_of(parts, session).segments if session.has_drug else ()
    since = rate_since(lines) or session.started_at
    if since is None:
        return "not started"
    return f"for {max(0.0, (now - since).total_seconds()) / 60:.0f} min"


def _observation(parts: Services, session: Session, zone: tzinfo) -> str:
    entries = session.observed.entries
    if not entries:
        return "none yet"
    newest = entries[-1].at
    words = []
    for entry in (e for e in entries if e.at == newest):
        item = parts.configuration.observations.find_item(entry.item)
        if item is not None:
            words.append(f"{item.text} {shown(item, entry.value)}")
    return f"{clock_text(newest, zone)}: {', '.join(words[:_WORDS_OF_OBSERVATION])}"
