"""An order against the clinic's limits, the permitted range, and the running pump."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from infusion.delivered import Delivered
from infusion.dose import ListedConcentration, PatientBag
from infusion.dose_rules import LimitedQuantity
from infusion.limits import HardLimit, SoftLimit
from infusion.order import (
    DoseAndDurationDiffer,
    EndsBy,
    Finding,
    Order,
    OrderFault,
    OrderFaultKind,
    PatientFacts,
    check_order,
    check_rate,
    is_refused,
    predict_end,
)
from infusion.pump import DeliveryPhase
from infusion.weight import WeightDoubt, WeightQuestion
from tests.fixtures.clinic import START
from tests.fixtures.dosing import TODAY, dosing_rules, order, weighing

PATIENT = PatientFacts(age_y=44, today=TODAY)


def check(**fields: Any) -> tuple[Finding, ...]:
    return check_order(order(**fields), dosing_rules(), PATIENT)


def limits_met(findings: tuple[Finding, ...]) -> list[tuple[LimitedQuantity, Decimal]]:
    return [(f.quantity, f.limit) for f in findings if isinstance(f, SoftLimit | HardLimit)]


def test_the_usual_order_needs_no_word() -> None:
    assert check() == ()


def test_the_usual_order_is_35_mg_in_60_minutes_at_35_ml_per_hour() -> None:
    usual = order()
    assert usual.start_rate_ml_h == 35
    assert usual.planned_mg == 35
    assert usual.planned_min == 60


def test_what_ends_the_order_gives_the_other_number() -> None:
    by_time = order(ends_by=EndsBy.DURATION, dose_mg=None, duration_min=Decimal(40))
    assert by_time.planned_mg is not None
    assert by_time.planned_mg.quantize(Decimal("0.001")) == Decimal("23.333")
    by_dose = order(dose_mg=Decimal("17.5"), duration_min=None)
    assert by_dose.planned_min == 30


@pytest.mark.parametrize(
    ("fields", "met"),
    [
        (
            {"highest_mg_kg_h": Decimal("0.8")},
            [(LimitedQuantity.DOSE_RATE, Decimal("0.75"))],
        ),
        (
            {"lowest_mg_kg_h": Decimal("0.06")},
            [(LimitedQuantity.DOSE_RATE, Decimal("0.1"))],
        ),
        (
            {"dose_mg": Decimal(43), "duration_min": None},
            [(LimitedQuantity.SESSION_DOSE_PER_KG, Decimal("0.6"))],
        ),
        (
            {"weight": weighing("130"), "dose_mg": Decimal(65)},
            [(LimitedQuantity.SESSION_DOSE, Decimal(60))],
        ),
        (
            {"concentration": PatientBag(drug_mg=Decimal(35), volume_ml=Decimal(250))},
            [
                (LimitedQuantity.VOLUME_RATE, Decimal(200)),
                (LimitedQuantity.VOLUME_RATE, Decimal(200)),
                (LimitedQuantity.CONCENTRATION, Decimal("0.2")),
            ],
        ),
        (
            {
                "concentration": ListedConcentration(mg_ml=Decimal(2)),
                "weight": weighing("50"),
                "start_rate_mg_kg_h": Decimal("0.15"),
                "dose_mg": Decimal(20),
                "duration_min": None,
            },
            [
                (LimitedQuantity.DURATION, Decimal(120)),
                (LimitedQuantity.VOLUME_RATE, Decimal(5)),
            ],
        ),
    ],
)
def test_every_number_of_an_order_has_its_limits(
    fields: dict[str, Any], met: list[tuple[LimitedQuantity, Decimal]]
) -> None:
    assert limits_met(check(**fields)) == met


def test_soft_limits_ask_for_a_reason_and_hard_ones_refuse() -> None:
    soft = check(highest_mg_kg_h=Decimal("0.8"))
    assert not is_refused(soft)
    assert [f.text for f in soft if isinstance(f, SoftLimit)] == [
        "Dose rate 0.80 mg/kg/h is above 0.75: give a reason"
    ]
    hard = check(highest_mg_kg_h=Decimal("1.2"))
    assert is_refused(hard)
    assert isinstance(hard[0], HardLimit)


def test_what_refuses_comes_first() -> None:
    findings = check(lowest_mg_kg_h=Decimal("0.06"), highest_mg_kg_h=Decimal("1.2"), prescriber=" ")
    kinds = [isinstance(f, HardLimit | OrderFault) for f in findings]
    assert kinds == sorted(kinds, reverse=True)
    assert {True, False} == set(kinds)


def test_a_mistyped_weight_is_caught_by_the_absolute_dose() -> None:
    met = limits_met(check(weight=weighing("210"), dose_mg=Decimal(105)))
    assert (LimitedQuantity.SESSION_DOSE, Decimal(100)) in met


@pytest.mark.parametrize(
    ("fields", "fault", "words"),
    [
        ({"drug": "propofol"}, OrderFaultKind.UNKNOWN_DRUG, "'propofol' is not one of ketamine"),
        (
            {"concentration": ListedConcentration(mg_ml=Decimal("1.5"))},
            OrderFaultKind.NOT_LISTED,
            "1.5 mg/mL is not on the list (1, 2)",
        ),
        (
            {"concentration": PatientBag(drug_mg=Decimal(500), volume_ml=Decimal(5))},
            OrderFaultKind.TOO_CONCENTRATED,
            "100 mg/mL must never go into a vein undiluted (above 50)",
        ),
        ({"dose_mg": None}, OrderFaultKind.NO_END, "enter the dose (mg)"),
        ({"dose_mg": Decimal(0)}, OrderFaultKind.NO_END, "enter the dose (mg)"),
        (
            {"ends_by": EndsBy.DURATION, "duration_min": None},
            OrderFaultKind.NO_END,
            "enter the duration (running minutes)",
        ),
        (
            {"highest_mg_kg_h": Decimal("0.4")},
            OrderFaultKind.NO_RANGE,
            "the starting rate 0.5 mg/kg/h is not in the permitted range 0.1 to 0.4",
        ),
        ({"step_mg_kg_h": Decimal(0)}, OrderFaultKind.NO_STEP, "largest step"),
        ({"prescriber": " "}, OrderFaultKind.NO_PRESCRIBER, "prescriber's name"),
    ],
)
def test_what_makes_an_order_impossible(
    fields: dict[str, Any], fault: OrderFaultKind, words: str
) -> None:
    findings = check(**fields)
    assert is_refused(findings)
    [found] = [f for f in findings if isinstance(f, OrderFault)]
    assert found.fault is fault
    assert words in found.text


def test_a_listed_concentration_may_be_written_with_more_digits() -> None:
    assert check(concentration=ListedConcentration(mg_ml=Decimal("2.00"))) == ()


def test_an_order_without_an_age_is_refused() -> None:
    findings = check_order(order(), dosing_rules(), PatientFacts(age_y=None, today=TODAY))
    assert [f.fault for f in findings if isinstance(f, OrderFault)] == [OrderFaultKind.NO_AGE]


def test_a_patient_over_75_needs_a_reason_and_a_child_is_refused() -> None:
    old = check_order(order(), dosing_rules(), PatientFacts(age_y=76, today=TODAY))
    assert limits_met(old) == [(LimitedQuantity.AGE, Decimal(75))]
    assert not is_refused(old)
    assert is_refused(check_order(order(), dosing_rules(), PatientFacts(age_y=17, today=TODAY)))


def test_a_dose_that_does_not_fit_its_minutes_asks_for_a_reason() -> None:
    [found] = check(dose_mg=Decimal(35), duration_min=Decimal(40))
    assert isinstance(found, DoseAndDurationDiffer)
    assert found.text == (
        "40 min at the starting rate are 23.3 mg, not the ordered 35.0 mg; the dose ends it"
    )


def test_a_doubtful_weight_is_told_with_the_order() -> None:
    old = weighing("70", measured_on=TODAY - timedelta(days=40))
    patient = PatientFacts(age_y=44, today=TODAY, last_weight=weighing("60"))
    findings = check_order(order(weight=old), dosing_rules(), patient)
    assert [f.doubt for f in findings if isinstance(f, WeightQuestion)] == [
        WeightDoubt.OLD,
        WeightDoubt.CHANGED,
    ]
    assert not is_refused(findings)


def test_a_float_in_an_order_is_a_programmers_error() -> None:
    with pytest.raises(TypeError):
        check(start_rate_mg_kg_h=0.5)


def test_an_order_survives_being_written_down() -> None:
    for written in (
        order(),
        order(concentration=PatientBag(drug_mg=Decimal(35), volume_ml=Decimal(100))),
    ):
        assert msgspec.json.decode(msgspec.json.encode(written), type=Order) == written


def test_findings_survive_being_written_down() -> None:
    findings = check(
        highest_mg_kg_h=Decimal("0.8"), prescriber="", duration_min=Decimal(40),
        weight=weighing("70", measured_on=TODAY - timedelta(days=40)),
    )  # fmt: skip
    written = msgspec.json.encode(findings)
    assert len(findings) == 4
    assert msgspec.json.decode(written, type=tuple[Finding, ...]) == findings


@pytest.mark.parametrize(("rate", "permitted"), [("0.1", True), ("0.75", True), ("0.09", False)])
def test_a_rate_beyond_the_permitted_range_needs_another_order(rate: str, permitted: bool) -> None:
    assert (check_rate(order(), Decimal(rate)) is None) is permitted


def test_who_goes_beyond_an_order_is_told_how() -> None:
    found = check_rate(order(), Decimal("0.8"))
    assert found is not None
    assert found.text == (
        "0.80 mg/kg/h is outside the order (0.1 to 0.75): "
        "a new order, or a verbal one with the prescriber's name and read-back"
    )


def running_at(rate: str, **fields: Any) -> Delivered:
    delivered = Delivered(
        phase=DeliveryPhase.RUNNING,
        segments=(),
        pauses=(),
        started_at=START,
        running_s=1200.0,
        rate_ml_h=Decimal(rate),
        observed_at=START + timedelta(minutes=20),
        believed_for=timedelta(seconds=10),
    )
    return msgspec.structs.replace(delivered, **fields)


NOW = START + timedelta(minutes=20)


def test_the_predicted_end_moves_with_the_rate() -> None:
    mg = Decimal(35) / 3
    assert predict_end(order(), running_at("35"), mg, NOW) == START + timedelta(minutes=60)
    faster = predict_end(order(), running_at("42"), mg, NOW)
    assert faster is not None
    assert round((faster - NOW).total_seconds()) == 2000


def test_ordered_minutes_end_it_whatever_the_rate() -> None:
    by_time = order(ends_by=EndsBy.DURATION)
    for rate in ("35", "42"):
        end = predict_end(by_time, running_at(rate), None, NOW)
        assert end == START + timedelta(minutes=60)


@pytest.mark.parametrize(
    "fields",
    [
        {"phase": DeliveryPhase.INTERRUPTED, "rate_ml_h": None},
        {"phase": DeliveryPhase.ENDED, "rate_ml_h": None},
        {"rate_ml_h": Decimal(0)},
        {"observed_at": NOW - timedelta(seconds=11)},
        {"observed_at": None},
    ],
)
def test_there_is_no_predicted_end_while_nothing_is_known_to_flow(fields: dict[str, Any]) -> None:
    for ends_by in EndsBy:
        delivered = running_at("35", **fields)
        assert predict_end(order(ends_by=ends_by), delivered, Decimal(10), NOW) is None


def test_an_unknown_rate_or_dose_predicts_nothing() -> None:
    assert predict_end(order(), running_at("35", rate_ml_h=None), Decimal(10), NOW) is None
    assert predict_end(order(), running_at("35"), None, NOW) is None
