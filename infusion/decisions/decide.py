"""A command of a person, now: accepted with the events that follow, or refused with the reason.

Facts of devices are never decided upon; they go straight into `infusion.fold`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from infusion import care_commands as care
from infusion import commands as c
from infusion import sign_off_commands as sc
from infusion import signing_commands as sign
from infusion.commands import Command, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.decisions import (
    accounting,
    amending,
    calling,
    caring,
    devices,
    infusing,
    intervening,
    leaving,
    moving,
    observing,
    ordering,
    preparing,
    reviewing,
    seconding,
    signing,
)
from infusion.decisions.permission import refusal
from infusion.interventions import commands as ic
from infusion.observations import commands as oc
from infusion.session import Session


def decide(
    session: Session | None,
    command: Command,
    now: datetime,
    configuration: ClinicConfiguration,
) -> Decision:
    """What follows from `command` at `now` (UTC); `session` is None before it is planned."""
    at = now if command.at is None else command.at
    refused = _refuse_time(at, now, configuration.sessions.back_entry_max_s)
    if refused is not None:
        return refused
    if isinstance(command, _CONFIRMATIONS) and at != now:
        return Refused(
            reason="a confirmation counts from when it is given",
            what_to_do="confirm without a time; write a note about what was seen before",
        )
    if session is None or isinstance(command, c.PlanSession):
        return _decide_plan(session, command, at, configuration)
    refused = refusal(session, command, configuration.sessions)
    if refused is not None:
        return refused
    if isinstance(command, oc.RecordObservations):  # from paper it tells when it was entered, too
        return observing.record(session, command, at, configuration, now)
    return _DECIDE[type(command)](session, command, at, configuration)


def _decide_plan(
    session: Session | None, command: Command, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    if not isinstance(command, c.PlanSession):
        return Refused(reason="there is no such session", what_to_do="plan it first")
    if session is not None:
        return Refused(
            reason="the session is planned already", what_to_do="plan another, or cancel this one"
        )
    return preparing.plan(command, at, configuration)


def _refuse_time(at: datetime, now: datetime, back_entry_max_s: float) -> Refused | None:
    if at > now:
        return Refused(
            reason=f"{at:%Y-%m-%d %H:%M:%S} UTC is in the future",
            what_to_do="enter when it happened",
        )
    if at < now - timedelta(seconds=back_entry_max_s):
        return Refused(
            reason=f"that is more than {back_entry_max_s / 3600:g} h ago",
            what_to_do="check the date; older things belong into an addendum",
        )
    return None


_CONFIRMATIONS: Final = (
    c.ConfirmPreparation,
    c.ConfirmPreparationAlone,
    c.ConfirmDevice,
    c.ConfirmDeviceAlone,
    sign.Sign,
)

_DECIDE: Final[
    dict[type[Command], Callable[[Session, Any, datetime, ClinicConfiguration], Decision]]
] = {
    c.BeginPreparation: preparing.begin,
    c.IdentifyPatient: preparing.identify,
    c.GiveOrder: ordering.give_order,
    c.AnswerPreparation: preparing.answer,
    c.FreezeBaseline: preparing.freeze_baseline,
    c.OverrideHold: preparing.override_hold,
    c.ConfirmPreparation: seconding.confirm,
    c.ConfirmPreparationAlone: seconding.confirm_alone,
    c.AssociateDevice: devices.associate,
    c.LoadSyringe: devices.load_syringe,
    c.ConfirmDevice: devices.confirm,
    c.ConfirmDeviceAlone: devices.confirm_alone,
    c.CorrectAssociation: devices.correct,
    c.CorrectSealedAssociation: devices.correct,
    c.ReleaseDevice: devices.release,
    c.ExplainPumpRun: infusing.explain_run,
    c.ExplainRateChange: infusing.explain_rate_change,
    c.ConfirmPause: infusing.confirm_pause,
    c.EndInfusionEarly: infusing.end_early,
    c.ChartManualDelivery: infusing.chart_by_hand,
    c.MoveToBed: moving.move,
    c.Discharge: leaving.discharge,
    c.LeaveBeforeReady: leaving.leave,
    c.CancelSession: leaving.cancel,
    oc.AmendObservation: amending.amend,
    oc.WriteNote: amending.write_note,
    oc.ExplainMissedChecks: amending.explain_missed,
    oc.ChooseProfile: amending.choose_profile,
    ic.ChangeOxygen: intervening.change_oxygen,
    ic.GiveRescueDrug: intervening.give_rescue_drug,
    ic.ReportIvFailed: intervening.fail_iv,
    ic.ResiteIv: intervening.resite_iv,
    ic.RecordAdverseEvent: intervening.record_adverse_event,
    ic.EndAdverseEvent: intervening.end_adverse_event,
    ic.ReportSymptoms: intervening.report_symptoms,
    ic.CallHelp: calling.call_help,
    ic.EndHelp: calling.end_help,
    ic.CallPrescriber: calling.call_prescriber,
    ic.ChartAnswer: calling.chart_answer,
    ic.BeginEmergency: calling.begin_emergency,
    ic.StampEmergency: calling.stamp,
    ic.EndEmergency: calling.end_emergency,
    sc.DrawDrug: accounting.draw,
    sc.ReconcileDrug: accounting.reconcile,
    sc.WitnessWaste: accounting.witness,
    sc.ExplainGaps: reviewing.explain_gaps,
    sc.ReviewAlarms: reviewing.review_alarms,
    care.AnswerHomeQuestions: caring.answer_home_questions,
    care.GiveHandover: caring.give_handover,
    sign.MakeReadyForSignOff: signing.make_ready,
    sign.SignSession: signing.sign,
    sign.AddSignature: signing.add_signature,
    sign.WriteAddendum: signing.write_addendum,
}
