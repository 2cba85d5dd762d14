"""The report of a session: the numbers of the record, each once, and the same bytes each time."""

from datetime import timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import msgspec

from exchange import figures
from infusion import commands as c
from infusion.answers import Text
from infusion.delivered import Pause
from infusion.dose import ListedConcentration
from infusion.observations.commands import ChooseProfile
from infusion.report import SessionReport, content_hash, sealed_content, session_report
from infusion.report.delivery import real_pauses
from infusion.report.dose import SegmentLine
from infusion.report.later import sealed_events
from infusion.session_events import ManualStep, PumpRunKind
from tests.fixtures.clinic import two_beds
from tests.fixtures.pumps import at
from tests.fixtures.session import NORA, OLGA, PAUL, PUMP, Driver, chart, plan, preparing, ready
from tests.fixtures.whole_course import BEGAN, LEFT, monitor_course, pump_course
from tests.fixtures.whole_session import (
    accounted,
    driver,
    material_of,
    report_of,
    signed,
    whole_report,
)
from vocabulary.ids import DeviceId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind, SessionState

CLOCK = figures.Clock("UTC", at(0).date().isoformat())


def shown(line: SegmentLine) -> tuple[Any, ...]:
    return (line.kind.value, line.rate_ml_h, line.rate_mg_kg_h, line.volume_ml, line.mg)


def test_the_dose_is_the_pumps_volume_and_the_integral_agrees() -> None:
    dose = whole_report().dose
    assert dose.by_volume_mg == Decimal("33.833")
    assert dose.mg_kg == Decimal("0.483329")
    assert dose.ordered_mg == 35
    assert dose.percent_of_order is not None
    assert round(dose.percent_of_order, 2) == Decimal("96.67")
    assert dose.difference_mg is not None
    assert abs(dose.difference_mg) < Decimal("0.001")
    assert (dose.priming_ml, dose.flush_ml, dose.kvo_ml) == (0, 0, 0)


def test_each_rate_is_a_segment_with_its_dose() -> None:
    assert [shown(line) for line in whole_report().segments] == [
        ("infusion", 35, Decimal("0.5"), Decimal("11.667"), Decimal("11.667")),
        ("infusion", 42, Decimal("0.6"), Decimal("17.5"), Decimal("17.5")),
        ("infusion", 28, Decimal("0.4"), Decimal("4.666"), Decimal("4.666")),
    ]


def test_every_rate_change_is_there_with_its_reason_or_without() -> None:
    assert [
        (line.at, line.from_ml_h, line.to_ml_h, line.after_pause, line.reason, line.explained_by)
        for line in whole_report().rate_changes
    ] == [
        (at(2520), 35, 42, False, "too little effect", "Nora Nurse"),
        (at(4320), 42, 28, True, "", ""),
    ]


def test_a_stop_for_good_is_no_pause_without_a_reason() -> None:
    bathroom = Pause(begins=at(4020), ends=at(4320), reason=None)
    stopped = Pause(begins=at(4920), ends=None, reason=None)
    session = driver().session
    assert real_pauses(session, [bathroom, stopped]) == (bathroom,)
    paused = msgspec.structs.replace(session, state=SessionState.PAUSED)
    assert real_pauses(paused, [bathroom, stopped]) == (bathroom, stopped)


def test_a_pause_has_its_length_and_the_nurses_reason() -> None:
    course = whole_report().course
    [pause] = course.pauses
    assert (pause.begins, pause.ends, pause.reason) == (at(4020), at(4320), "bathroom")
    assert (course.started_at, course.stopped_at, course.closed_at) == (
        at(BEGAN),
        at(4920),
        at(LEFT),
    )
    assert course.running_s == 3300


