"""The monitoring form: the fields it has, filled in from what was recorded, and nothing assumed."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from exchange.rems import MonitoringForm, monitoring_form
from infusion.answers import Choice
from infusion.report import SessionReport
from tests.fixtures.pumps import at
from tests.fixtures.session import Driver, infusing, plan
from tests.fixtures.whole_session import report_of, whole_report

FIELDS = [
    "patient_name", "date_of_birth", "sex", "is_first_treatment", "took_benzodiazepine",
    "took_non_benzodiazepine_hypnotic", "took_psychostimulant", "took_maoi", "took_opioid",
    "clinician_name", "clinician_phone", "site_name", "treatment_date", "drug", "dose_mg", "lots",
    "started_at", "ended_at", "total_minutes", "ready_after_minutes", "vitals_acceptable_before",
    "vitals_acceptable_after", "bp_before", "bp_40_minutes", "bp_after", "sedation",
    "dissociation", "respiratory_depression", "adverse_events", "has_serious_adverse_event",
    "submit_by",
]  # fmt: skip
"""What the form of November 2021, and its successor of 2024, ask."""


def form(report: SessionReport | None = None) -> MonitoringForm:
    return monitoring_form(report or whole_report(), "Klinik am See")


def test_the_fields_are_those_of_the_form_in_its_order() -> None:
    assert list(form().__struct_fields__) == FIELDS


def test_pressure_is_at_the_start_at_40_minutes_and_before_leaving() -> None:
    found = form()
    assert found.bp_before is not None
    assert found.bp_40_minutes is not None
    assert found.bp_after is not None
    told = [
        (p.sys, p.dia, p.minutes) for p in (found.bp_before, found.bp_40_minutes, found.bp_after)
    ]
    assert told == [(122, 78, -2), (136, 86, 38), (124, 79, 118)]


def test_times_dose_and_lot_are_those_of_the_session() -> None:
    found = form()
    assert found.patient_name == "Anna Muster"
    assert (found.started_at, found.ended_at) == (at(1320), at(8640))
    assert (found.total_minutes, found.ready_after_minutes) == (122, 122)
    assert found.dose_mg == Decimal("33.833")
    assert found.lots == ("A17-2231",)
    assert (found.treatment_date, found.submit_by) == (date(2026, 11, 22), date(2026, 11, 29))
    assert found.is_first_treatment is False
    assert (found.vitals_acceptable_before, found.vitals_acceptable_after) == (True, True)


def test_events_have_an_onset_and_an_end() -> None:
    found = form()
    assert found.sedation.occurred
    assert found.sedation.onset is not None
    assert found.sedation.resolved is not None
    assert at(1320) < found.sedation.onset < found.sedation.resolved < at(8640)
    assert found.dissociation.occurred
    assert found.respiratory_depression.occurred is False
    [event] = found.adverse_events
    assert (event.text, event.grade, event.onset, event.resolved) == (
        "vomiting",
        "grade 1",
        at(4200),
        at(5100),
    )
    assert found.has_serious_adverse_event is False


def test_a_severe_event_is_serious() -> None:
    report = whole_report()
    severe = tuple(
        msgspec.structs.replace(line, grade="grade 3") if line.is_adverse_event else line
        for line in report.interventions
    )
    assert form(msgspec.structs.replace(report, interventions=severe)).has_serious_adverse_event


@pytest.mark.parametrize(("option", "took"), [("taken", True), ("none prescribed", False)])
def test_medicines_are_as_they_were_answered_before_the_start(option: str, took: bool) -> None:
    report = whole_report()
    answer = msgspec.structs.replace(
        report.preparation.answers[0], item="benzodiazepines", answer=Choice(option=option)
    )
    preparation = msgspec.structs.replace(report.preparation, answers=(answer,))
    found = form(msgspec.structs.replace(report, preparation=preparation))
    assert found.took_benzodiazepine is took
    assert found.took_opioid is None


def test_what_was_not_recorded_is_left_for_a_person() -> None:
    bare = form(report_of(Driver().do(plan()), vitals=(), pump_facts=(), alarms=(), position=""))
    for field in (
        "sex", "is_first_treatment", "took_benzodiazepine", "started_at", "ended_at",
        "total_minutes", "bp_before", "bp_40_minutes", "bp_after", "vitals_acceptable_before",
        "vitals_acceptable_after",
    ):  # fmt: skip
        assert getattr(bare, field) is None, field
    assert bare.sedation.occurred is None


def test_a_session_under_way_has_no_pressure_after_it() -> None:
    running = form(report_of(infusing(), alarms=()))
    assert running.bp_after is None
    assert running.total_minutes is None
