"""The criteria of going home as they stood when the patient left, from what was recorded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from infusion.baseline import CuffPressure
from infusion.completeness import Sample
from infusion.configuration import ClinicConfiguration, Measure
from infusion.delivered import Delivered
from infusion.interventions.effects import oxygen_l_min
from infusion.observations.values import Level
from infusion.readiness import Criterion, Recovery, readiness
from infusion.report.rows import CriterionLine
from infusion.report.trend import Numbers
from infusion.scores.score import Given
from infusion.session import Session
from infusion.session_events import Discharged
from vocabulary.signals import SignalName

_MET: Final = {
    Criterion.PUMP_STILL: "pump still",
    Criterion.STAY: "stay after the last drug",
    Criterion.PRESSURE: "BP near the baseline and under the limits",
    Criterion.SATURATION: "SpO2 on air, or as at the baseline",
    Criterion.SEDATION: "fully awake",
    Criterion.ESCORT: "escort named",
}
"""What can be judged afterwards, in words; the questions before going home are the nurse's word."""
_UNKNOWN: Final = ("it is not known", "there is no baseline", "MOAA/S missing", "SpO2 missing")


def criteria_lines(
    session: Session, delivered: Delivered, numbers: Numbers, configuration: ClinicConfiguration
) -> tuple[CriterionLine, ...]:
    """Each criterion when the patient left; none before that, or without drug."""
    if session.closed is None or not session.has_drug:
        return ()
    at = session.closed.at
    judged = readiness(
        _recovery(session, delivered, numbers, at),
        at,
        configuration.discharge,
        configuration.sessions.stay_after_drug_s,
    )
    lines = []
    for criterion, words in _MET.items():
        whys = [unmet.why for unmet in judged.unmet if unmet.criterion is criterion]
        is_unknown = any(why.startswith(_UNKNOWN) for why in whys)
        lines.append(
            CriterionLine(
                text="; ".join(whys) or words,
                is_met=None if is_unknown else not whys,
            )
        )
    return tuple(lines)


def _recovery(session: Session, delivered: Delivered, numbers: Numbers, at: datetime) -> Recovery:
    baseline = session.baseline
    before = {} if baseline is None else {v.measure: v.value for v in baseline.values}
    sedation = session.observed.latest("sedation", at)
    oxygen = oxygen_l_min(session, at)
    return Recovery(
        last_drug_at=delivered.last_drug_at or session.drug_stopped_at,
        is_delivering=any(run.is_running for run in session.runs),
        cuffs=tuple(
            CuffPressure(sys=cuff.sys, dia=cuff.dia, observed_at=cuff.at, device=cuff.device)
            for cuff in numbers.cuffs
            if cuff.sys is not None and cuff.dia is not None and cuff.at <= at
        ),
        baseline_sys=before.get(Measure.NIBP_SYS),
        baseline_dia=before.get(Measure.NIBP_DIA),
        spo2=_last(numbers.samples.get(SignalName.SPO2, ())),
        baseline_spo2=before.get(Measure.SPO2),
        # nobody who charts oxygen when it is given charts air
        on_oxygen=bool(oxygen),
        moaas=Given()
        if sedation is None or not isinstance(sedation.value, Level)
        else Given(value=sedation.value.level, observed_at=sedation.at),
        escort=session.closed.escort if isinstance(session.closed, Discharged) else "",
    )


def _last(samples: Sequence[Sample]) -> Given[float]:
    last = next((sample for sample in reversed(samples) if sample.value is not None), None)
    return Given() if last is None else Given(value=last.value, observed_at=last.at)
