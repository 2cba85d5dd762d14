"""What became of each check: done in its window, late, excused, missed, overdue."""

from datetime import datetime, timedelta

import msgspec
import pytest

from infusion import commands as c
from infusion.association import Interval
from infusion.interventions import commands as ic
from infusion.observations.checks import first_check
from infusion.observations.commands import AmendObservation, ExplainMissedChecks
from infusion.observations.due import CheckStatus
from infusion.observations.events import MissedCheck
from infusion.schedule import (
    Schedule,
    checks_until,
    find_layout,
    plan_of,
    schedule_of,
)
from tests.fixtures.observing import (
    AWAKE,
    CLEAR,
    DROWSY,
    FULL,
    Bedside,
    form,
    left_out,
)
from tests.fixtures.session import NORA, Driver, preparing

S = CheckStatus


@pytest.mark.parametrize(
    ("minute", "status", "late_s"),
    [
        (4.9, S.MISSED, 0),  # not yet: a set so early counts for nothing
        (5, S.DONE, 0),
        (10, S.DONE, 0),
        (13, S.DONE, 0),
        (13.05, S.DONE_LATE, 183),
        (14.9, S.DONE_LATE, 294),
        (15, S.MISSED, 0),  # that one is for 20
    ],
)
def test_a_check_is_done_in_its_window_late_after_it_and_missed_when_the_next_may_be_done(
    minute: float, status: CheckStatus, late_s: float
) -> None:
    bedside = Bedside().quick(minute).move_to(25)
    due = bedside.became("sedation", 10)
    assert (due.status, due.late_s) == (status, pytest.approx(late_s))


@pytest.mark.parametrize(
    ("minute", "status"),
    [
        (4.9, S.AHEAD),
        (5, S.DUE),
        (10, S.DUE),
        (13, S.DUE),
        (13.1, S.OVERDUE),
        (14.9, S.OVERDUE),
        (15, S.MISSED),
    ],
)
def test_what_waits_is_ahead_due_overdue_and_missed(minute: float, status: CheckStatus) -> None:
    assert Bedside().move_to(minute).status("sedation", 10) is status


@pytest.mark.parametrize(
    ("minute", "due_at", "status"),
    [(2.9, 5, S.DONE), (7, 5, S.DONE), (7.1, 10, S.DONE), (12, 10, S.DONE), (22, 20, S.DONE),
     (23, 20, S.DONE_LATE), (25, 30, S.DONE)],
)  # fmt: skip
def test_a_cuff_reading_completes_the_pressure_without_a_tap(
    minute: float, due_at: float, status: CheckStatus
) -> None:
    bedside = Bedside().cuffs(minute).move_to(35)
    due = bedside.became("bp", due_at)
    assert (due.status, due.by_device) == (status, True)
    assert due.done_at == bedside.at(minute)
    done = [d for d in bedside.schedule.items if d.item == "bp" and d.done_at is not None]
    assert len(done) == 1


def test_cuff_readings_every_five_minutes_complete_every_pressure_wherever_they_begin() -> None:
    for offset in (0.3, 1, 2, 2.4, 3, 4.9):
        minutes = [offset + 5 * number for number in range(5)]
        bedside = Bedside().cuffs(*minutes).move_to(22.5)
        assert [bedside.status("bp", minute) for minute in (5, 10, 15)] == [S.DONE] * 3


def test_a_reading_from_before_the_first_drug_completes_only_the_baseline() -> None:
    bedside = Bedside().cuffs(-0.1).move_to(6)
    assert bedside.status("bp", 5) is S.DUE