def test_a_weaker_second_syringe_counts_with_its_own_concentration() -> None:
    found = driver()
    weaker = c.LoadSyringe(
        by=NORA,
        device=PUMP,
        drug="ketamine",
        concentration=ListedConcentration(mg_ml=Decimal("0.5")),
        volume_ml=Decimal(50),
        at=at(4100),
    )
    events = list(found.events)
    again = Driver()
    for event in events:
        if getattr(event, "observed_at", None) == at(4320):
            again.now = at(4300)
            again.do(msgspec.structs.replace(weaker, at=None))
        again.take(event)
    again.now = found.now
    report = report_of(again)
    assert [line.mg for line in report.segments] == [
        Decimal("11.667"),
        Decimal("17.5"),
        Decimal("2.333"),
    ]
    assert report.dose.by_volume_mg == Decimal("31.5")


def test_priming_is_apart_from_the_dose() -> None:
    found = driver()
    began_at = found.session.runs[0].began_at
    found.do(c.ExplainPumpRun(by=NORA, device=PUMP, began_at=began_at, kind=PumpRunKind.PRIMING))
    dose = report_of(found).dose
    assert dose.priming_ml == Decimal("29.167")
    assert dose.by_volume_mg == Decimal("4.666")


def test_what_was_said_of_a_run_that_the_pump_did_not_make_here_is_told() -> None:
    found = driver()
    began_at = found.session.runs[0].began_at
    found.do(c.ExplainPumpRun(by=NORA, device=PUMP, began_at=began_at, kind=PumpRunKind.PRIMING))
    met = report_of(found)
    assert met.words_without_run == ()
    unheard = report_of(found, pump_facts=())
    assert [(word.by, word.kind) for word in unheard.words_without_run] == [
        (NORA, PumpRunKind.PRIMING)
    ]
    [line] = [line for line in figures.dose(unheard, CLOCK) if line.label == "Not met"]
    assert line.is_amiss
    assert line.text.startswith("Nora Nurse said priming of pump-1 ")
    assert all(line.label != "Not met" for line in figures.dose(met, CLOCK))


def test_a_pump_charted_by_hand_is_in_the_dose_and_marked() -> None:
    old = DeviceId("old-pump")
    found = preparing()
    found.do(
        c.GiveOrder(by=PAUL, order=_order()),
        c.AssociateDevice(by=NORA, device=old, kind=DeviceKind.PUMP, is_manual=True),
        chart(old, ManualStep.STARTED, 35, 0),
    )
    found.move(30).do(chart(old, ManualStep.RATE_CHANGED, 42, 17))
    found.move(20).do(chart(old, ManualStep.PAUSED, 0, 31))
    found.move(5).do(chart(old, ManualStep.RESUMED, 42, 31))
    found.move(5).do(chart(old, ManualStep.ENDED, 0, 35))
    report = report_of(found, pump_facts=())
    assert [(s.rate_ml_h, s.volume_ml, s.mg, s.is_by_hand) for s in report.segments] == [
        (35, 17, 17, True),
        (42, 14, 14, True),
        (42, 4, 4, True),
    ]
    assert report.dose.by_volume_mg == 35
    assert report.dose.by_integral_mg == 35
    assert [line.to_ml_h for line in report.rate_changes] == [42]


def _order() -> Any:
    order = driver().session.order
    assert order is not None
    return order


def test_what_a_monitor_measured_for_another_patient_is_not_this_ones() -> None:
    before = [v for v in monitor_course() if v.observed_at >= at(60)]
    report = report_of(driver(), vitals=[*before, *before])
    assert report.completeness.cuffs == 24
    other = msgspec.structs.replace(before[5], device=DeviceId("monitor-2"), spo2=50.0)
    assert report_of(driver(), vitals=[*before, other]).trend == report.trend


def test_the_trend_has_medians_and_gaps_are_gaps() -> None:
    [spo2] = [line for line in whole_report().trend if line.signal is SignalName.SPO2]
    assert spo2.step_s == 10
    assert spo2.begins == at(60)
    at_gap = [v for n, v in enumerate(spo2.values) if at(3000) <= spo2.moment(n) < at(3150)]
    assert at_gap == [None] * 15
    assert spo2.values[0] == median(v.spo2 for v in monitor_course()[:10] if v.spo2 is not None)
    assert len(spo2.values) == (LEFT - 60) / 10


