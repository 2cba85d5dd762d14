"""The scores of forms of one scale: RASS, CADSS, pain on movement, modified Aldrete, PADSS.

Each is worked out wherever an item of it was observed, from its own form and from the newest
pressure, pulse and saturation that are on record then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from infusion.answers import Number
from infusion.configuration import ClinicConfiguration, Measure
from infusion.interventions.effects import oxygen_l_min
from infusion.observations.observed import Entry
from infusion.observations.values import Level, Pressure
from infusion.scores.aldrete import SCALE as ALDRETE
from infusion.scores.aldrete import AldreteInputs, aldrete
from infusion.scores.cadss import SCALE as CADSS
from infusion.scores.cadss import cadss_total
from infusion.scores.padss import SCALE as PADSS
from infusion.scores.padss import PadssInputs, padss
from infusion.scores.pain import pain
from infusion.scores.rass import SCALE as RASS
from infusion.scores.rass import rass
from infusion.scores.score import Given, Score
from infusion.session import Session
from vocabulary.ids import ObservationId

PAIN_MOVING: Final = "Pain on movement"


def _pain_moving(level: int | None, at: datetime) -> Score:
    return msgspec.structs.replace(pain(level, at), scale=PAIN_MOVING)


_ALONE: Final[Mapping[str, Callable[[int | None, datetime], Score]]] = {
    "rass": rass,
    "cadss": cadss_total,
    "pain_moving": _pain_moving,
}
"""The items of observation (protocol.yaml) that are scales by themselves."""
_ALDRETE: Final = ("aldrete_activity", "aldrete_respiration", "aldrete_consciousness")
_PADSS: Final = ("padss_walking", "padss_nausea", "padss_pain", "padss_bleeding")
"""The items of observation that are judged for a scale of several."""
SCALES: Final = (RASS, CADSS, PAIN_MOVING, ALDRETE, PADSS)
"""The names of these scores."""


def scale_scores(session: Session, configuration: ClinicConfiguration) -> Iterator[Score]:
    """The scores, in no order."""
    for entry in session.observed.entries:
        scale = _ALONE.get(entry.item)
        if scale is not None and isinstance(entry.value, Level):
            yield scale(entry.value.level, entry.at)
    window_s = configuration.scores.window_s
    for at, judged in _forms(session, _ALDRETE):
        yield aldrete(_aldrete_inputs(session, judged, at), at, window_s)
    for at, judged in _forms(session, _PADSS):
        yield padss(_padss_inputs(session, judged, at), at, window_s)


def _forms(
    session: Session, items: Sequence[str]
) -> Iterator[tuple[datetime, dict[str, Given[int]]]]:
    """Each form that has one of these items: when it was, and what was judged of each."""
    forms: dict[ObservationId, dict[str, Entry]] = {}
    for entry in session.observed.entries:
        if entry.item in items:
            forms.setdefault(entry.observation, {})[entry.item] = entry
    for entries in forms.values():
        at = next(iter(entries.values())).at
        yield at, {name: _level(entries.get(name)) for name in items}


def _aldrete_inputs(session: Session, judged: dict[str, Given[int]], at: datetime) -> AldreteInputs:
    activity, respiration, consciousness = (judged[name] for name in _ALDRETE)
    return AldreteInputs(
        activity=activity,
        respiration=respiration,
        consciousness=consciousness,
        systolic=_systolic(session, at),
        baseline_systolic=_baseline(session, Measure.NIBP_SYS),
        spo2=_number(session, "spo2", at),
        on_oxygen=bool(oxygen_l_min(session, at)),
    )


def _padss_inputs(session: Session, judged: dict[str, Given[int]], at: datetime) -> PadssInputs:
    walking, nausea, pain_now, bleeding = (judged[name] for name in _PADSS)
    return PadssInputs(
        systolic=_systolic(session, at),
        baseline_systolic=_baseline(session, Measure.NIBP_SYS),
        pulse=_number(session, "hr", at),
        baseline_pulse=_baseline(session, Measure.HR),
        walking=walking,
        nausea=nausea,
        pain=pain_now,
        bleeding=bleeding,
    )


def _level(entry: Entry | None) -> Given[int]:
    if entry is None or not isinstance(entry.value, Level):
        return Given()
    return Given(value=entry.value.level, observed_at=entry.at)


def _systolic(session: Session, at: datetime) -> Given[float]:
    entry = session.observed.latest("bp", at)
    if entry is None or not isinstance(entry.value, Pressure):
        return Given()
    return Given(value=entry.value.sys, observed_at=entry.at)


def _number(session: Session, item: str, at: datetime) -> Given[float]:
    entry = session.observed.latest(item, at)
    if entry is None or not isinstance(entry.value, Number):
        return Given()
    return Given(value=float(entry.value.value), observed_at=entry.at)


def _baseline(session: Session, measure: Measure) -> float | None:
    if session.baseline is None:
        return None
    return next((v.value for v in session.baseline.values if v.measure is measure), None)
