"""The report of a session, from everything that is known of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from infusion.association import Interval
from infusion.completeness import Span
from infusion.configuration import ClinicConfiguration
from infusion.delivered import DRUG, Delivered, given_mg, spans_of
from infusion.drug_account import account_of
from infusion.fold import SessionInput, fold
from infusion.interventions.effects import uncertain_delivery
from infusion.patient import age_years
from infusion.report.content import (
    AnswerLine,
    Course,
    PauseLine,
    Preparation,
    ProtocolLine,
    SessionReport,
    format_of,
)
from infusion.report.delivery import (
    delivered_in,
    fills_of,
    flow_rules,
    real_pauses,
    words_without_run,
)
from infusion.report.devices import DeviceLine, device_lines
from infusion.report.dose import dose_given, rate_changes, segment_lines
from infusion.report.later import recalculated_since
from infusion.report.leaving import criteria_lines
from infusion.report.material import SessionMaterial
from infusion.report.people import (
    check_counts,
    intervention_lines,
    judged_schedule,
    observation_lines,
    score_line,
)
from infusion.report.trend import Numbers, TrendLine, numbers_of, trend_of
from infusion.report.watch import alarm_groups, alarm_line, completeness_of
from infusion.schedule import plan_of
from infusion.session import Session
from infusion.session_events import PauseConfirmed
from infusion.signatures import addenda_of, current_seal, signature_lines
from infusion.unplugged import unplugged_of


def session_report(
    material: SessionMaterial, configuration: ClinicConfiguration, now: datetime
) -> SessionReport:
    """The report of a session as it is known at `now` (UTC)."""
    session, rules = fold(material.events), flow_rules(configuration)
    delivered = delivered_in(session, material.pump_facts, rules)
    return report_of_delivered(delivered, material, configuration, now)


def report_of_delivered(
    delivered: Delivered,
    material: SessionMaterial,
    configuration: ClinicConfiguration,
    now: datetime,
) -> SessionReport:
    """The same, for who has worked out what was delivered and needs it further."""
    session, rules = fold(material.events), flow_rules(configuration)
    fills = fills_of(session, material.events)
    segments = segment_lines(session, delivered, fills)
    course = _course(session, delivered, material.events)
    window = _window(session, now)
    numbers = numbers_of(session, material.vitals, window)
    alarms = tuple(alarm_line(record) for record in material.alarms)
    unplugged = unplugged_of(material.events, configuration.alarms.off_monitor.limit_s)
    schedule = judged_schedule(session, segments, numbers.cuffs, unplugged, now, configuration)
    return SessionReport(
        format=format_of("" if session.signed is None else session.signed.content_format),
        session=session.id,
        patient=session.patient,
        age_years=age_years(session.patient, session.plan.planned_for.date()),
        indication=session.indication,
        position=material.position,
        ward=session.plan.ward,
        stays=session.stays,
        planned_for=session.plan.planned_for,
        identified=session.identified,
        orders=session.orders,
        preparation=_preparation(session, configuration),
        devices=_devices(session, material, configuration),
        corrections=session.corrections,
        course=course,
        dose=dose_given(session.order, delivered, fills),
        segments=segments,
        rate_changes=rate_changes(session, segments, rules.believed_for),
        trend=_trend(numbers, window, configuration.sign_off.trend_step_s),
        cuffs=numbers.cuffs,
        observations=observation_lines(session, schedule, configuration.observations),
        checks=check_counts(schedule),
        scores=tuple(score_line(score) for score in material.scores),
        interventions=intervention_lines(session),
        alarms=alarms,
        alarm_groups=alarm_groups(alarms, session.alarms_reviewed),
        completeness=completeness_of(
            session, numbers, course.infusing, material.causes, configuration, _watched(course, now)
        ),
        account=account_of(session, given_mg(delivered.segments, fills)),
        criteria=criteria_lines(session, delivered, numbers, configuration),
        closed=session.closed,
        state=session.state,
        signatures=signature_lines(session),
        sealed=current_seal(session),
        addenda=addenda_of(session),
        late=session.late,
        protocol=_protocol(session, configuration),
        recalculated=recalculated_since(session, material, rules),
        words_without_run=words_without_run(session, delivered),
    )


def _devices(
    session: Session, material: SessionMaterial, configuration: ClinicConfiguration
) -> tuple[DeviceLine, ...]:
    told = (*material.vitals, *material.pump_facts)
    return device_lines(session, material.statuses, told, configuration.clocks.limit_s)


def _trend(numbers: Numbers, window: Span, step_s: int) -> tuple[TrendLine, ...]:
    return tuple(
        trend_of(signal, samples, window, step_s) for signal, samples in numbers.samples.items()
    )


def _protocol(session: Session, configuration: ClinicConfiguration) -> ProtocolLine:
    plan, chosen = plan_of(session, configuration), session.profile_chosen
    laid_out = session.laid_out
    is_chosen = chosen is not None and chosen.profile == plan.profile
    return ProtocolLine(
        profile=plan.profile,
        label=plan.label,
        recovery_s=plan.recovery_s,
        config_version="" if laid_out is None else laid_out.config_version,
        chosen=chosen if is_chosen else None,
    )


def _window(session: Session, now: datetime) -> Span:
    """The time of the session in a chair: what its monitors told then is its own."""
    begins = session.stays[0].interval.since if session.stays else session.plan.planned_for
    ends = now if session.closed is None else session.closed.at
    return begins, max(begins, ends)


def _watched(course: Course, now: datetime) -> Span | None:
    if course.started_at is None:
        return None
    return course.started_at, max(course.started_at, course.closed_at or now)


def _course(session: Session, delivered: Delivered, events: Sequence[SessionInput]) -> Course:
    words = [event for event in events if isinstance(event, PauseConfirmed)]
    return Course(
        began_at=session.stays[0].interval.since if session.stays else None,
        started_at=delivered.started_at or session.started_at,
        stopped_at=session.drug_stopped_at,
        last_drug_at=delivered.last_drug_at,
        closed_at=None if session.closed is None else session.closed.at,
        running_s=round(delivered.running_s, 3),
        infusing=_infusing(delivered),
        uncertain=uncertain_delivery(session),
        pauses=tuple(
            PauseLine(
                begins=pause.begins,
                ends=pause.ends,
                told=pause.reason,
                reason=_why(words, pause.begins, pause.ends),
            )
            for pause in real_pauses(session, delivered.pauses)
        ),
        early_end=session.early_end,
    )


def _why(words: Sequence[PauseConfirmed], begins: datetime, ends: datetime | None) -> str:
    """What a person said of a pause: while it lasted, or while the pump was on its way to it."""
    said = [w for w in words if w.at >= begins - _BEFORE and (ends is None or w.at < ends)]
    return said[0].reason if said else ""


_BEFORE = timedelta(minutes=1)


def _infusing(delivered: Delivered) -> tuple[Interval, ...]:
    """When drug flowed, by whatever pump; neighbours joined."""
    drug = [segment for segment in delivered.segments if segment.kind in DRUG]
    return tuple(Interval(since=begins, until=ends) for begins, ends in spans_of(drug))


def _preparation(session: Session, configuration: ClinicConfiguration) -> Preparation:
    texts = {
        item.item: item.text for block in configuration.sessions.blocks for item in block.items
    }
    asked = [item for item in texts if item in session.answers]
    asked += [item for item in session.answers if item not in texts]
    return Preparation(
        answers=tuple(
            AnswerLine(
                item=item,
                text=texts.get(item, item),
                answer=session.answers[item].answer,
                by=session.answers[item].by,
                at=session.answers[item].at,
            )
            for item in asked
        ),
        baseline=session.baseline,
        held=session.held,
        overridden=session.overridden,
        confirmed=session.ready,
        exceptions=session.exceptions,
    )