def test_clock_corrections_are_told_and_times_are_the_corrected_ones() -> None:
    monitor, pump = whole_report().devices
    [clock] = monitor.clocks
    assert (clock.least_s, clock.most_s, clock.is_wrong) == (90.0, 90.0, True)
    assert [clock.is_wrong for clock in pump.clocks] == [False]
    assert (monitor.make, monitor.model, monitor.serial) == ("Mindray", "iPM-9800", "M-0042")


def test_a_gap_over_the_limit_has_what_the_device_and_the_nurse_said() -> None:
    [line] = whole_report().completeness.gaps
    assert (line.lasted_s, line.infusing_s, line.told) == (151, 151, "sensor off")
    assert line.reasons == ("probe changed to the other hand (Nora Nurse)",)
    assert line.open == ()
    percents = {c.signal: c.percent for c in whole_report().completeness.coverage}
    assert percents[SignalName.SPO2] == 97.94
    assert percents[SignalName.HR] == 100.0


def test_the_same_session_gives_the_same_bytes_and_any_change_another_hash() -> None:
    one, other = report_of(accounted(driver())), whole_report()
    assert one is not other
    assert sealed_content(one) == sealed_content(other)
    later = session_report(material_of(accounted(driver())), two_beds(), at(900_000))
    assert sealed_content(later) == sealed_content(one)
    changed = msgspec.structs.replace(one, position="5/6")
    assert content_hash(sealed_content(changed)) != content_hash(sealed_content(one))


def test_numbers_in_another_order_give_the_same_bytes() -> None:
    found = accounted(driver())
    report = report_of(found, vitals=monitor_course()[::-1], pump_facts=pump_course()[::-1])
    assert sealed_content(report) == sealed_content(whole_report())


def test_a_signature_does_not_change_what_it_is_put_under() -> None:
    seal = content_hash(sealed_content(whole_report()))
    report = report_of(signed(accounted(driver()), seal))
    assert report.state is SessionState.SIGNED
    assert content_hash(sealed_content(report)) == seal == report.sealed
    assert [(line.meaning, line.printed_name) for line in report.signatures] == [
        ("checked", "Olga Other"),
        ("witnessed-waste", "Olga Other"),
        ("witnessed-waste", "Olga Other"),
        ("performed", "Nora Nurse"),
    ]
    assert report.signatures[-1].content_hash == seal


def test_sealed_content_can_be_read_back_as_json() -> None:
    read = msgspec.json.decode(sealed_content(whole_report()))
    assert read["dose"]["by_volume_mg"] == "33.833000"
    assert read["format"] == "hourglass-session-report/4"
    assert "signatures" not in read
    assert "state" not in read
    assert "addenda" not in read


def test_what_was_signed_in_the_format_before_still_has_the_bytes_that_were_signed() -> None:
    seal = "b402998144f0acc4aceeb80ec9bb566d508e4f7994c5a1b6ac47829847217648"
    found = signed(accounted(driver()), seal, "hourglass-session-report/2")
    report = report_of(found)
    assert content_hash(sealed_content(report)) == seal == report.sealed
    assert report.protocol is not None
    as_exported = msgspec.json.decode(msgspec.json.encode(report))
    del as_exported["protocol"]  # as the version that signed it gave it out
    old = msgspec.json.decode(msgspec.json.encode(as_exported), type=SessionReport)
    assert old.protocol is None
    assert content_hash(sealed_content(old)) == seal


def test_the_profile_of_the_protocol_is_named_and_sealed() -> None:
    usual = whole_report().protocol
    assert usual is not None
    assert (usual.profile, usual.label, usual.chosen) == ("standard", "60 min of recovery", None)
    found = ready().do(ChooseProfile(by=NORA, profile="long", reason="first infusion"))
    chosen = report_of(found, vitals=(), pump_facts=()).protocol
    assert chosen is not None
    assert (chosen.profile, chosen.recovery_s) == ("long", 7200)
    assert chosen.chosen is not None
    assert (chosen.chosen.by, chosen.chosen.reason) == (NORA, "first infusion")
    read = msgspec.json.decode(sealed_content(whole_report()))
    assert read["protocol"]["label"] == "60 min of recovery"


