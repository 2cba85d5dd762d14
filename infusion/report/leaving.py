"""The criteria of going home as they stood when the patient left, from what was recorded."""

from collections.abc import Sequence
from typing import Final

from infusion.baseline import CuffPressure
from infusion.completeness import Sample
from infusion.configuration import ClinicConfiguration
from infusion.delivered import Delivered
from infusion.readiness import Criterion
from infusion.recovery import Measured, readiness_of
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
    Criterion.CHECKLIST: "questions before going home",
    Criterion.SAFETY: "safety screen",
    Criterion.ESCORT: "escort named",
}
_UNKNOWN: Final = (
    "it is not known", "there is no baseline", "not answered", "the safety questions",
    "MOAA/S missing", "SpO2 missing", "C-SSRS cannot be computed",
)  # fmt: skip
"""How a reason begins that tells of something that was not recorded."""


def criteria_lines(
    session: Session, delivered: Delivered, numbers: Numbers, configuration: ClinicConfiguration
) -> tuple[CriterionLine, ...]:
    """Each criterion when the patient left; none before that, or without drug."""
    closed = session.closed
    if closed is None or not session.has_drug:
        return ()
    measured = Measured(
        cuffs=tuple(
            CuffPressure(sys=cuff.sys, dia=cuff.dia, observed_at=cuff.at, device=cuff.device)
            for cuff in numbers.cuffs
            if cuff.sys is not None and cuff.dia is not None
        ),
        spo2=_last(numbers.samples.get(SignalName.SPO2, ())),
        last_flow_at=delivered.last_drug_at,
    )
    escort = closed.escort if isinstance(closed, Discharged) else None
    judged = readiness_of(session, measured, closed.at, configuration, escort)
    lines = []
    for criterion, words in _MET.items():
        whys = [unmet.why for unmet in judged.unmet if unmet.criterion is criterion]
        is_unknown = bool(whys) and all(why.startswith(_UNKNOWN) for why in whys)
        lines.append(
            CriterionLine(
                text="; ".join(whys) or words,
                is_met=None if is_unknown else not whys,
            )
        )
    return tuple(lines)


def _last(samples: Sequence[Sample]) -> Given[float]:
    last = next((sample for sample in reversed(samples) if sample.value is not None), None)
    return Given() if last is None else Given(value=last.value, observed_at=last.at)
