"""What is ordered and answered at a session where nothing is out of the ordinary."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from demo.cast import PRESCRIBER
from demo.script import SessionScript
from infusion.answers import Answer, Choice, Moment, Number, Text, YesNo
from infusion.baseline import BaselineReading
from infusion.configuration import AnswerKind, ClinicConfiguration, Measure, PreparationItem
from infusion.dose import ListedConcentration, PatientBag
from infusion.order import EndsBy, Order
from infusion.weight import DosingWeight, WeightKind

_SAID: Final = {
    "iv_site": "left forearm, 20 G, patent",
    "prescriber_phone": "555 0123",
    "escort": "Robin Sample, 555 0100",
}

_TYPED: Final = {
    Measure.HR: 71.0,
    Measure.SPO2: 97.0,
    Measure.RR: 14.0,
    Measure.NIBP_SYS: 122.0,
    Measure.NIBP_DIA: 76.0,
}


def typed_readings(now: datetime) -> tuple[BaselineReading, ...]:
    """Readings that a nurse took by hand in the last minutes."""
    return tuple(
        BaselineReading(measure=measure, value=value, observed_at=now - timedelta(minutes=ago))
        for measure, value in _TYPED.items()
        for ago in (8, 4, 0)
    )


def order_of(
    script: SessionScript, weight_kg: float, now: datetime, clinic: ClinicConfiguration
) -> Order:
    """The order of a session; a concentration that is not on the list is a bag of 50 mL."""
    kg = exactly(script.weight_kg or weight_kg)
    mg_ml = exactly(script.concentration_mg_ml)
    drug = clinic.dosing.drugs[0]
    is_listed = mg_ml in drug.concentrations_mg_ml
    is_by_dose = script.ends_by is EndsBy.DOSE
    return Order(
        drug=drug.drug,
        start_rate_mg_kg_h=exactly(script.rate_mg_kg_h),
        weight=DosingWeight(
            kg=kg,
            kind=WeightKind.TOTAL,
            measured_on=now.date(),
            decided_by=PRESCRIBER.printed_name,
        ),
        concentration=ListedConcentration(mg_ml=mg_ml)
        if is_listed
        else PatientBag(drug_mg=mg_ml * 50, volume_ml=Decimal(50)),
        ends_by=script.ends_by,
        dose_mg=exactly(script.dose_mg_kg) * kg if is_by_dose else None,
        duration_min=None if is_by_dose else exactly(script.over_min),
        lowest_mg_kg_h=exactly(script.lowest_mg_kg_h),
        highest_mg_kg_h=exactly(script.highest_mg_kg_h),
        step_mg_kg_h=exactly(script.step_mg_kg_h),
        prescriber=PRESCRIBER.printed_name,
        limits_version=clinic.version,
    )


def exactly(number: float) -> Decimal:
    """A number as it was written down."""
    return Decimal(str(number))


def usual_answer(item: PreparationItem, now: datetime) -> Answer:
    """An answer that lets the start go on."""
    match item.kind:
        case AnswerKind.YES_NO:
            return YesNo(is_yes="no" not in item.accepts)
        case AnswerKind.CHOICE:
            return Choice(option=(item.accepts or item.options)[0])
        case AnswerKind.TIME:
            return Moment(moment=now - timedelta(hours=8))
        case AnswerKind.NUMBER:
            return Number(value=exactly(item.low or 0), unit=item.unit)
        case AnswerKind.TEXT:
            return Text(text=_SAID.get(item.item, "none"))
