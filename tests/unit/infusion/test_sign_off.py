"""What keeps a session from being signed, and what does not."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from infusion import sign_off_commands as sc
from infusion.alarms.events import AlarmId
from infusion.observations.events import MissedCheck
from infusion.report import KnownCause, SessionReport
from infusion.report.rows import CheckState, ObservationLine
from infusion.sign_off import (
    OpenItem,
    OpenKind,
    may_be_signed,
    may_be_signed_with_exception,
    what_is_open,
)
from infusion.sign_off_events import AlarmVerdict
from tests.fixtures.dosing import dosing_rules
from tests.fixtures.pumps import at
from tests.fixtures.session import NORA, OLGA, Driver, plan, preparing
from tests.fixtures.whole_course import monitor_course
from tests.fixtures.whole_session import (
    accounted,
    alarms,
    driver,
    report_of,
    unfinished_report,
    whole_report,
    without_spo2,
)

RULES = dosing_rules().balance


def open_in(report: SessionReport) -> list[tuple[str, str]]:
    return [(item.kind.value, item.text) for item in what_is_open(report, RULES)]


def only(report: SessionReport, kind: OpenKind) -> OpenItem:
    [item] = [item for item in what_is_open(report, RULES) if item.kind is kind]
    return item


def test_in_a_session_that_is_accounted_for_nothing_is_open() -> None:
    items = what_is_open(whole_report(), RULES)
    assert items == ()
    assert may_be_signed(items)
    assert not may_be_signed_with_exception(items)


def test_what_is_open_is_listed_with_where_it_is_put_right() -> None:
    assert open_in(unfinished_report()) == [
        ("balance", "the drug is not accounted for"),
        ("alarms", "2 high alarms not reviewed: SpO2 88 < 90"),
        ("alarms", "1 medium alarm not reviewed: REPEAT CUFF 168/104"),
        ("gaps", "SpO2 missing 1 time, longest 2 min 31 s: sensor off"),
        (
            "observations",
            "2 required checks missing without a reason: Breathing and airway, Sedation (MOAA/S)",
        ),
    ]
    assert [check.item for check in only(unfinished_report(), OpenKind.CHECK).checks] == [
        "airway",
        "sedation",
    ]
    assert not may_be_signed(what_is_open(unfinished_report(), RULES))


def test_a_session_under_way_is_not_discharged_yet() -> None:
    running = Driver()
    for event in driver().events[:-1]:
        running.take(event)
    running.now = at(8000)
    assert open_in(report_of(running))[0] == ("discharge", "not discharged yet: recovery")


def missing(state: CheckState, reason: str = "", *, is_required: bool = True) -> Any:
    return ObservationLine(
        check="x",
        label="Sedation",
        state=state,
        is_required=is_required,
        reason=reason,
        missing=(MissedCheck(item="sedation", due_at=at(0)),),
    )


@pytest.mark.parametrize(
    ("line", "is_open"),
    [
        (missing(CheckState.MISSED), True),
        (missing(CheckState.MISSED, reason=" "), True),
        (missing(CheckState.MISSED, reason="asleep"), False),
        (missing(CheckState.MISSED, is_required=False), False),
        (missing(CheckState.LATE), False),
        (missing(CheckState.PARTIAL, reason="refused"), False),
    ],
)
def test_only_a_required_check_that_is_missing_without_a_reason_is_open(
    line: ObservationLine, is_open: bool
) -> None:
    lines = (*whole_report().observations, line)
    report = msgspec.structs.replace(whole_report(), observations=lines)
    assert [kind for kind, _ in open_in(report)] == ["observations"] * is_open


def test_low_alarms_need_no_review_and_high_ones_one_by_one_until_all_are() -> None:
    found = driver()
    found.now += timedelta(minutes=1)
    found.do(sc.ReviewAlarms(by=NORA, alarms=("a1",), verdict=AlarmVerdict.ACTED_ON))
    items = [i for i in what_is_open(report_of(found), RULES) if i.kind is OpenKind.ALARMS]
    assert [item.refers_to for item in items] == [("a2",), ("a3",)]


def test_an_alarm_that_somebody_answered_suggests_that_it_was_acted_on() -> None:
    high, medium = [
        i for i in what_is_open(unfinished_report(), RULES) if i.kind is OpenKind.ALARMS
    ]
    assert (high.suggestion, medium.suggestion) == ("acted_on", "")


def gaps_in(found: Driver, *spans: tuple[int, int], **fields: Any) -> OpenItem | None:
    course = monitor_course()
    for begins, ends in spans:
        course = without_spo2(course, begins, ends)
    report = report_of(found, vitals=course, **fields)
    items = [item for item in what_is_open(report, RULES) if item.kind is OpenKind.GAPS]
    return next((item for item in items if not item.suggestion), None)


def test_a_gap_of_two_minutes_in_the_infusion_is_open_and_in_recovery_five_may_pass() -> None:
    assert gaps_in(accounted(driver()), (1500, 1700)) is not None
    assert gaps_in(accounted(driver()), (6000, 6200)) is None
    item = gaps_in(accounted(driver()), (6000, 6400))
    assert item is not None
    assert item.text == "SpO2 missing 1 time, longest 6 min 41 s"


def test_one_reason_covers_gaps_that_are_alike() -> None:
    spans = ((1500, 1700), (3500, 3700), (6000, 6400))
    item = gaps_in(accounted(driver()), *spans)
    assert item is not None
    assert len(item.gaps) == 3
    found = accounted(driver())
    found.do(sc.ExplainGaps(by=NORA, gaps=item.gaps, reason="cold hands"))
    assert gaps_in(found, *spans) is None


def test_a_known_cause_is_filled_in_as_the_reason() -> None:
    cause = KnownCause(begins=at(5990), ends=at(6410), text="off monitor: bathroom")
    assert gaps_in(accounted(driver()), (6000, 6400), causes=(cause,)) is None


def test_a_cause_that_covers_only_part_leaves_the_rest_open() -> None:
    cause = KnownCause(begins=at(5990), ends=at(6050), text="broker down")
    item = gaps_in(accounted(driver()), (6000, 6400), causes=(cause,))
    assert item is not None
    [piece] = item.gaps
    assert (piece.begins, piece.ends) == (at(6050), at(6400))


def test_a_gap_that_grew_after_it_was_explained_is_open_again() -> None:
    course = without_spo2(monitor_course(), 2600, 3000)
    report = report_of(accounted(driver()), vitals=course)
    assert only(report, OpenKind.GAPS).gaps[0].ends == at(2999)


def reconciled(**fields: Any) -> Callable[[], Driver]:
    usual = {
        "by": NORA,
        "infused_mg": Decimal("33.833"),
        "line_residual_mg": Decimal("1.5"),
        "wasted_mg": Decimal("14.667"),
        "vials_wasted_mg": Decimal(450),
    }

    def drive() -> Driver:
        found = accounted(driver())
        return found.do(sc.ReconcileDrug(**(usual | fields)))

    return drive


def test_missing_witnesses_can_be_signed_with_exception_and_nothing_else() -> None:
    found = reconciled(wasted_mg=Decimal("14.6"))()
    items = what_is_open(report_of(found), RULES)
    assert [(i.kind, i.allows_exception) for i in items] == [(OpenKind.WITNESS, True)]
    assert may_be_signed_with_exception(items)
    late = report_of(found, alarms=(*alarms(), *_another()))
    assert not may_be_signed_with_exception(what_is_open(late, RULES))


def _another() -> Any:
    return (msgspec.structs.replace(alarms()[0], alarm=AlarmId("a9")),)


def test_a_balance_that_does_not_close_by_the_pumps_final_volume_is_open() -> None:
    report = report_of(accounted(driver()))
    off = msgspec.structs.replace(report.account, infused_mg=Decimal(30))
    opened = msgspec.structs.replace(report, account=off)
    assert open_in(opened) == [
        ("balance", "of 50.000 mg, 3.833 mg are not accounted for, without a reason")
    ]
    unknown = msgspec.structs.replace(report.account, infused_mg=None)
    opened = msgspec.structs.replace(report, account=unknown)
    assert open_in(opened)[0][0] == "balance"
    explained = reconciled(infused_mg=Decimal(30), reason="syringe changed")()
    assert open_in(report_of(explained)) == []


def test_a_session_without_drug_has_nothing_to_account_for() -> None:
    report = report_of(Driver().do(plan()), vitals=(), pump_facts=(), alarms=())
    assert [kind for kind, _ in open_in(report)] == ["discharge"]


def test_drug_that_was_drawn_and_never_given_is_accounted_for() -> None:
    found = preparing().do(
        sc.DrawDrug(
            by=NORA,
            vial=1,
            drug="ketamine",
            lot="A1",
            expires_on=at(0).date(),
            vial_mg_ml=Decimal(50),
            vial_ml=Decimal(1),
            drawn_ml=Decimal(1),
        )
    )
    report = report_of(found, pump_facts=(), alarms=())
    assert ("balance", "the drug is not accounted for") in open_in(report)


def test_the_witness_is_somebody_else() -> None:
    words = accounted(driver()).session.witnessed
    assert {word.by for word in words} == {OLGA}
