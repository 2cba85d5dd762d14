"""Which commands a session's state and a person's role allow at all: what buttons are there."""

from collections.abc import Callable
from typing import Final

import msgspec

from infusion import care_commands as care
from infusion import commands as c
from infusion import sign_off_commands as sc
from infusion import signing_commands as sign
from infusion.configuration import PeopleRules, SessionRules
from infusion.interventions import commands as ic
from infusion.observations import commands as oc
from infusion.patient import Person
from infusion.session import Session
from vocabulary.roles import Role
from vocabulary.states import SessionState

_PLANNED: Final = frozenset({SessionState.PLANNED})
_PREPARING: Final = frozenset({SessionState.PREPARING})
_WITH_DRUG: Final = frozenset({SessionState.INFUSING, SessionState.PAUSED})
_RECOVERY: Final = frozenset({SessionState.RECOVERY})
_IN_THE_CHAIR: Final = _PREPARING | _WITH_DRUG | _RECOVERY
_AFTERWARDS: Final = frozenset({SessionState.DISCHARGED, SessionState.READY_FOR_SIGN_OFF})
_SIGNED: Final = frozenset({SessionState.SIGNED})
_CANCELLED: Final = frozenset({SessionState.CANCELLED})


class Permission(msgspec.Struct, frozen=True):
    """In which states a command is possible, what it does in words, and who may."""

    states: frozenset[SessionState]
    words: str
    roles: Callable[[SessionRules], tuple[Role, ...]]


def _charting(rules: SessionRules) -> tuple[Role, ...]:
    return rules.people.may_chart


def _ordering(rules: SessionRules) -> tuple[Role, ...]:
    """Whoever may chart takes down a verbal order; one in their own name is for the others."""
    return _either(rules.people, rules.people.may_order)


def _overriding(rules: SessionRules) -> tuple[Role, ...]:
    return rules.people.may_override_hold


def _seconding(rules: SessionRules) -> tuple[Role, ...]:
    return rules.two_person.second_may_be


def _anybody(_: SessionRules) -> tuple[Role, ...]:
    """Help is called by whoever sees that it is needed, and from a screen without a login."""
    return tuple(Role)


def _signing(rules: SessionRules) -> tuple[Role, ...]:
    return rules.people.may_sign


def _adding_signatures(rules: SessionRules) -> tuple[Role, ...]:
    """Whoever may give any of them; each meaning has its own."""
    people = rules.people
    wanted = {*people.may_co_sign, *people.may_authorise_discharge, *rules.two_person.second_may_be}
    return tuple(role for role in Role if role in wanted)


def _either(people: PeopleRules, others: tuple[Role, ...]) -> tuple[Role, ...]:
    return (*people.may_chart, *(role for role in others if role not in people.may_chart))


