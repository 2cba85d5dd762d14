"""Events -> session. Nothing is refused here, and nothing is lost.

People's events and device facts are taken up in the order of the record; the state and the runs
are worked out anew after each, so that late facts and corrections find their place by themselves.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias, get_args

import msgspec

from infusion import association
from infusion.alarms.events import AlarmDeeds, AlarmEvent
from infusion.association import Associations, Interval
from infusion.care_events import HandoverGiven, HomeQuestionsAnswered
from infusion.digests import SamplesDigested
from infusion.events import (
    CheckFellOverdue,
    InfusionEnded,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
)
from infusion.interventions.events import Intervention
from infusion.observations.events import (
    MissedChecksExplained,
    NoteWritten,
    ObservationAmended,
    ObservationsRecorded,
    ProfileChosen,
    ScheduleLaidOut,
)
from infusion.observations.observed import observed_of
from infusion.order import Order
from infusion.runs import DeviceFact, runs_of, tell_kinds
from infusion.session import Session, Stay
from infusion.session_events import (
    AssociationConfirmed,
    AssociationConfirmedAlone,
    AssociationCorrected,
    BaselineFrozen,
    DeviceAssociated,
    DeviceReleased,
    Discharged,
    InfusionEndedEarly,
    LeftBeforeReady,
    MadeReadyForSignOff,
    ManualDeliveryCharted,
    OrderGiven,
    PatientIdentified,
    PauseConfirmed,
    PeoplesEvent,
    PreparationAnswered,
    PreparationBegun,
    PreparationConfirmed,
    PreparationConfirmedAlone,
    PumpRunExplained,
    RateChangeExplained,
    SessionCancelled,
    SessionMovedToBed,
    SessionPlanned,
    StartHeld,
    StartOverridden,
    SyringeLoaded,
)
from infusion.sign_off_events import (
    AlarmsReviewed,
    DrugDrawn,
    DrugReconciled,
    GapsExplained,
    WasteWitnessed,
)
from infusion.signature_events import (
    AddendumWritten,
    LateDataArrived,
    SessionSigned,
    SignatureAdded,
)
from vocabulary.ids import BedId
from vocabulary.states import SessionState

_PassedOver: TypeAlias = SamplesDigested | AlarmEvent | AlarmDeeds
SessionInput: TypeAlias = PeoplesEvent | DeviceFact | CheckFellOverdue | _PassedOver
"""What stands in a session's chain. Digests and alarms change nothing of the session itself."""


class NotPlanned(ValueError):
    """Events of a session that begin with something else than its plan."""


def fold(events: Iterable[SessionInput]) -> Session:
    """The session after `events`, in their order. Raises NotPlanned if no plan comes first."""
    session: Session | None = None
    for event in events:
        session = take(session, event)
    if session is None:
        raise NotPlanned("there are no events, so there is no session")
    return session


def take(session: Session | None, event: SessionInput) -> Session:
    """`session` after one more event. Raises NotPlanned if the first one is no plan."""
    if session is None:
        if not isinstance(event, SessionPlanned):
            raise NotPlanned(f"{type(event).__name__} came before the session was planned")
        return Session(plan=event)
    if isinstance(event, _PassedOver):
        return session
    changed = msgspec.structs.replace(session, taken=session.taken + 1)
    if isinstance(event, InfusionStarted | InfusionPaused | InfusionResumed | InfusionEnded):
        changed = msgspec.structs.replace(changed, facts=(*changed.facts, event))
    else:
        changed = _TAKE[type(event)](changed, event)
    return _derived(changed)


def _derived(session: Session) -> Session:
    runs = tell_kinds(
        runs_of(session.facts, session.charted, session.associations),
        session.explained,
        session.associations,
        _ready_since(session),
    )
    session = msgspec.structs.replace(session, runs=runs)
    return msgspec.structs.replace(session, state=_state_of(session))


def _ready_since(session: Session) -> datetime | None:
    """Since when the pump may be started; None while it may not."""
    if session.ready is None:
        return None
    if session.held is None:
        return session.ready.at
    if session.overridden is None:
        return None
    return max(session.ready.at, session.overridden.at)


def _state_of(session: Session) -> SessionState:
    if session.signed is not None:
        return SessionState.SIGNED
    if session.made_ready is not None:
        return SessionState.READY_FOR_SIGN_OFF
    if isinstance(session.closed, Discharged | LeftBeforeReady):
        return SessionState.DISCHARGED
    if session.has_drug:
        return _state_with_drug(session)
    if session.closed is not None:
        return SessionState.CANCELLED
    return SessionState.PREPARING if session.stays else SessionState.PLANNED


def _state_with_drug(session: Session) -> SessionState:
    runs = session.drug_runs
    if any(run.is_running for run in runs):
        return SessionState.INFUSING
    last = max(runs, key=lambda run: (run.stopped_at or run.began_at, run.began_at))
    if last.ended_at is not None or session.early_end is not None or session.closed is not None:
        return SessionState.RECOVERY
    return SessionState.PAUSED


def _begin(session: Session, event: PreparationBegun) -> Session:
    return _move(session, event.bed, event.at)


def _change_bed(session: Session, event: SessionMovedToBed) -> Session:
    return _move(session, event.bed, event.at)


def _move(session: Session, bed: BedId, at: datetime) -> Session:
    stays = (*_left(session.stays, at), Stay(bed=bed, interval=Interval(since=at)))
    return msgspec.structs.replace(session, stays=stays)


def _left(stays: tuple[Stay, ...], at: datetime) -> tuple[Stay, ...]:
    return tuple(
        msgspec.structs.replace(
            stay, interval=Interval(since=stay.interval.since, until=max(at, stay.interval.since))
        )
        if stay.interval.until is None
        else stay
        for stay in stays
    )


