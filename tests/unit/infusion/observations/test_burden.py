"""What checks cost: taps for a form, check times and minutes for eight chairs."""

import pytest

from infusion.checks_sight import nurse_s
from tests.fixtures.check_burden import hourly_burden, taps_of
from tests.fixtures.checks import observation_rules, schedule_rules


@pytest.mark.parametrize(
    ("form", "taps"), [("quick", 3), ("full", 6), ("full_pain", 7), ("pump", 2)]
)
def test_a_quick_set_takes_three_taps_and_a_full_one_at_most_seven(form: str, taps: int) -> None:
    rules = observation_rules()
    found = rules.find_set(form)
    assert found is not None
    assert taps_of(found, rules) == taps


def test_only_what_is_due_is_tapped() -> None:
    rules = observation_rules()
    whole = rules.find_set("whole")
    assert whole is not None
    assert taps_of(whole, rules, frozenset({"pump_check", "bp"})) == 2
    assert taps_of(whole, rules, frozenset({"nausea", "distress"})) == 2


def test_eight_chairs_make_64_check_times_an_hour_and_a_quarter_of_them_need_nobody() -> None:
    plan = schedule_rules().find_profile("standard")
    assert plan is not None
    burden = hourly_burden(plan, observation_rules(), 3600, 8)
    assert (burden.check_times, burden.forms) == (64, 48)
    assert burden.taps == 8 * (3 * 3 + 3 * 6)
    assert burden.nurse_min == 8 * (3 * 45 + 3 * 90) / 60


def test_minutes_of_forms_add_up_and_an_unknown_one_counts_nothing() -> None:
    assert nurse_s(["quick", "full", "no"], observation_rules()) == 135
