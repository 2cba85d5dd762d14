"""The card of an alarm: on each of the patient, on no other, and each number with its unit."""

from datetime import datetime

import pytest

from dashboard.alarm_pages.card import ABOUT, BedFacts, card_lines, value_now
from infusion.baseline import BaselineValue
from infusion.configuration import Measure
from tests.fixtures.dashboard import bed_state
from vocabulary.alarms import KIND_OF, KINDS, AlarmCode, AlarmKind, AlarmPriority, SignalState
from vocabulary.signals import SignalName
from vocabulary.states import ReadingState
from wire.bed_state import AlarmView, NibpValue, SignalView

FACTS = BedFacts(
    lines=(
        ("Dose so far", "12.3 of 35.0 mg"),
        ("Rate", "35.0 mL/h"),
        ("Rate unchanged", "for 6 min"),
        ("Last observation", "14:00: Sedation 5"),
    ),
    baselines=(
        BaselineValue(measure=Measure.NIBP_SYS, value=122, readings=2),
        BaselineValue(measure=Measure.NIBP_DIA, value=80, readings=2),
        BaselineValue(measure=Measure.SPO2, value=97.5, readings=2),
    ),
)
SIGNALS = {
    name: SignalView(state=ReadingState.LIVE, value=value)
    for name, value in (
        (SignalName.SPO2, 97.0), (SignalName.HR, 78.0), (SignalName.TEMP, 36.8),
        (SignalName.NIBP, NibpValue(sys=138, dia=86, map=103)),
    )
}  # fmt: skip
JUDGED = {
    AlarmCode.SEDATION_DEEP, AlarmCode.AGITATION, AlarmCode.DISSOCIATION_STRONG,
    AlarmCode.DISTRESS, AlarmCode.NAUSEA, AlarmCode.NEWS2_HIGH,
}  # fmt: skip


def alarm(code: AlarmCode, now: datetime) -> AlarmView:
    return AlarmView(
        id="a", priority=AlarmPriority.HIGH, text="x", since=now, signal_state=SignalState.ACTIVE,
        kind=KIND_OF[code], code=code,
    )  # fmt: skip


@pytest.mark.parametrize("code", AlarmCode)
def test_each_alarm_of_the_patient_has_a_card_and_no_other(code: AlarmCode, now: datetime) -> None:
    names = [name for name, _ in card_lines(alarm(code, now), FACTS)]
    is_patient = KIND_OF[code] is AlarmKind.PHYSIOLOGICAL
    card = ["Dose so far", "Rate", "Rate unchanged", "Baseline", "Last observation"]
    assert names == (card if is_patient else [])


def test_each_alarm_of_a_number_says_what_it_is_now() -> None:
    assert set(ABOUT) == set(KINDS[AlarmKind.PHYSIOLOGICAL]) - JUDGED


@pytest.mark.parametrize(
    ("code", "value", "baseline"),
    [
        (AlarmCode.SPO2_LOW, "SpO2 now 97 %", "97.5 %"),
        (AlarmCode.BP_HIGH, "BP now 138/86 mmHg", "122/80 mmHg"),
        (AlarmCode.HR_LOW, "HR now 78 /min", "none"),
        (AlarmCode.TEMP_HIGH, "Temp now 36.8 °C", "none"),
    ],
)
def test_every_number_has_its_unit(
    code: AlarmCode, value: str, baseline: str, now: datetime
) -> None:
    one = alarm(code, now)
    assert value_now(one, bed_state("1", signals=SIGNALS)) == value
    assert dict(card_lines(one, FACTS))["Baseline"] == baseline