PERMISSIONS: Final[dict[type[c.Command], Permission]] = {
    c.BeginPreparation: Permission(_PLANNED, "take a chair", _charting),
    c.IdentifyPatient: Permission(_IN_THE_CHAIR, "identify the patient", _charting),
    c.GiveOrder: Permission(_PLANNED | _IN_THE_CHAIR, "give an order", _ordering),
    c.AnswerPreparation: Permission(_PLANNED | _IN_THE_CHAIR, "answer the preparation", _charting),
    c.FreezeBaseline: Permission(_IN_THE_CHAIR, "freeze the baseline", _charting),
    c.OverrideHold: Permission(_PREPARING | _WITH_DRUG, "override the hold", _overriding),
    c.ConfirmPreparation: Permission(
        _PREPARING | _WITH_DRUG, "confirm the preparation", _seconding
    ),
    c.ConfirmPreparationAlone: Permission(
        _PREPARING | _WITH_DRUG, "confirm the preparation", _charting
    ),
    c.AssociateDevice: Permission(_IN_THE_CHAIR, "associate a device", _charting),
    c.LoadSyringe: Permission(_PREPARING | _WITH_DRUG, "load a syringe", _charting),
    c.ConfirmDevice: Permission(_IN_THE_CHAIR, "confirm a device", _seconding),
    c.ConfirmDeviceAlone: Permission(_IN_THE_CHAIR, "confirm a device", _charting),
    c.CorrectAssociation: Permission(
        _IN_THE_CHAIR | _AFTERWARDS, "correct an association", _charting
    ),
    c.CorrectSealedAssociation: Permission(
        _SIGNED, "correct what is sealed for another session", _charting
    ),
    c.ReleaseDevice: Permission(_IN_THE_CHAIR, "release a device", _charting),
    c.ExplainPumpRun: Permission(
        _IN_THE_CHAIR | _AFTERWARDS, "explain a run of the pump", _charting
    ),
    c.ExplainRateChange: Permission(
        _WITH_DRUG | _RECOVERY | _AFTERWARDS, "explain a rate change", _charting
    ),
    c.ConfirmPause: Permission(_WITH_DRUG, "confirm a pause", _charting),
    c.EndInfusionEarly: Permission(_WITH_DRUG, "end the infusion early", _charting),
    c.ChartManualDelivery: Permission(_IN_THE_CHAIR, "chart a pump by hand", _charting),
    c.MoveToBed: Permission(_IN_THE_CHAIR, "change chairs", _charting),
    c.Discharge: Permission(_RECOVERY, "discharge", _charting),
    c.LeaveBeforeReady: Permission(
        _RECOVERY | {SessionState.PAUSED}, "leave before ready", _charting
    ),
    oc.RecordObservations: Permission(_IN_THE_CHAIR | _AFTERWARDS, "chart observations", _charting),
    oc.AmendObservation: Permission(_IN_THE_CHAIR | _AFTERWARDS, "amend an observation", _charting),
    oc.WriteNote: Permission(_PLANNED | _IN_THE_CHAIR | _AFTERWARDS, "write a note", _charting),
    oc.ExplainMissedChecks: Permission(
        _WITH_DRUG | _RECOVERY | _AFTERWARDS, "explain a missed check", _charting
    ),
    oc.ChooseProfile: Permission(
        _PLANNED | _PREPARING, "choose another schedule of checks", _charting
    ),
    **{
        command: Permission(_IN_THE_CHAIR | _AFTERWARDS, words, _charting)
        for command, words in (
            (ic.ChangeOxygen, "chart oxygen"),
            (ic.GiveRescueDrug, "chart a rescue drug"),
            (ic.CallPrescriber, "chart a call"),
            (ic.ChartAnswer, "chart an answer"),
            (ic.ReportIvFailed, "chart the IV"),
            (ic.ResiteIv, "chart the IV"),
            (ic.RecordAdverseEvent, "chart an adverse event"),
            (ic.EndAdverseEvent, "chart an adverse event"),
            (ic.ReportSymptoms, "chart symptoms"),
            (ic.StampEmergency, "stamp an emergency"),
        )
    },
    ic.CallHelp: Permission(_IN_THE_CHAIR, "call for help", _anybody),
    ic.EndHelp: Permission(_IN_THE_CHAIR, "end a call for help", _charting),
    ic.BeginEmergency: Permission(_IN_THE_CHAIR, "begin an emergency", _anybody),
    ic.EndEmergency: Permission(_IN_THE_CHAIR, "end an emergency", _charting),
    c.CancelSession: Permission(_PLANNED | _PREPARING, "cancel the session", _charting),
    # drug that was drawn is accounted for even if nobody got any
    sc.DrawDrug: Permission(
        _IN_THE_CHAIR | _AFTERWARDS | _CANCELLED, "chart what was drawn", _charting
    ),
    sc.ReconcileDrug: Permission(
        _RECOVERY | _AFTERWARDS | _CANCELLED, "account for the drug", _charting
    ),
    sc.WitnessWaste: Permission(
        _RECOVERY | _AFTERWARDS | _CANCELLED, "witness the waste", _seconding
    ),
    sc.ExplainGaps: Permission(_WITH_DRUG | _RECOVERY | _AFTERWARDS, "explain a gap", _charting),
    sc.ReviewAlarms: Permission(_WITH_DRUG | _RECOVERY | _AFTERWARDS, "review alarms", _charting),
    care.AnswerHomeQuestions: Permission(
        _RECOVERY, "answer the questions before going home", _charting
    ),
    care.GiveHandover: Permission(_IN_THE_CHAIR, "hand over", _charting),
    sign.MakeReadyForSignOff: Permission(
        frozenset({SessionState.DISCHARGED}), "make ready for sign-off", _charting
    ),
    sign.SignSession: Permission(_AFTERWARDS, "sign the session", _signing),
    sign.AddSignature: Permission(
        _RECOVERY | _AFTERWARDS | _SIGNED, "add a signature", _adding_signatures
    ),
    sign.WriteAddendum: Permission(_SIGNED, "write an addendum", _charting),
}
"""All commands but the plan, which needs a session that is not there yet."""


def allowed(session: Session | None, by: Person, rules: SessionRules) -> frozenset[type[c.Command]]:
    """The commands that `by` may send now; each may still be refused for what it says."""
    if session is None:
        return frozenset({c.PlanSession} if by.role in rules.people.may_chart else ())
    return frozenset(
        command
        for command, permission in PERMISSIONS.items()
        if session.state in permission.states and by.role in permission.roles(rules)
    )


def refusal(session: Session, command: c.Command, rules: SessionRules) -> c.Refused | None:
    """Why the state or the role does not allow a command; None if they do."""
    return refusal_of(session, type(command), command.by.role, rules)


def refusal_of(
    session: Session, kind: type[c.Command], role: Role, rules: SessionRules
) -> c.Refused | None:
    """Why nobody of that role can send such a command now; None if they can."""
    permission = PERMISSIONS[kind]
    if session.state not in permission.states:
        return c.Refused(
            reason=f"cannot {permission.words}: the session's state is {session.state.value}",
            what_to_do=_instead(session.state, permission),
        )
    roles = permission.roles(rules)
    if role not in roles:
        return c.Refused(
            reason=f"{role.value} may not {permission.words}",
            what_to_do=f"ask a {' or '.join(role.value for role in roles)}",
        )
    return None


def _instead(state: SessionState, permission: Permission) -> str:
    if state is SessionState.SIGNED:
        return "write an addendum"
    if state is SessionState.CANCELLED:
        return "plan another session"
    named = [s.value for s in SessionState if s in permission.states]
    return f"possible in {' or '.join(named)}"