def test_an_item_stays_overdue_since_it_was_first_not_done() -> None:
    bedside = Bedside().quick(10).move_to(36)
    open_checks = bedside.schedule.open
    sedation = next(check for check in open_checks if "sedation" in check.items)
    assert sedation.due_at == bedside.at(20)
    assert sedation.late_s(bedside.driver.now) == 16 * 60
    bedside.quick(36)
    assert "sedation" not in {i for check in bedside.schedule.open for i in check.items}
    assert [d.slot.due_at for d in bedside.schedule.missed if d.item == "sedation"] == [
        bedside.at(0),
        bedside.at(20),
        bedside.at(30),
    ]
    assert bedside.status("sedation", 40) is S.DONE


def test_checks_due_close_together_are_one_check_with_the_smallest_form() -> None:
    bedside = Bedside().cuffs(5).move_to(6)
    [quick] = [check for check in bedside.schedule.open if "sedation" in check.items]
    assert (quick.set, quick.items) == ("quick", ("airway", "rr", "sedation"))
    bedside = Bedside().cuffs(5, 10, 15).quick(10).move_to(18)
    following = bedside.schedule.next
    assert following is not None
    assert following.set == "full"
    assert set(following.items) >= {"sedation", "dissociation", "nausea", "iv_site", "bp"}


def test_next_is_what_is_open_longest_else_what_comes_first() -> None:
    bedside = Bedside()
    assert bedside.schedule.next is not None
    bedside.save(*FULL, set="full")
    assert bedside.next_minute() == 0  # pump check and safety screen were never done
    bedside.move_to(3)
    assert bedside.next_minute() == 5
    bedside.cuffs(5).move_to(5.1)
    assert bedside.next_minute() == 10
    bedside.move_to(13.5)
    following = bedside.schedule.next
    assert following is not None
    assert (following.is_overdue, following.late_s(bedside.driver.now)) == (True, 210)


def test_a_baseline_is_never_overdue_and_missed_once_drug_runs() -> None:
    driver = preparing().move(60)
    before = Bedside(driver)
    dues = {due.item: due.status for due in before.schedule.items}
    assert dues["sedation"] is S.DUE
    assert before.schedule.overdue == ()
    before.save(AWAKE, CLEAR)
    assert {d.item: d.status for d in before.schedule.items}["sedation"] is S.DONE
    after = Bedside().move_to(2.1)
    assert after.status("sedation", 0) is S.MISSED
    assert after.next_minute() == 5


def test_a_partial_set_leaves_the_next_one_where_it_was() -> None:
    bedside = Bedside().cuffs(5, 10, 15, 20).quick(10).move_to(20)
    asleep = tuple(
        left_out(item, "asleep")
        for item in ("dissociation", "perception", "nausea", "distress", "iv_site")
    )
    bedside.save(AWAKE, CLEAR, set="full", not_observed=asleep)
    due = bedside.became("dissociation", 20)
    assert (due.status, due.reason) == (S.EXCUSED, "asleep")
    assert bedside.status("sedation", 20) is S.DONE
    assert next(m for m in bedside.minutes_of("dissociation") if m > 20) == 40


def test_a_missed_check_can_be_explained_one_reason_for_many() -> None:
    bedside = Bedside().move_to(26)
    missed = [d for d in bedside.schedule.missed if d.slot.due_at > bedside.start]
    assert {d.item for d in missed} >= {"bp", "sedation", "airway"}
    checks = tuple(MissedCheck(item=d.item, due_at=d.slot.due_at) for d in missed)
    bedside.driver.refuse(ExplainMissedChecks(by=NORA, checks=checks, reason=" "))
    bedside.driver.refuse(ExplainMissedChecks(by=NORA, checks=(), reason="x"))
    bedside.driver.do(ExplainMissedChecks(by=NORA, checks=checks, reason="alone with four"))
    due = bedside.became("sedation", 10)
    assert (due.status, due.reason) == (S.EXCUSED, "alone with four")
    assert not [d for d in bedside.schedule.missed if d.slot.due_at > bedside.start]


