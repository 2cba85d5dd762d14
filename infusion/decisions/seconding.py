"""The second person's word on the preparation, and what counts with nobody there."""

from datetime import datetime
from decimal import Decimal

from infusion import commands as c
from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration, SessionRules
from infusion.order import Order
from infusion.preparation import (
    earliest_start,
    first_persons,
    open_besides_second,
    too_soon,
    what_is_open,
)
from infusion.session import Session
from infusion.session_events import PreparationConfirmed, PreparationConfirmedAlone


def confirm(
    session: Session,
    command: c.ConfirmPreparation,
    at: datetime,
    configuration: ClinicConfiguration,
) -> Decision:
    """A second person, once nothing else is open."""
    if command.by.account in first_persons(session, configuration.sessions):
        return Refused(
            reason=f"{command.by.printed_name} prepared this session",
            what_to_do="a second person confirms, by name and PIN",
        )
    refused = _refuse_ready(session, at, configuration)
    if refused is not None:
        return refused
    return Accepted(events=(PreparationConfirmed(session=session.id, at=at, by=command.by),))


def confirm_alone(
    session: Session,
    command: c.ConfirmPreparationAlone,
    at: datetime,
    configuration: ClinicConfiguration,
) -> Decision:
    """Nobody is there: a reason and an independent recalculation, for the exception list."""
    refused = _refuse_ready(session, at, configuration) or refuse_recalculation(
        session.order, command.reason, command.recalculated_ml_h, configuration.sessions
    )
    if refused is not None:
        return refused
    event = PreparationConfirmedAlone(
        session=session.id,
        at=at,
        by=command.by,
        reason=command.reason,
        recalculated_ml_h=command.recalculated_ml_h,
    )
    return Accepted(events=(event,))


def _refuse_ready(
    session: Session, at: datetime, configuration: ClinicConfiguration
) -> Refused | None:
    if session.ready is not None:
        return Refused(
            reason=f"{session.ready.by.printed_name} confirmed it already",
            what_to_do="start at the pump",
        )
    earliest = earliest_start(session, configuration)
    if earliest is not None and at < earliest:
        return Refused(
            reason=too_soon(configuration),
            what_to_do=f"start at {earliest:%Y-%m-%d %H:%M} UTC or later",
        )
    found = open_besides_second(session, configuration)
    if not found:
        found = what_is_open(session, configuration)[:-1]  # all but the second person's word
    if found:
        return Refused(reason=f"still open: {'; '.join(found)}", what_to_do="do these first")
    return None


def refuse_recalculation(
    order: Order | None, reason: str, recalculated_ml_h: Decimal, rules: SessionRules
) -> Refused | None:
    """Why a confirmation alone does not count; None if it does. mL/h."""
    if not reason.strip():
        return Refused(
            reason="confirming alone needs a reason", what_to_do="enter why nobody was there"
        )
    if order is None:
        return Refused(reason="there is no order to check", what_to_do="give the order first")
    ordered = order.start_rate_ml_h
    percent = Decimal(str(rules.two_person.recalculation_percent))
    is_number = recalculated_ml_h.is_finite()
    if not is_number or abs(recalculated_ml_h - ordered) * 100 > percent * ordered:
        return Refused(
            reason=f"the recalculated {recalculated_ml_h} mL/h is not what the order gives",
            what_to_do="calculate mg/kg/h times kg divided by mg/mL again, and check the order",
        )
    return None
