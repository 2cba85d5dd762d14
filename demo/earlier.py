"""The earlier sessions of a scenario's patients: charted by hand, their pumps had no connection.

They are whole sessions of the same rules, from the plan to the discharge, days ago; so a screen has
a position in the course, scores that fall, and a last time to tell of.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from demo.cast import NURSE, PRESCRIBER
from demo.conversation import Conversation
from demo.deeds import confirmations
from demo.script import SessionScript
from demo.signing import account_for_drug, draw_drug
from demo.usual import order_of, typed_readings, usual_answer
from infusion import commands as c
from infusion.configuration import ClinicConfiguration
from infusion.order import Order
from infusion.patient import Identifier, Patient
from infusion.patient_events import CourseBegun, OutcomeScored, PatientRegistered, PatientsEvent
from infusion.session_events import ManualStep, PeoplesEvent
from vocabulary.ids import DeviceId, SessionId, WardId
from vocabulary.states import DeviceKind

BY_HAND: Final = DeviceId("pump-by-hand")
_MONITOR: Final = DeviceId("monitor-by-hand")
_STAY: Final = timedelta(minutes=70)
_FIRST_SCORE: Final = 0.75
_FALL_A_SESSION: Final = 0.12
"""Scores as a share of the highest one there is."""


def earlier_session(
    script: SessionScript,
    patient: Patient,
    place: tuple[WardId, float],
    began_at: datetime,
    clinic: ClinicConfiguration,
) -> tuple[SessionId, list[PeoplesEvent]]:
    """One session whose drug began at `began_at`, over by now. `place`: ward and weight in kg.

    Raises BadPeople if the rules refuse a part of it.
    """
    ward, weight_kg = place
    name = name_of(patient, began_at)
    talk = Conversation(clinic, f"earlier session {name}", began_at)
    before = began_at - timedelta(minutes=30)
    talk.ask(_arrival(script, patient, (ward, name), before), before)
    before += timedelta(minutes=10)
    order = order_of(script, weight_kg, before, clinic)
    talk.ask([draw_drug(order, before)], before)
    talk.ask(_preparation(script, order, clinic, before), before)
    before = began_at - timedelta(minutes=2)
    talk.ask([c.FreezeBaseline(by=NURSE, readings=typed_readings(before))], before)
    talk.ask(confirmations(talk.session), before)
    rate = order.start_rate_ml_h
    volume = (order.planned_mg or Decimal(0)) / order.concentration.mg_ml
    ended_at = began_at + timedelta(minutes=float(script.over_min))
    talk.ask([_charted(ManualStep.STARTED, rate, Decimal(0))], began_at)
    talk.ask([_charted(ManualStep.ENDED, Decimal(0), volume)], ended_at)
    talk.ask(account_for_drug(order), ended_at)
    talk.ask([c.Discharge(by=NURSE, escort="Robin Sample, 555 0100")], ended_at + _STAY)
    return name, talk.events


def course_of(
    script: SessionScript, patient: Patient, starts: Sequence[datetime], clinic: ClinicConfiguration
) -> Iterator[PatientsEvent]:
    """The patient becomes known, a course begins, and a score is taken before each start.

    The scores fall from one session to the next.
    """
    first = starts[0] - timedelta(days=1)
    name, indication = patient.patient, script.indication
    yield PatientRegistered(patient=name, at=first, by=NURSE, identity=patient)
    yield CourseBegun(patient=name, at=first, by=PRESCRIBER, indication=indication)
    measure = clinic.course.outcome_of[indication]
    highest = clinic.course.outcomes[measure].high
    for number, began_at in enumerate(starts):
        score = round(highest * max(0.0, _FIRST_SCORE - number * _FALL_A_SESSION))
        yield OutcomeScored(
            patient=name,
            at=began_at - timedelta(hours=1),
            by=NURSE,
            measure=measure,
            score=score,
        )


def name_of(patient: Patient, began_at: datetime) -> SessionId:
    """How the session of a patient is called whose drug began then."""
    return SessionId(f"{patient.patient}-{began_at:%Y%m%d}")


def starts_before(script: SessionScript, starts_at: datetime) -> list[datetime]:
    """When the drug of each earlier session began, the first one first."""
    every = timedelta(days=script.every_days)
    return [starts_at - every * back for back in range(script.earlier, 0, -1)]


def _arrival(
    script: SessionScript, patient: Patient, names: tuple[WardId, SessionId], now: datetime
) -> Iterator[c.Command]:
    ward, name = names
    yield c.PlanSession(
        by=NURSE,
        session=name,
        patient=patient,
        indication=script.indication,
        ward=ward,
        planned_for=now,
    )
    yield c.BeginPreparation(by=NURSE, bed=script.bed, kinds={})
    stated = {
        Identifier.NAME: patient.name,
        Identifier.DATE_OF_BIRTH: patient.date_of_birth.isoformat(),
    }
    yield c.IdentifyPatient(by=NURSE, stated=stated)


def _preparation(
    script: SessionScript, order: Order, clinic: ClinicConfiguration, now: datetime
) -> Iterator[c.Command]:
    yield c.GiveOrder(by=PRESCRIBER, order=order, reasons=script.order_reasons)
    for block in clinic.sessions.blocks:
        for item in block.items:
            if item.is_required:
                by = PRESCRIBER if item.roles else NURSE
                yield c.AnswerPreparation(by=by, item=item.item, answer=usual_answer(item, now))
    yield c.AssociateDevice(by=NURSE, device=_MONITOR, kind=DeviceKind.MONITOR)
    yield c.AssociateDevice(by=NURSE, device=BY_HAND, kind=DeviceKind.PUMP, is_manual=True)


def _charted(step: ManualStep, rate_ml_h: Decimal, volume_ml: Decimal) -> c.Command:
    return c.ChartManualDelivery(
        by=NURSE, device=BY_HAND, step=step, rate_ml_h=rate_ml_h, volume_ml=volume_ml
    )