def test_a_correction_after_the_seal_stands_beside_what_was_signed() -> None:
    seal = content_hash(sealed_content(whole_report()))
    found = signed(accounted(driver()), seal)
    sealed = list(found.events)
    found.now = at(LEFT + 1200)
    word = c.CorrectSealedAssociation(
        by=NORA, device=PUMP, kind=DeviceKind.PUMP, is_ours=False, since=at(4320),
        reason="pumps mixed up",
    )  # fmt: skip
    found.do(word)
    report = report_of(found)
    assert report.dose.by_volume_mg == Decimal("29.167")
    told = report.recalculated
    assert told is not None
    assert (told.sealed_mg, told.waiting) == (Decimal("33.833"), 1)
    assert [each.reason for each in told.corrections] == ["pumps mixed up"]
    assert report.sealed == seal != content_hash(sealed_content(report))
    assert report.state is SessionState.SIGNED
    assert list(sealed_events(tuple(found.events))) == sealed
    as_signed = report_of(signed(accounted(driver()), seal))
    assert as_signed.recalculated is None
    assert content_hash(sealed_content(as_signed)) == seal


def test_a_session_that_is_only_planned_has_a_report_too() -> None:
    report: SessionReport = report_of(Driver().do(plan()), vitals=(), pump_facts=())
    assert report.dose.by_volume_mg == 0
    assert report.completeness.coverage == ()
    assert report.order is None


def test_answers_stand_in_the_order_of_the_form_with_who_gave_them() -> None:
    answers = whole_report().preparation.answers
    assert [line.item for line in answers] == [
        "consent",
        "substance_use_seen",
        "pregnancy",
        "last_food",
        "escort",
    ]
    assert answers[1].by == PAUL
    assert answers[-1].answer == Text(text="Max Muster, 0660 1")


def test_the_second_person_and_the_syringe_are_named() -> None:
    report = whole_report()
    assert report.preparation.confirmed is not None
    assert report.preparation.confirmed.by == OLGA
    [pump] = [d for d in report.devices if d.kind is DeviceKind.PUMP]
    assert pump.confirmed_by == OLGA
    assert pump.syringe is not None
    assert pump.syringe.volume_ml == 50


def test_a_running_session_is_reported_as_far_as_it_is_known() -> None:
    found = driver()
    cut = [
        e for e in found.events if getattr(e, "observed_at", getattr(e, "at", at(0))) <= at(3000)
    ]
    facts = [f for f in pump_course() if f.observed_at <= at(3000)]
    running = Driver()
    for event in cut:
        running.take(event)
    running.now = at(3000) + timedelta(seconds=1)
    report = report_of(running, pump_facts=facts)
    assert report.state is SessionState.INFUSING
    assert report.segments[-1].is_open
    assert report.course.closed_at is None
    assert report.course.stopped_at is None


def test_the_criteria_of_going_home_stand_as_they_were_when_the_patient_left() -> None:
    assert [(line.is_met, line.text) for line in whole_report().criteria] == [
        (True, "pump still"),
        (True, "stay after the last drug"),
        (True, "BP near the baseline and under the limits"),
        (True, "SpO2 on air, or as at the baseline"),
        (True, "fully awake"),
        (True, "questions before going home"),
        (True, "safety screen"),
        (True, "escort named"),
    ]
    high = [
        msgspec.structs.replace(v, nibp_sys=170.0) if v.nibp_sys and v.observed_at > at(8000) else v
        for v in monitor_course()
    ]
    pressure = report_of(driver(), vitals=high).criteria[2]
    assert (pressure.is_met, pressure.text) == (False, "BP 170/79 is not under 160/100")
    blind = report_of(driver(), vitals=()).criteria
    assert [line.is_met for line in blind] == [True, True, False, None, True, True, True, True]
