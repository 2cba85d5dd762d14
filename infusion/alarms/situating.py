"""From a session and its devices to the situation that alarms are judged in."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from infusion.alarms.rules import IN_THE_CHAIR, LimbRule
from infusion.alarms.situation import (
    CuffLimb,
    Duty,
    OrderFacts,
    OverdueCheck,
    SecondDue,
    Situation,
)
from infusion.answers import Choice
from infusion.chart import Chart
from infusion.checks_sight import words_of
from infusion.configuration import ClinicConfiguration
from infusion.dose import dose_rate_of
from infusion.dose_rules import DrugRules, LimitedQuantity
from infusion.duty.roster import Roster
from infusion.interventions.effects import is_emergency
from infusion.interventions.events import SymptomsReported
from infusion.observations.checks import Check
from infusion.observations.values import Level
from infusion.order import EndsBy, Order, check_rate
from infusion.preparation import open_of_the_start
from infusion.pump_facts import Flow
from infusion.scored import newest_news2
from infusion.scores.news2 import CONSCIOUSNESS
from infusion.session import (
    Session,
    running_devices,
    unconfirmed_runs,
    waiting_for_second,
)
from infusion.session_events import RateChangeExplained
from vocabulary.alarms import LimitedMeasure
from vocabulary.ids import BedId
from vocabulary.roles import Role

_NEWS2: Final = (LimitedMeasure.NEWS2, LimitedMeasure.NEWS2_ITEM)


def situation_of(
    session: Session | None,
    chart: Chart,
    checks: Iterable[Check],
    before: Situation,
    now: datetime,
    clinic: ClinicConfiguration,
) -> Situation:
    """The situation of a bed as far as its session tells; None: nobody is in the chair.

    `before`: the last one there, for since when the phase holds.
    """
    if session is None or session.state not in IN_THE_CHAIR:
        return Situation()
    phase = session.state
    is_same = before.session == session.id and before.phase is phase
    said = [word.at for word in (session.pause, session.early_end) if word is not None]
    runs_drug = any(run.is_running and run.is_drug for run in session.runs)
    return Situation(
        session=session.id,
        phase=phase,
        phase_since=before.phase_since if is_same else now,
        baseline=_baseline(session),
        order=None if session.order is None else order_facts(session, chart, clinic),
        own_devices=tuple(held.device for held in session.associations if held.is_standing),
        unconfirmed=tuple(run.device for run in unconfirmed_runs(session) if run.is_running),
        not_drug=tuple(r.device for r in session.runs if r.is_running and not r.is_drug),
        pause_said_at=min(said, default=None),
        open_steps=open_of_the_start(session, clinic) if runs_drug else (),
        second_due=_second_due(session, clinic),
        checks=tuple(
            OverdueCheck(what=words_of(check, clinic.observations), due_at=check.due_at)
            for check in checks
            if check.is_timed
        ),
        scores=_scores(session, clinic, before if is_same else None, now),
        cuff_limb=_cuff_limb(session, clinic.alarms.cuff.limb),
        has_symptoms=has_urgent_symptoms(session, now, clinic),
        asks_to_stop=clinic.alarms.stop_symptom in _told_of(session, now, clinic),
        is_emergency=is_emergency(session),
    )


def _second_due(session: Session, clinic: ClinicConfiguration) -> tuple[SecondDue, ...]:
    """The running devices for which a second person has a time set."""
    running = running_devices(session)
    return tuple(
        SecondDue(device=waiting.device, due_at=waiting.due_at)
        for waiting in waiting_for_second(session, clinic.sessions)
        if waiting.due_at is not None and waiting.device in running
    )


def _baseline(session: Session) -> dict[LimitedMeasure, float]:
    if session.baseline is None:
        return {}
    return {LimitedMeasure(v.measure.value): v.value for v in session.baseline.values}


def _scores(
    session: Session, clinic: ClinicConfiguration, before: Situation | None, now: datetime
) -> dict[LimitedMeasure, float]:
    """What a person judged last, and the NEWS2 of it; `before`: the situation of the same phase."""
    found = {}
    for item, measure in clinic.alarms.judged.items():
        entry = session.observed.latest(item)
        if entry is not None and isinstance(entry.value, Level):
            found[measure] = float(entry.value.level)
    return {**found, **_early_warning(session, clinic, before, now)}


def _early_warning(
    session: Session, clinic: ClinicConfiguration, before: Situation | None, now: datetime
) -> dict[LimitedMeasure, float]:
    """The newest NEWS2 of this phase; an earlier one is history.

    One that cannot be computed says nothing, so that the one before it holds.
    """
    score = newest_news2(session, clinic)
    since = now if before is None else before.phase_since
    if score is None or (since is not None and score.at < since):
        return {}
    if score.total is None:
        held = {} if before is None else before.scores
        return {measure: held[measure] for measure in _NEWS2 if measure in held}
    others = [item.points for item in score.items if item.item != CONSCIOUSNESS]
    return {
        LimitedMeasure.NEWS2: float(score.total),
        LimitedMeasure.NEWS2_ITEM: float(max(others, default=0)),
    }


def _cuff_limb(session: Session, rule: LimbRule) -> CuffLimb:
    """Whether the cuff is on the oximeter's limb, as it was charted last."""
    said = session.answers.get(rule.item)
    option = said.answer.option if said is not None and isinstance(said.answer, Choice) else ""
    if option == rule.same:
        return CuffLimb.SAME
    return CuffLimb.OTHER if option == rule.other else CuffLimb.UNKNOWN