def test_during_an_emergency_nothing_is_asked_and_nothing_is_missed() -> None:
    bedside = Bedside().cuffs(5).move_to(8)
    bedside.driver.do(ic.BeginEmergency(by=NORA))
    bedside.move_to(22)
    assert bedside.schedule.is_suspended
    assert bedside.schedule.next is None
    assert bedside.schedule.overdue == ()
    due = bedside.became("sedation", 10)
    assert (due.status, due.reason) == (S.EXCUSED, "emergency")
    bedside.driver.do(ic.EndEmergency(by=NORA))
    assert bedside.next_minute() == 27  # closer checks after it
    assert bedside.became("sedation", 27).slot.why == "emergency"


def test_off_the_monitor_only_what_a_device_gives_is_excused() -> None:
    bedside = Bedside()
    away = Interval(since=bedside.at(8), until=bedside.at(12.5))
    bedside.knows(off_monitor=(away,)).move_to(16)
    assert bedside.became("bp", 10).reason == "off monitor"
    assert bedside.became("bp", 15).status is S.DUE
    assert bedside.status("sedation", 10) is S.MISSED


def test_back_on_the_monitor_while_the_window_lasts_it_is_asked_for_again() -> None:
    bedside = Bedside()
    away = Interval(since=bedside.at(8), until=bedside.at(18))
    bedside.knows(off_monitor=(away,)).move_to(11)
    assert bedside.status("bp", 10) is S.EXCUSED
    bedside.knows(off_monitor=(msgspec.structs.replace(away, until=bedside.at(11)),))
    assert bedside.status("bp", 10) is S.DUE
    bedside.move_to(12.5)
    assert bedside.status("bp", 10) is S.MISSED
    assert [check.is_overdue for check in bedside.schedule.open if "bp" in check.items] == [True]


def test_what_was_missed_before_the_patient_left_is_not_excused() -> None:
    bedside = Bedside()
    away = Interval(since=bedside.at(8), until=bedside.at(18))
    bedside.knows(off_monitor=(away,)).move_to(9)
    assert bedside.status("bp", 5) is S.MISSED


def test_an_amendment_that_withdraws_an_item_makes_it_due_again() -> None:
    bedside = Bedside().quick(10).move_to(12)
    [recorded] = bedside.driver.session.observations
    bedside.driver.do(
        AmendObservation(
            by=NORA,
            observation=recorded.observation,
            reason="other chair",
            withdrawn=("sedation",),
        )
    )
    assert bedside.status("sedation", 10) is S.DUE
    assert bedside.status("airway", 10) is S.DONE


def test_an_amended_time_moves_what_was_done() -> None:
    bedside = Bedside().quick(10).move_to(16)
    [recorded] = bedside.driver.session.observations
    bedside.driver.do(
        AmendObservation(
            by=NORA,
            observation=recorded.observation,
            reason="watch was wrong",
            seen_at=bedside.at(14),
        )
    )
    assert bedside.status("sedation", 10) is S.DONE_LATE


def test_what_was_open_when_the_patient_left_is_missed_and_nothing_is_asked_any_more() -> None:
    bedside = Bedside()
    bedside.move_to(60).driver.ended()
    bedside.move_to(120).driver.do(c.Discharge(by=NORA, escort="Max"))
    assert bedside.schedule.next is None
    assert bedside.status("sedation", 65) is S.MISSED


def test_a_late_set_from_paper_completes_what_it_was_for() -> None:
    bedside = Bedside().move_to(40)
    command = form(driver=bedside.driver, at=bedside.at(11), paper_reason="network down")
    bedside.driver.do(command)
    assert bedside.status("sedation", 10) is S.DONE
    [recorded] = bedside.driver.session.observations
    assert (recorded.at, recorded.entered_at) == (bedside.at(11), bedside.at(40))
    assert recorded.paper_reason == "network down"


def test_what_comes_within_some_minutes_is_open_checks_and_those_ahead() -> None:
    bedside = Bedside().cuffs(5).quick(10).cuffs(10).move_to(10.5)
    driver = bedside.driver
    found = checks_until(bedside.schedule, bedside.at(21), driver.session, driver.clinic)
    assert [check.due_at for check in found] == [bedside.at(15), bedside.at(20)]
    assert [check.set for check in found] == ["quick", "full"]


