"""Giving an order, in one's own name or as a verbal one."""

from datetime import datetime

from infusion import commands as c
from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration, SessionRules
from infusion.order import PatientFacts, check_order, is_refused
from infusion.patient import age_years
from infusion.session import Session
from infusion.session_events import ExplainedFinding, OrderGiven, OrderKind
from vocabulary.states import SessionState


def give_order(
    session: Session, command: c.GiveOrder, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """Within the hard limits, with a reason for all else that is told about it."""
    refused = _refuse_order(session, command, configuration.sessions)
    if refused is not None:
        return refused
    order = command.order
    facts = PatientFacts(
        age_y=age_years(session.patient, at.date()),
        today=at.date(),
        last_weight=command.last_weight,
    )
    findings = check_order(order, configuration.dosing, facts)
    told = tuple(finding.text for finding in findings)
    if is_refused(findings):
        hard = [f.text for f in findings if is_refused((f,))]
        return Refused(reason="; ".join(hard), what_to_do="change the order")
    reasons = command.reasons
    if len(reasons) != len(told) or not all(reason.strip() for reason in reasons):
        return Refused(
            reason="; ".join(told) or "there is nothing to give a reason for",
            what_to_do="change the order or give a reason for each",
        )
    is_first = not session.orders
    kind = OrderKind.INITIAL if is_first else OrderKind.CHANGED
    event = OrderGiven(
        session=session.id,
        at=at,
        by=command.by,
        kind=OrderKind.VERBAL if command.is_verbal else kind,
        order=order,
        was_read_back=command.was_read_back,
        explained=tuple(
            ExplainedFinding(told=text, reason=reason)
            for text, reason in zip(told, reasons, strict=True)
        ),
    )
    return Accepted(events=(event,))


def _refuse_order(session: Session, command: c.GiveOrder, rules: SessionRules) -> Refused | None:
    order, by = command.order, command.by
    if session.state is SessionState.RECOVERY and session.order is not None:
        return Refused(
            reason="the infusion is over",
            what_to_do="plan another session; if the pump runs again, this one goes on by itself",
        )
    if command.is_verbal:
        return _refuse_verbal(command)
    if by.role not in rules.people.may_order:
        return Refused(
            reason=f"{by.role.value} may not give an order",
            what_to_do="ask the prescriber, or take down a verbal order and read it back",
        )
    if order.prescriber != by.printed_name:
        return Refused(
            reason=f"the order is {order.prescriber or 'nobody'}'s, not {by.printed_name}'s",
            what_to_do="log in as the prescriber, or take it down as a verbal order",
        )
    return None


def _refuse_verbal(command: c.GiveOrder) -> Refused | None:
    if command.order.prescriber.strip() in ("", command.by.printed_name):
        return Refused(
            reason="a verbal order is taken down in the name of another, the prescriber",
            what_to_do="enter the prescriber's name",
        )
    if not command.was_read_back:
        return Refused(
            reason="a verbal order counts once it was read back",
            what_to_do="read it back to the prescriber, then confirm that",
        )
    return None