def has_urgent_symptoms(session: Session, now: datetime, clinic: ClinicConfiguration) -> bool:
    """Whether the patient told of symptoms a short while ago for which nothing waits."""
    return bool(_told_of(session, now, clinic) & set(clinic.interventions.urgent_symptoms))


def _told_of(session: Session, now: datetime, clinic: ClinicConfiguration) -> set[str]:
    """The symptoms that the patient told of last, if that was a short while ago."""
    since = now - timedelta(seconds=clinic.alarms.cuff.symptoms_for_s)
    told = [e for e in session.interventions if isinstance(e, SymptomsReported)]
    newest = max(told, key=lambda event: event.at, default=None)
    return set() if newest is None or newest.at < since else set(newest.symptoms)


def order_facts(session: Session, chart: Chart, clinic: ClinicConfiguration) -> OrderFacts | None:
    """The order that holds, and the rate that should run by it; None without an order."""
    order = session.order
    if order is None:
        return None
    drug = clinic.dosing.find_drug(order.drug)
    mg_ml, kg = float(order.concentration.mg_ml), float(order.weight.kg)
    return OrderFacts(
        drug=order.drug,
        concentration_mg_ml=mg_ml,
        weight_kg=kg,
        rate_ml_h=_rate_ml_h(session, order, chart),
        ordered_mg=None if order.planned_mg is None else float(order.planned_mg),
        ordered_min=float(order.duration_min)
        if order.ends_by is EndsBy.DURATION and order.duration_min is not None
        else None,
        most_ml_h=_least(
            _hard(drug, LimitedQuantity.VOLUME_RATE),
            _times(_hard(drug, LimitedQuantity.DOSE_RATE), kg / mg_ml),
        ),
        most_mg=_least(
            _hard(drug, LimitedQuantity.SESSION_DOSE),
            _times(_hard(drug, LimitedQuantity.SESSION_DOSE_PER_KG), kg),
        ),
        most_min=_hard(drug, LimitedQuantity.DURATION),
        soft_mg=_beyond(
            order.planned_mg,
            _least(
                _soft(drug, LimitedQuantity.SESSION_DOSE),
                _times(_soft(drug, LimitedQuantity.SESSION_DOSE_PER_KG), kg),
            ),
        ),
        soft_min=_beyond(order.duration_min, _soft(drug, LimitedQuantity.DURATION)),
    )


def _rate_ml_h(session: Session, order: Order, chart: Chart) -> float:
    """The rate to which a change was explained last, if the order permits it; else the order's."""
    ordered = float(order.start_rate_ml_h)
    since = session.orders[-1].at
    words = [word for word in session.rate_changes if word.changed_at >= since]
    if not words:
        return ordered
    explained = _rate_after(max(words, key=lambda word: word.changed_at), chart)
    if explained is None:
        return ordered
    dose_rate = dose_rate_of(Decimal(repr(explained)), order.weight, order.concentration)
    return ordered if check_rate(order, dose_rate) else explained


def _rate_after(word: RateChangeExplained, chart: Chart) -> float | None:
    """The rate of a pump from a moment on, by its log; None if it is not known."""
    for log in chart.logs.get(word.device, ()):
        for stretch in log.stretches():
            is_there = stretch.begins <= word.changed_at < stretch.ends
            if is_there and stretch.flow is Flow.INFUSING:
                return stretch.rate_ml_h
        last = log.last
        if last is not None and last.at <= word.changed_at:
            return last.rate_ml_h
    return None


def _hard(drug: DrugRules | None, quantity: LimitedQuantity) -> float | None:
    limit = None if drug is None else drug.limits[quantity].upper_hard
    return None if limit is None else float(limit)


def _soft(drug: DrugRules | None, quantity: LimitedQuantity) -> float | None:
    limit = None if drug is None else drug.limits[quantity].upper_soft
    return None if limit is None else float(limit)


def _beyond(ordered: Decimal | int | None, limit: float | None) -> float | None:
    """A soft limit, unless the order itself was given beyond it, for a reason."""
    return None if limit is None or (ordered is not None and ordered > limit) else limit


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _least(*values: float | None) -> float | None:
    return min((value for value in values if value is not None), default=None)


def duty_of(roster: Roster | None, bed: BedId) -> Duty:
    """Who is on duty for a bed."""
    if roster is None:
        return Duty()
    nurse = roster.nurse_of(bed)
    return Duty(
        responsible=None if nurse is None else nurse.account,
        nurses=tuple(person.account for person in roster.of_role(Role.NURSE)),
        prescribers=tuple(person.account for person in roster.of_role(Role.PRESCRIBER)),
    )