def test_a_schedule_counts_only_what_was_seen_until_now() -> None:
    bedside = Bedside().quick(10)
    driver = Driver(bedside.at(9))
    driver.session_or_none = bedside.driver.session
    earlier = Bedside(driver)
    earlier.start = bedside.start
    assert earlier.status("sedation", 10) is S.DUE
    assert msgspec.json.encode(bedside.driver.session) == msgspec.json.encode(driver.session)


def begun(schedule: Schedule) -> list[tuple[str, datetime, CheckStatus]]:
    """What is no longer ahead; how far ahead is laid out may grow as time passes."""
    return [
        (due.item, due.slot.due_at, due.status)
        for due in schedule.items
        if due.status is not CheckStatus.AHEAD
    ]


@pytest.mark.parametrize("stop", [None, 22, 60])
def test_a_schedule_holds_until_it_says_and_changes_then(stop: float | None) -> None:
    bedside = Bedside().cuffs(5, 10).quick(10).move_to(10.5)
    if stop is not None:
        bedside.move_to(stop)
        (bedside.driver.paused if stop < 60 else bedside.driver.ended)()
    held = bedside.schedule
    driver = bedside.driver
    moment = driver.now
    changes = 0
    while moment < bedside.at(130):
        moment += timedelta(seconds=20)
        session, evidence, clinic = driver.session, bedside.evidence, driver.clinic
        fresh = schedule_of(session, evidence, moment, clinic)
        if held.holds_until is not None and moment >= held.holds_until:
            changes += 1
            held = fresh
        assert begun(held) == begun(fresh)
        assert held.open == fresh.open
    assert 10 < changes < 150


def test_what_is_open_and_what_comes_close_to_it_is_one_check() -> None:
    bedside = Bedside().cuffs(5, 10, 15, 20).quick(10)
    bedside.move_to(20).save(*FULL, set="full")
    bedside.cuffs(24.6, sys=181).move_to(26)  # asks for closer checks at 29.6, beside those at 30
    driver = bedside.driver
    found = checks_until(bedside.schedule, bedside.at(31), driver.session, driver.clinic)
    assert [round((check.due_at - bedside.start).total_seconds() / 60, 1) for check in found] == [
        29.6
    ]
    assert set(found[0].items) == {"airway", "bp", "rr", "sedation"}
    assert found[0].set == "quick"


@pytest.mark.parametrize("minute", [0.5, 4, 9, 18, 33, 55, 59, 61, 64, 80, 100])
def test_what_comes_next_is_the_first_of_all_that_is_ahead(minute: float) -> None:
    bedside = Bedside().cuffs(*range(1, 60, 7))
    for done in range(10, 60, 10):
        if done < minute:
            bedside.move_to(done).save(AWAKE if done % 20 else DROWSY, CLEAR)
    if minute > 60:
        bedside.move_to(60).driver.ended()
    schedule = bedside.move_to(minute).schedule
    driver = bedside.driver
    ahead = [due for due in schedule.items if due.status is S.AHEAD]
    plan = plan_of(driver.session, driver.clinic)
    assert schedule.coming == first_check(ahead, driver.now, plan, driver.clinic.observations)
    assert schedule.coming is not None


def test_the_plan_of_a_session_read_back_from_the_record_gives_the_same_schedule() -> None:
    bedside = Bedside().quick(10).move_to(26)
    driver = bedside.driver
    laid_out = find_layout(driver.session, bedside.evidence, driver.now, driver.clinic)
    assert laid_out is not None
    read_back = msgspec.json.decode(msgspec.json.encode(laid_out), type=type(laid_out))
    assert read_back.plan is not laid_out.plan
    before = bedside.schedule
    driver.take(read_back)
    assert bedside.schedule == before
