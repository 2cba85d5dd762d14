"""The limits of one patient: fixed, relative to the baseline, changed; beyond, near and clear."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.alarms.limits import PatientLimits, Standing, limits_for
from infusion.alarms.physiological import limit_claims
from infusion.alarms.rules import LimitName
from tests.fixtures.alarms import alarm_rules
from vocabulary.alarms import AlarmCode, LimitedMeasure
from vocabulary.states import SessionState

M = LimitedMeasure
INFUSING = SessionState.INFUSING


def limits(
    phase: SessionState = INFUSING,
    baseline: dict[LimitedMeasure, float] | None = None,
    changes: dict[LimitName, float] | None = None,
) -> PatientLimits:
    return limits_for(alarm_rules(), phase, baseline or {}, changes or {})


@pytest.mark.parametrize(
    ("name", "value", "standing"),
    [
        ("spo2_below_high", 89, Standing.BEYOND),
        ("spo2_below_high", 90, Standing.NEAR),
        ("spo2_below_high", 90.9, Standing.NEAR),
        ("spo2_below_high", 91, Standing.CLEAR),
        ("hr_above_medium", 111, Standing.BEYOND),
        ("hr_above_medium", 110, Standing.NEAR),
        ("hr_above_medium", 107, Standing.CLEAR),
        ("sys_above_high", 180, Standing.BEYOND),
        ("sys_above_high", 179, Standing.NEAR),
        ("sys_above_high", 175, Standing.CLEAR),
        ("sys_below_high", 90, Standing.BEYOND),
        ("sys_below_high", 94, Standing.NEAR),
        ("sys_below_high", 95, Standing.CLEAR),
        ("rr_below_high", 6, Standing.BEYOND),
        ("rr_below_high", 7, Standing.CLEAR),
        ("moaas_high", 2, Standing.BEYOND),
        ("moaas_high", 3, Standing.CLEAR),
    ],
)
def test_a_number_is_beyond_a_limit_near_it_or_clear(
    name: str, value: float, standing: Standing
) -> None:
    assert limits().by_name[name].stand(value) is standing


def test_30_percent_over_the_baseline_is_another_pressure_for_each_patient() -> None:
    one = limits(baseline={M.NIBP_SYS: 110}).by_name["sys_over_baseline"]
    other = limits(baseline={M.NIBP_SYS: 140}).by_name["sys_over_baseline"]
    assert (one.amount, other.amount) == (143, 182)
    assert one.stand(144) is Standing.BEYOND
    assert other.stand(144) is Standing.CLEAR
    assert one.claim(144, holds=False).text == "SBP 144 > 143 (+30 % of 110)"


def test_without_a_baseline_there_is_no_relative_limit() -> None:
    assert "sys_over_baseline" not in limits().by_name
    assert "sys_above_high" in limits().by_name


def test_a_relative_limit_holds_only_once_the_infusion_has_begun() -> None:
    baseline = {M.NIBP_SYS: 110.0, M.ETCO2: 36.0}
    assert "sys_over_baseline" not in limits(SessionState.PREPARING, baseline).by_name
    assert "sys_over_baseline" in limits(SessionState.RECOVERY, baseline).by_name
    assert limits(INFUSING, baseline).by_name["etco2_over_baseline"].amount == 46


def test_a_limit_can_be_another_for_one_patient() -> None:
    changed = limits(changes={LimitName("spo2_below_high"): 88})
    assert changed.by_name["spo2_below_high"].stand(89) is Standing.CLEAR
    assert changed.by_name["spo2_below_medium"].amount == 92


def test_a_claim_names_parameter_value_and_limit() -> None:
    claims = limit_claims(M.HR, 134, limits())
    assert [claim.text for claim in claims] == ["HR 134 > 100", "HR 134 > 110", "HR 134 > 130"]
    assert {claim.code for claim in claims} == {AlarmCode.HR_HIGH}
    assert claims[2].value == 134
    assert claims[2].limit == 130


def test_a_mean_pressure_is_told_in_whole_mmhg() -> None:
    claim = limits().by_name["map_above_high"].claim(136.67, holds=False)
    assert claim.text == "MAP 137 > 130"


def test_news2_is_no_alarm_while_drug_acts() -> None:
    assert M.NEWS2 not in limits(INFUSING).of
    assert M.NEWS2 in limits(SessionState.RECOVERY).of


@given(measure=st.sampled_from(list(M)), value=st.floats(-50, 400))
def test_a_quiet_number_is_clear_of_every_limit(measure: LimitedMeasure, value: float) -> None:
    found = limits(baseline={M.NIBP_SYS: 120.0, M.NIBP_DIA: 80.0, M.ETCO2: 36.0})
    low, high = found.quiet[measure]
    if low <= value <= high:
        assert not limit_claims(measure, value, found)