def _close(session: Session, event: Discharged | LeftBeforeReady | SessionCancelled) -> Session:
    return msgspec.structs.replace(
        session,
        closed=event,
        stays=_left(session.stays, event.at),
        associations=association.release_all(session.associations, event.at),
    )


def _reorder(session: Session, event: OrderGiven) -> Session:
    before = session.order
    changed = msgspec.structs.replace(session, orders=(*session.orders, event))
    if before is None or (session.has_drug and not _is_other_drug(before, event.order)):
        return changed
    pumps = association.reorder(changed.associations, event.at)
    return msgspec.structs.replace(changed, associations=pumps)


def _is_other_drug(before: Order, after: Order) -> bool:
    return (before.drug, before.concentration.mg_ml) != (after.drug, after.concentration.mg_ml)


def _confirm_alone(session: Session, event: PreparationConfirmedAlone) -> Session:
    return msgspec.structs.replace(session, ready=event, exceptions=(*session.exceptions, event))


def _confirm_device(
    session: Session, event: AssociationConfirmed | AssociationConfirmedAlone
) -> Session:
    confirmed = association.confirm(session.associations, event)
    changed = msgspec.structs.replace(session, associations=confirmed)
    if isinstance(event, AssociationConfirmed):
        return changed
    return msgspec.structs.replace(changed, exceptions=(*session.exceptions, event))


def _observe(session: Session) -> Session:
    held = observed_of(session.observations, session.amendments)
    return msgspec.structs.replace(session, observed=held)


def _answer(session: Session, event: PreparationAnswered) -> Session:
    return msgspec.structs.replace(session, answers={**session.answers, event.item: event})


def _correct(session: Session, event: AssociationCorrected) -> Session:
    after = (event,) if session.signed is not None else ()
    return msgspec.structs.replace(
        session,
        associations=association.correct(session.associations, event),
        corrections=(*session.corrections, event),
        corrected_since_sealed=(*session.corrected_since_sealed, *after),
    )


def _sign(session: Session, event: SessionSigned) -> Session:
    return msgspec.structs.replace(
        session,
        signed=session.signed or event,  # sealed once; a second word stays in the record
        signatures=(*session.signatures, event),
    )


def _add_addendum(session: Session, event: AddendumWritten) -> Session:
    return msgspec.structs.replace(
        session,
        signatures=(*session.signatures, event),
        corrections_answered=len(session.corrected_since_sealed),
    )


def _associations(
    change: Callable[[Associations, Any], Associations],
) -> Callable[[Session, Any], Session]:
    def changed(session: Session, event: Any) -> Session:  # noqa: ANN401 - whatever `change` takes
        return msgspec.structs.replace(session, associations=change(session.associations, event))

    return changed


def _put(field: str) -> Callable[[Session, Any], Session]:
    def changed(session: Session, event: Any) -> Session:  # noqa: ANN401 - any event
        return msgspec.structs.replace(session, **{field: event})

    return changed


def _add(field: str) -> Callable[[Session, Any], Session]:
    def changed(session: Session, event: Any) -> Session:  # noqa: ANN401 - any event
        return msgspec.structs.replace(session, **{field: (*getattr(session, field), event)})

    return changed


_TAKE: Final[dict[type[Any], Callable[[Session, Any], Session]]] = {
    SessionPlanned: lambda session, _: session,  # planned once; the record keeps the second word
    PreparationBegun: _begin,
    PatientIdentified: _put("identified"),
    OrderGiven: _reorder,
    PreparationAnswered: _answer,
    BaselineFrozen: _put("baseline"),
    StartHeld: _put("held"),
    StartOverridden: _put("overridden"),
    PreparationConfirmed: _put("ready"),
    PreparationConfirmedAlone: _confirm_alone,
    DeviceAssociated: _associations(association.associate),
    SyringeLoaded: _associations(association.load),
    AssociationConfirmed: _confirm_device,
    AssociationConfirmedAlone: _confirm_device,
    AssociationCorrected: _correct,
    DeviceReleased: _associations(lambda held, e: association.release(held, e.device, e.at)),
    PumpRunExplained: _add("explained"),
    RateChangeExplained: _add("rate_changes"),
    PauseConfirmed: _put("last_pause"),
    InfusionEndedEarly: _put("last_early_end"),
    ManualDeliveryCharted: _add("charted"),
    SessionMovedToBed: _change_bed,
    Discharged: _close,
    LeftBeforeReady: _close,
    SessionCancelled: _close,
    ScheduleLaidOut: _put("laid_out"),
    ProfileChosen: _put("profile_chosen"),
    CheckFellOverdue: _add("overdue"),
    ObservationsRecorded: lambda session, e: _observe(_add("observations")(session, e)),
    ObservationAmended: lambda session, e: _observe(_add("amendments")(session, e)),
    MissedChecksExplained: _add("explained_checks"),
    NoteWritten: _add("notes"),
    **dict.fromkeys(get_args(Intervention), _add("interventions")),
    DrugDrawn: _add("drawn"),
    DrugReconciled: _add("reconciled"),
    WasteWitnessed: _add("witnessed"),
    GapsExplained: _add("gaps_explained"),
    AlarmsReviewed: _add("alarms_reviewed"),
    MadeReadyForSignOff: _put("made_ready"),
    SessionSigned: _sign,
    SignatureAdded: _add("signatures"),
    AddendumWritten: _add_addendum,
    LateDataArrived: _add("late"),
    HomeQuestionsAnswered: lambda session, event: msgspec.structs.replace(
        session, home_answers={**session.home_answers, **event.answers}
    ),
    HandoverGiven: _add("handovers"),
}
