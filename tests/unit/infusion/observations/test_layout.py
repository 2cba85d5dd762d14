"""When what is due: laid out from the first drug, never stopped by a pause, anew from the stop."""

from datetime import timedelta

import msgspec
import pytest

from infusion import commands as c
from infusion.configuration import ClinicConfiguration
from infusion.observations.closer import RateStep
from infusion.observations.commands import ChooseProfile
from infusion.observations.evidence import Evidence
from infusion.observations.schedule_rules import ScheduleLine
from infusion.patient import Indication
from infusion.schedule import find_layout
from tests.fixtures.observing import Bedside
from tests.fixtures.session import NORA, Driver, infusing, preparing, ready

CHECK_TIMES = [5, 10, 15, 20, 30, 40, 50, 60]
AFTER_THE_STOP = [65, 70, 75, 90, 105, 120]


@pytest.mark.parametrize(
    ("item", "minutes"),
    [
        ("bp", [*CHECK_TIMES, *AFTER_THE_STOP]),
        ("sedation", [0, 10, 20, 30, 40, 50, 60, *AFTER_THE_STOP]),
        ("airway", [0, 10, 20, 30, 40, 50, 60, 75, 90, 105, 120]),
        ("dissociation", [0, 20, 40, 60, 90, 120]),
        ("perception", [0, 20, 40, 60]),
        ("nausea", [0, 20, 40, 60, 90, 120]),
        ("iv_site", [0, 20, 40, 60, 120]),
        ("safety", [0, 120]),
        ("pump_check", [0]),
        ("pain", []),
    ],
)
def test_at_the_start_the_whole_session_is_laid_out(item: str, minutes: list[float]) -> None:
    assert Bedside().minutes_of(item) == minutes


def test_what_was_laid_out_is_an_event_with_the_configuration_of_that_time() -> None:
    bedside = Bedside()
    driver = bedside.driver
    laid_out = find_layout(driver.session, Evidence(), driver.now, driver.clinic)
    assert laid_out is not None
    assert laid_out.config_version == driver.clinic.version
    assert laid_out.plan.profile == "standard"
    assert laid_out.planned_end == bedside.at(60)
    due = [(check.item, check.due_at) for check in laid_out.checks]
    assert due == sorted(due, key=lambda d: (d[1], d[0]))
    assert len(due) == len(bedside.schedule.items)
    [window] = [k.window_s for k in laid_out.checks if (k.item, k.due_at) == ("bp", bedside.at(5))]
    assert window == 120
    driver.take(laid_out)
    assert find_layout(driver.session, Evidence(), driver.now, driver.clinic) is None


def test_nothing_is_laid_out_before_the_first_drug() -> None:
    driver = ready()
    assert find_layout(driver.session, Evidence(), driver.now, driver.clinic) is None


def test_what_was_laid_out_holds_although_the_configuration_changes() -> None:
    bedside = Bedside()
    driver = bedside.driver
    laid_out = find_layout(driver.session, Evidence(), driver.now, driver.clinic)
    assert laid_out is not None
    driver.take(laid_out)
    before = bedside.minutes_of("bp")
    emptied = driver.clinic.schedule.profiles[0]
    driver.clinic = _with_only(driver, emptied.lines[:1])
    assert bedside.minutes_of("bp") == before


def _with_only(driver: Driver, lines: tuple[ScheduleLine, ...]) -> ClinicConfiguration:
    rules = driver.clinic.schedule
    profiles = tuple(msgspec.structs.replace(p, lines=lines) for p in rules.profiles)
    schedule = msgspec.structs.replace(rules, profiles=profiles)
    return msgspec.structs.replace(driver.clinic, schedule=schedule)


def test_the_pain_service_asks_for_pain() -> None:
    bedside = Bedside()
    session = bedside.driver.session
    bedside.driver.session_or_none = msgspec.structs.replace(
        session, plan=msgspec.structs.replace(session.plan, indication=Indication.CRPS)
    )
    assert bedside.minutes_of("pain") == [0, 30, 60, 120]


def test_another_profile_can_be_chosen_with_a_reason() -> None:
    driver = preparing()
    driver.refuse(ChooseProfile(by=NORA, profile="long", reason=" "))
    driver.refuse(ChooseProfile(by=NORA, profile="standard", reason="as ever"))
    driver.refuse(ChooseProfile(by=NORA, profile="endless", reason="x"))
    driver = ready().do(ChooseProfile(by=NORA, profile="long", reason="first time"))
    bedside = Bedside(driver.started())
    assert bedside.minutes_of("bp")[-4:] == [135, 150, 165, 180]
    assert bedside.minutes_of("safety") == [0, 180]


def test_the_checks_that_were_laid_out_at_the_start_are_not_chosen_anew() -> None:
    refused = infusing().refuse(ChooseProfile(by=NORA, profile="long", reason="first time"))
    assert "infusing" in refused.reason
    assert refused.what_to_do == "possible in planned or preparing"


