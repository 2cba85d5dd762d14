"""Words about what the pump did: runs, rate changes, pauses, an early end, a pump by hand."""

from datetime import datetime

from infusion import commands as c
from infusion.association import find
from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.session import Session
from infusion.session_events import (
    AssociationBasis,
    InfusionEndedEarly,
    ManualDeliveryCharted,
    ManualStep,
    PauseConfirmed,
    PumpRunExplained,
    RateChangeExplained,
)

_WITH_RATE = frozenset({ManualStep.STARTED, ManualStep.RESUMED, ManualStep.RATE_CHANGED})


def explain_run(
    session: Session, command: c.ExplainPumpRun, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Infusion, priming or flush."""
    known = {(run.device, run.began_at) for run in session.runs}
    if (command.device, command.began_at) not in known:
        return Refused(
            reason=f"no run of {command.device} in this session began then",
            what_to_do="reload the page: the run may belong to another session by now",
        )
    event = PumpRunExplained(
        session=session.id,
        at=at,
        by=command.by,
        device=command.device,
        began_at=command.began_at,
        kind=command.kind,
    )
    return Accepted(events=(event,))


def explain_rate_change(
    session: Session, command: c.ExplainRateChange, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Why a rate was changed."""
    held = find(session.associations, command.device)
    if held is None or not held.stands_at(command.changed_at):
        return Refused(
            reason=f"{command.device} was not this session's then",
            what_to_do="explain it at the session it belonged to",
        )
    if not command.reason.strip():
        return Refused(reason="a rate change needs a reason", what_to_do="enter the reason")
    event = RateChangeExplained(
        session=session.id,
        at=at,
        by=command.by,
        device=command.device,
        changed_at=command.changed_at,
        reason=command.reason,
    )
    return Accepted(events=(event,))


def confirm_pause(
    session: Session, command: c.ConfirmPause, at: datetime, _: ClinicConfiguration
) -> Decision:
    """The nurse paused at the pump and says why."""
    if not command.reason.strip():
        return Refused(reason="a pause needs a reason", what_to_do="enter the reason")
    event = PauseConfirmed(session=session.id, at=at, by=command.by, reason=command.reason)
    return Accepted(events=(event,))


def end_early(
    session: Session, command: c.EndInfusionEarly, at: datetime, _: ClinicConfiguration
) -> Decision:
    """The infusion is not to go on; recovery begins when the pump has stopped."""
    if not command.reason.strip():
        return Refused(reason="ending early needs a reason", what_to_do="enter the reason")
    event = InfusionEndedEarly(session=session.id, at=at, by=command.by, reason=command.reason)
    return Accepted(events=(event,))


def chart_by_hand(
    session: Session, command: c.ChartManualDelivery, at: datetime, _: ClinicConfiguration
) -> Decision:
    """One step of a pump without a connection, in the order of time."""
    device = command.device
    held = find(session.associations, device)
    is_by_hand = held is not None and held.basis is AssociationBasis.NO_CONNECTION
    if held is None or not is_by_hand or not held.stands_at(at):
        return Refused(
            reason=f"{device} is not a pump without a connection of this session",
            what_to_do="associate it as manual; a connected pump tells by itself",
        )
    refused = _refuse_step(session, command, at)
    if refused is not None:
        return refused
    event = ManualDeliveryCharted(
        session=session.id,
        at=at,
        by=command.by,
        device=device,
        step=command.step,
        rate_ml_h=command.rate_ml_h,
        volume_ml=command.volume_ml,
    )
    return Accepted(events=(event,))


def _refuse_step(session: Session, command: c.ChartManualDelivery, at: datetime) -> Refused | None:
    before = [step for step in session.charted if step.device == command.device]
    last = before[-1] if before else None
    is_running = last is not None and last.step in _WITH_RATE
    if last is not None and at <= last.at:
        return Refused(
            reason=f"the last step was charted for {last.at:%H:%M:%S} UTC",
            what_to_do="chart the steps in the order of time",
        )
    wanted = {
        ManualStep.STARTED: not is_running,
        ManualStep.RESUMED: last is not None and last.step is ManualStep.PAUSED,
        ManualStep.ENDED: is_running or (last is not None and last.step is ManualStep.PAUSED),
    }.get(command.step, is_running)
    if not wanted:
        told = "nothing yet" if last is None else last.step.value.replace("_", " ")
        return Refused(
            reason=f"{command.device} cannot be {command.step.value.replace('_', ' ')} "
            f"after {told}",
            what_to_do="chart what the pump did before",
        )
    return _refuse_numbers(command, last)


def _refuse_numbers(
    command: c.ChartManualDelivery, last: ManualDeliveryCharted | None
) -> Refused | None:
    rate, volume = command.rate_ml_h, command.volume_ml
    if not rate.is_finite() or not volume.is_finite() or rate < 0 or volume < 0:
        return Refused(
            reason=f"a pump cannot show {rate} mL/h and {volume} mL",
            what_to_do="enter what its display shows",
        )
    if (rate > 0) is not (command.step in _WITH_RATE):
        return Refused(
            reason=f"a pump that is {command.step.value.replace('_', ' ')} does not run at "
            f"{rate} mL/h",
            what_to_do="enter the rate from then on, 0 if it stands",
        )
    if last is not None and volume < last.volume_ml and command.step is not ManualStep.STARTED:
        return Refused(
            reason=f"{volume} mL is less than the {last.volume_ml} mL before",
            what_to_do="enter the volume its display shows as delivered",
        )
    return None
