"""What people saw and did, as lines: from their own words, and from the schedule."""

from datetime import timedelta
from decimal import Decimal

import msgspec

from infusion.alarms.events import OffMonitorBegun, OffMonitorEnded
from infusion.interventions import commands as ic
from infusion.interventions.events import OrderedBy
from infusion.observations.commands import AmendObservation, WriteNote
from infusion.observations.events import Basis, DeviceValue, ObservedItem
from infusion.observations.values import Level
from infusion.report.rows import CheckState
from tests.fixtures.observing import RR_VALUE, form, judged, left_out
from tests.fixtures.pumps import at
from tests.fixtures.session import MONITOR, NORA, PUMP, SESSION, infusing
from tests.fixtures.whole_course import BEGAN
from tests.fixtures.whole_session import (
    driver,
    material_of,
    report_of,
    unfinished_report,
    whole_report,
)
from vocabulary.ids import BedId, WardId


def test_every_check_that_was_due_is_counted_with_what_became_of_it() -> None:
    counts = whole_report().checks
    assert counts.due == counts.done + counts.late + counts.excused + counts.missed
    assert (counts.late, counts.excused, counts.missed) == (4, 2, 0)
    assert counts.by_device == 16
    before = unfinished_report().checks
    assert (before.excused, before.missed) == (0, 2)


def test_a_missed_check_names_its_items_and_who_said_why() -> None:
    [line] = [o for o in whole_report().observations if o.state is CheckState.MISSED]
    assert line.label == "Breathing and airway, Sedation (MOAA/S)"
    assert (line.due_at, line.reason, line.is_open) == (at(4320), "with another patient", False)
    [line] = [o for o in unfinished_report().observations if o.state is CheckState.MISSED]
    assert line.is_open


def test_a_late_form_is_late_with_the_time_it_was_done() -> None:
    late = [o for o in whole_report().observations if o.state is CheckState.LATE]
    assert [(o.due_at, o.done_at, o.by) for o in late] == [
        (at(4320), at(4560), "Nora Nurse"),
        (at(7620), at(7980), "Nora Nurse"),
    ]


def test_both_numbers_are_kept_where_a_nurse_typed_over_a_device() -> None:
    found = infusing()
    typed = ObservedItem(
        item="rr",
        value=msgspec.structs.replace(RR_VALUE, value=Decimal(12)),
        basis=Basis.TYPED,
        offered=DeviceValue(device=MONITOR, value=RR_VALUE, observed_at=found.now),
    )
    found.do(
        form(judged("sedation", Level(level=5)), typed, not_observed=(left_out("airway", "away"),))
    )
    [line] = [o for o in report_of(found, alarms=()).observations if o.items]
    by_item = {item.item: item for item in line.items}
    assert (by_item["rr"].value, by_item["rr"].device_value) == ("12 /min", "14 /min")
    assert not by_item["rr"].is_from_device
    assert line.state is CheckState.PARTIAL
    assert line.reason == "Breathing and airway: Away from the chair"


def test_what_was_put_right_stands_with_its_reason() -> None:
    found = driver()
    first = found.session.observations[3]
    found.do(
        AmendObservation(
            by=NORA,
            observation=first.observation,
            reason="wrong chair",
            observed=(judged("sedation", Level(level=3)),),
        )
    )
    [line] = [o for o in report_of(found).observations if o.check == first.observation]
    assert [change.reason for change in line.amended] == ["wrong chair"]
    assert [i.value[0] for i in line.items if i.item == "sedation"] == ["3"]


def test_what_was_done_stands_in_order_of_time_with_who_did_it() -> None:
    found = infusing()
    found.do(
        ic.GiveRescueDrug(
            by=NORA, drug="ondansetron", dose=Decimal(4), unit="mg", route="iv",
            ordered_by=OrderedBy.STANDING,
        ),
        ic.ReportIvFailed(by=NORA, what="swollen"),
        WriteNote(by=NORA, text="music changed"),
    )  # fmt: skip
    lines = report_of(found, pump_facts=(), alarms=()).interventions
    assert [(line.kind, line.text) for line in lines] == [
        ("rescue drug", "ondansetron 4 mg iv, standing order"),
        ("IV failed", "swollen"),
        ("note", "music changed"),
    ]
    assert {line.by for line in lines} == {"Nora Nurse"}


def test_an_adverse_event_has_its_worst_grade_and_its_end() -> None:
    [event] = [line for line in whole_report().interventions if line.is_adverse_event]
    assert (event.text, event.grade, event.at, event.ends) == (
        "vomiting",
        "grade 1",
        at(4200),
        at(5100),
    )


def test_nothing_is_missed_after_the_patient_left() -> None:
    found = driver()
    found.now += timedelta(hours=5)
    assert report_of(found).observations == unfinished_report().observations
    assert PUMP in {line.device for line in report_of(found).devices}


def test_what_was_given_while_the_iv_had_failed_is_marked_uncertain() -> None:
    found = infusing()
    failed_at = found.now
    found.do(ic.ReportIvFailed(by=NORA, what="swollen"))
    found.move(4).do(ic.ResiteIv(by=NORA, site="left forearm"))
    [span] = report_of(found, alarms=()).course.uncertain
    assert (span.since, span.until) == (failed_at, found.now)
    assert whole_report().course.uncertain == ()


def test_a_pressure_that_was_due_off_the_monitor_is_excused_as_on_the_ward() -> None:
    found = driver()
    vitals = [msgspec.structs.replace(v, nibp_sys=None) for v in material_of(found).vitals]
    gone = OffMonitorBegun(
        ward=WardId("north"), bed=BedId("1"), session=SESSION, at=at(BEGAN + 570), by=NORA
    )
    back = OffMonitorEnded(
        ward=WardId("north"), bed=BedId("1"), session=SESSION, at=at(BEGAN + 800), by=NORA
    )
    before = report_of(found, vitals=vitals).checks
    report = report_of(found, vitals=vitals, events=(*found.events, gone, back))
    assert report.checks.excused == before.excused + 1
    assert report.checks.missed == before.missed - 1
    assert "off monitor" in {line.reason for line in report.observations}