def test_a_pause_stops_and_stretches_nothing_and_adds_checks_every_five_minutes() -> None:
    bedside = Bedside()
    bedside.move_to(22).driver.paused()
    bedside.move_to(33)
    minutes = bedside.minutes_of("sedation")
    assert [m for m in minutes if 20 <= m <= 40] == [20, 27, 30, 35, 40]
    assert [m for m in bedside.minutes_of("bp") if 20 <= m <= 40] == [20, 27, 30, 35, 40]
    assert [m for m in bedside.minutes_of("airway") if 20 <= m <= 40] == [20, 30, 40]
    bedside.driver.resumed()
    bedside.move_to(34)
    assert [m for m in bedside.minutes_of("sedation") if 20 <= m <= 50] == [20, 27, 30, 40, 50]


def test_a_pause_moves_only_the_predicted_end_and_what_follows_it() -> None:
    bedside = Bedside()
    bedside.move_to(22).driver.paused()
    bedside.move_to(26).driver.resumed()
    assert [m for m in bedside.minutes_of("bp") if m >= 50] == [50, 60, 69, 74, 79, 94, 109, 124]
    assert bedside.minutes_of("dissociation") == [0, 20, 40, 60, 94, 124]


def test_the_predicted_end_comes_from_the_pump_if_it_is_known() -> None:
    bedside = Bedside()
    bedside.knows(expected_end=bedside.at(70))
    due = [m for m in bedside.minutes_of("bp") if m > 50]
    assert due == [60, 70, 75, 80, 85, 100, 115, 130]


@pytest.mark.parametrize(
    ("stop", "bp"),
    [
        (60, [60, 65, 70, 75, 90, 105, 120]),
        (59.8, [60, 64.8, 69.8, 74.8, 89.8, 104.8, 119.8]),
        (57, [62, 67, 72, 87, 102, 117]),  # 60 would be 2 min before 62
        (54, [59, 64, 69, 84, 99, 114]),
        (41, [46, 51, 56, 71, 86, 101]),
    ],
)
def test_after_the_stop_they_count_from_the_stop(stop: float, bp: list[float]) -> None:
    bedside = Bedside()
    bedside.move_to(stop).driver.ended()
    due = [m for m in bedside.minutes_of("bp") if m > 40 and m != 50]
    assert due == pytest.approx(bp)


def test_a_full_set_that_falls_due_just_after_the_stop_is_still_due() -> None:
    bedside = Bedside()
    bedside.move_to(56).driver.ended()
    assert bedside.minutes_of("dissociation") == [0, 20, 40, 60, 86, 116]
    early = Bedside()
    early.move_to(50).driver.ended()
    assert early.minutes_of("dissociation") == [0, 20, 40, 80, 110]


def test_a_pause_that_turns_out_to_be_the_end_was_a_pause_until_then() -> None:
    bedside = Bedside()
    bedside.move_to(32).driver.paused()
    bedside.move_to(43).driver.do(c.EndInfusionEarly(by=NORA, reason="enough"))
    assert [m for m in bedside.minutes_of("bp") if m >= 30] == [30, 37, 42, 47, 62, 77, 92]
    assert bedside.minutes_of("dissociation") == [0, 20, 40, 62, 92]


def test_a_pump_that_runs_again_in_recovery_goes_on_with_the_checks_of_the_infusion() -> None:
    bedside = Bedside()
    bedside.move_to(60).driver.ended()
    bedside.move_to(72).driver.started()
    bedside.move_to(81)
    minutes = [m for m in bedside.minutes_of("sedation") if m >= 60]
    assert minutes[:4] == [60, 65, 70, 80]
    assert 75 not in minutes


def test_an_infusion_past_its_time_is_watched_on() -> None:
    bedside = Bedside()
    bedside.move_to(75)
    assert [m for m in bedside.minutes_of("sedation") if 60 <= m <= 80] == [60, 70, 80]
    bedside.move_to(131)
    assert 140 in bedside.minutes_of("sedation")


def test_recovery_is_watched_until_the_patient_leaves() -> None:
    bedside = Bedside()
    bedside.move_to(60).driver.ended()
    bedside.move_to(190)
    assert bedside.minutes_of("bp")[-3:] == [165, 180, 195]
    bedside.driver.do(c.Discharge(by=NORA, escort="Max"))
    bedside.move_to(300)
    assert max(bedside.minutes_of("bp")) <= 190
    assert bedside.schedule.next is None


def test_the_pump_is_checked_at_every_change_of_the_rate() -> None:
    bedside = Bedside()
    steps = (RateStep(at=bedside.at(25), is_up=True), RateStep(at=bedside.at(40), is_up=False))
    bedside.move_to(41).knows(rate_steps=steps)
    assert bedside.minutes_of("pump_check") == [0, 25, 40]


def test_the_baseline_is_due_when_the_start_is_planned_and_at_the_start_once_it_came() -> None:
    driver = preparing()
    [sedation] = [d for d in Bedside(driver).schedule.items if d.item == "sedation"]
    assert sedation.slot.due_at == driver.session.plan.planned_for
    assert Bedside().minutes_of("sedation")[0] == 0
    assert timedelta(0) == Bedside().start - Bedside().driver.now
