"""What is open before the start: blocks, the hold, the baseline; and who the patient is."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from infusion import commands as c
from infusion.answers import Answer, Choice, Moment, Number, Text, YesNo, fault_of, shown
from infusion.baseline import (
    BaselineReading,
    BaselineValue,
    CuffPressure,
    deltas,
    holding_readings,
    medians,
    usable_readings,
)
from infusion.configuration import Measure
from infusion.patient import (
    Identifier,
    PatientId,
    age_years,
    initials_of,
    mismatches,
    same_initials,
)
from infusion.preparation import find_hold, open_of_the_start, what_is_open
from infusion.session import unconfirmed_runs
from infusion.session_events import PumpRunKind
from tests.fixtures.clinic import START
from tests.fixtures.session import (
    ANNA,
    NORA,
    OLGA,
    PAUL,
    PUMP,
    STATED,
    Driver,
    asked,
    baseline_readings,
    infusing,
    planned,
    preparing,
    ready,
)
from tests.fixtures.treatment import session_rules
from vocabulary.ids import DeviceId
from vocabulary.states import DeviceKind, SessionState

MINUTE = timedelta(minutes=1)
RULES = session_rules()


def cuff(minutes: float, sys: float, dia: float = 80) -> CuffPressure:
    return CuffPressure(sys=sys, dia=dia, observed_at=START + timedelta(minutes=minutes))


def test_the_tile_tells_what_is_open_in_the_order_of_the_screen() -> None:
    driver = preparing()
    assert what_is_open(driver.session, driver.clinic) == (
        "identify the patient",
        "order",
        "Consent signed",
        "Prescriber has seen the substance-use history (prescriber)",
        "Pregnancy",
        "Last food",
        "Escort, name and phone",
        "baseline",
        "pump-1 unconfirmed: new pump",
        "second person confirms",
    )


def test_a_planned_session_waits_for_the_patient() -> None:
    driver = planned()
    assert what_is_open(driver.session, driver.clinic)[0] == "patient takes a chair"


def test_nothing_is_open_once_a_second_person_confirmed() -> None:
    driver = asked()
    assert what_is_open(driver.session, driver.clinic) == (
        "pump-1 unconfirmed: new pump",
        "second person confirms",
    )
    driver = ready()
    assert what_is_open(driver.session, driver.clinic) == ()


def test_a_second_pump_that_was_only_brought_leaves_nothing_open_before_the_drug() -> None:
    driver = infusing().do(
        c.AssociateDevice(by=NORA, device=DeviceId("pump-9"), kind=DeviceKind.PUMP)
    )
    assert "pump-9 unconfirmed: new pump" in what_is_open(driver.session, driver.clinic)
    assert open_of_the_start(driver.session, driver.clinic) == ()


def test_drug_that_runs_before_the_second_person_leaves_that_open() -> None:
    driver = asked().started()
    driver.do(
        c.ExplainPumpRun(by=NORA, device=PUMP, began_at=driver.now, kind=PumpRunKind.INFUSION)
    )
    assert open_of_the_start(driver.session, driver.clinic) == ("second person confirms",)


def test_an_answer_that_is_not_accepted_stays_open_until_it_is_answered_anew() -> None:
    driver = asked()
    driver.do(c.AnswerPreparation(by=NORA, item="consent", answer=YesNo(is_yes=False)))
    assert "Consent signed: no" in what_is_open(driver.session, driver.clinic)
    driver.do(c.AnswerPreparation(by=NORA, item="consent", answer=YesNo(is_yes=True)))
    assert "Consent signed: no" not in what_is_open(driver.session, driver.clinic)
    driver.do(c.AnswerPreparation(by=NORA, item="pregnancy", answer=Choice(option="test positive")))
    assert "Pregnancy: test positive" in what_is_open(driver.session, driver.clinic)


@pytest.mark.parametrize(
    ("item", "answer", "fault"),
    [
        ("consent", Text(text="yes"), "Consent signed is answered with yes or no"),
        ("last_food", Moment(moment=START + MINUTE), "Last food is in the future"),
        ("glucose", Number(value=Decimal(5), unit=""), "Glucose is in mmol/L, not in no unit"),
        ("glucose", Number(value=Decimal(90), unit="mg/dL"), "Glucose is in mmol/L, not in mg/dL"),
        ("glucose", Number(value=Decimal(41), unit="mmol/L"), "Glucose is from 1 to 40 mmol/L"),
        ("glucose", Number(value=Decimal("NaN"), unit="mmol/L"), "Glucose is from 1 to 40 mmol/L"),
        ("glucose", Number(value=Decimal(1), unit="mmol/L"), ""),
        ("glucose", Number(value=Decimal(40), unit="mmol/L"), ""),
        ("last_food", Moment(moment=START), ""),
        ("escort", Text(text="Max"), ""),
    ],
)
def test_an_answer_has_the_kind_unit_and_range_of_its_item(
    item: str, answer: Answer, fault: str
) -> None:
    found = RULES.find_item(item)
    assert found is not None
    assert fault_of(found, answer, START) == fault


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (YesNo(is_yes=True), "yes"),
        (Choice(option="taken"), "taken"),
        (Text(text="Max"), "Max"),
        (Number(value=Decimal("5.50"), unit="mmol/L"), "5.50 mmol/L"),
        (Moment(moment=START), "2026-11-22T14:00:00+00:00"),
    ],
)
def test_an_answer_reads_as_it_was_given(answer: Answer, words: str) -> None:
    assert shown(answer) == words


def test_a_pressure_over_140_90_twice_holds_once_does_not() -> None:
    assert holding_readings([cuff(0, 150)], RULES.hold) == ()
    assert holding_readings([cuff(0, 140, 90), cuff(5, 140, 90)], RULES.hold) == ()
    assert len(holding_readings([cuff(0, 141), cuff(5, 120, 91)], RULES.hold)) == 2


def test_a_normal_reading_between_two_high_ones_begins_the_count_anew() -> None:
    assert holding_readings([cuff(0, 150), cuff(3, 130), cuff(6, 150)], RULES.hold) == ()


def test_two_readings_within_two_minutes_are_one() -> None:
    assert holding_readings([cuff(0, 150), cuff(1.9, 150)], RULES.hold) == ()
    assert len(holding_readings([cuff(2, 150), cuff(0, 150)], RULES.hold)) == 2


def held(driver: Driver) -> Driver:
    pressures = (cuff(10, 152, 94), cuff(14, 148, 92))
    found = find_hold(driver.session, pressures, driver.now, RULES)
    assert found is not None
    assert (found.above_sys, found.above_dia) == (140, 90)
    return driver.take(found)


def test_the_hold_waits_for_a_prescribers_reason() -> None:
    driver = held(asked())
    assert what_is_open(driver.session, driver.clinic)[0] == (
        "BP 152/94, 148/92: prescriber must override"
    )
    driver.do(c.ConfirmDevice(by=OLGA, device=driver.session.associations[1].device))
    refused = driver.refuse(c.ConfirmPreparation(by=OLGA))
    assert refused.reason == "still open: BP 152/94, 148/92: prescriber must override"
    assert driver.refuse(c.OverrideHold(by=PAUL, reason=" ")).reason == "an override needs a reason"
    driver.do(c.OverrideHold(by=PAUL, reason="known, treated"), c.ConfirmPreparation(by=OLGA))
    assert what_is_open(driver.session, driver.clinic) == ()
    driver.move(1).started()
    assert unconfirmed_runs(driver.session) == ()


def test_a_hold_after_the_second_persons_word_makes_a_start_unconfirmed() -> None:
    driver = held(ready()).started()
    assert driver.session.state is SessionState.INFUSING
    assert len(unconfirmed_runs(driver.session)) == 1
    assert driver.refuse(c.CancelSession(by=NORA, reason="x")).reason


def test_the_start_is_held_once_and_only_by_readings_of_this_patient() -> None:
    driver = preparing().move(20)
    high = (cuff(5, 150), cuff(10, 150))
    assert find_hold(driver.session, (cuff(-5, 150), cuff(5, 150)), driver.now, RULES) is None
    assert find_hold(infusing().session, high, driver.now, RULES) is None
    found = find_hold(driver.session, high, driver.now, RULES)
    assert found is not None
    driver.take(found)
    assert find_hold(driver.session, high, driver.now, RULES) is None


def test_the_baseline_is_the_median_and_stays_frozen() -> None:
    driver = asked()
    baseline = driver.session.baseline
    assert baseline is not None
    assert baseline.values == (
        BaselineValue(measure=Measure.HR, value=70.5, readings=2),
        BaselineValue(measure=Measure.NIBP_SYS, value=122, readings=2),
        BaselineValue(measure=Measure.NIBP_DIA, value=80, readings=2),
    )
    again = c.FreezeBaseline(by=NORA, readings=baseline_readings(driver.now, (130, 132, 150)))
    assert driver.refuse(again).what_to_do == "give a reason for another"
    driver.do(msgspec.structs.replace(again, reason="was talking"))
    assert driver.session.baseline is not None
    assert driver.session.baseline.values[1].value == 132
    assert driver.session.baseline.reason == "was talking"


def test_readings_after_the_drug_are_no_baseline() -> None:
    driver = preparing().move(10).started()
    began_at = driver.now
    driver.move(10)
    after = c.FreezeBaseline(by=NORA, readings=baseline_readings(driver.now, (120, 120)))
    assert driver.refuse(after).reason.startswith("too few readings before the drug")
    driver.do(c.FreezeBaseline(by=NORA, readings=baseline_readings(began_at)))


def test_readings_that_are_old_or_too_close_together_do_not_count() -> None:
    def reading(measure: Measure, minutes: float, value: float) -> BaselineReading:
        return BaselineReading(
            measure=measure, value=value, observed_at=START + timedelta(minutes=minutes)
        )

    readings = [
        reading(Measure.NIBP_SYS, -15.1, 99),
        reading(Measure.NIBP_SYS, -4, 120),
        reading(Measure.NIBP_SYS, -3, 999),
        reading(Measure.NIBP_SYS, -2, 124),
        reading(Measure.HR, -2, 70),
        reading(Measure.HR, -2, 70),
        reading(Measure.HR, -1.9, 72),
        reading(Measure.HR, 1, 99),
    ]
    usable = usable_readings(readings, START, RULES.baseline)
    assert medians(usable) == (
        BaselineValue(measure=Measure.HR, value=71, readings=2),
        BaselineValue(measure=Measure.NIBP_SYS, value=122, readings=2),
    )


def test_deltas_are_in_units_and_percent_and_never_guessed() -> None:
    baseline = (
        BaselineValue(measure=Measure.NIBP_SYS, value=120, readings=2),
        BaselineValue(measure=Measure.HR, value=0, readings=2),
    )
    found = deltas(baseline, {Measure.NIBP_SYS: 142, Measure.HR: 80, Measure.SPO2: 97})
    assert set(found) == {Measure.NIBP_SYS}
    delta = found[Measure.NIBP_SYS]
    assert delta.absolute == 22
    assert delta.percent == pytest.approx(18.33, abs=0.01)


@pytest.mark.parametrize(
    ("stated", "wrong"),
    [
        (STATED, ()),
        ({Identifier.NAME: "MÜSTER, Anna"}, ()),
        ({Identifier.NAME: "Müstér Änna"}, ()),
        ({Identifier.CLINIC_NUMBER: " 4711 "}, ()),
        ({Identifier.CLINIC_NUMBER: "4712"}, (Identifier.CLINIC_NUMBER,)),
        ({Identifier.NAME: "Anna"}, (Identifier.NAME,)),
        ({Identifier.DATE_OF_BIRTH: "1.2.1980"}, (Identifier.DATE_OF_BIRTH,)),
    ],
)
def test_identifiers_are_compared_without_capitals_and_accents(
    stated: dict[Identifier, str], wrong: tuple[Identifier, ...]
) -> None:
    assert mismatches(ANNA, stated) == wrong


def test_a_warning_names_patients_with_the_same_initials() -> None:
    def named(number: str, given: str, family: str) -> object:
        return msgspec.structs.replace(
            ANNA, patient=PatientId(number), given_name=given, family_name=family
        )

    others = [ANNA, named("p2", "Alma", "Meier"), named("p3", "Bert", "Meier")]
    assert initials_of(ANNA) == "AM"
    assert same_initials(others) == {"p1", "p2"}  # type: ignore[arg-type]  # patients all


def test_age_is_in_completed_years() -> None:
    assert age_years(ANNA, date(2026, 1, 31)) == 45
    assert age_years(ANNA, date(2026, 2, 1)) == 46
