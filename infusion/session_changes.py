"""What each event changes of a session: its own part, before state and runs are worked out anew."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, get_args

import msgspec

from infusion import association
from infusion.association import Associations, Interval
from infusion.care_events import HandoverGiven, HomeQuestionsAnswered
from infusion.events import CheckFellOverdue
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


def changed_by(session: Session, event: msgspec.Struct) -> Session:
    """`session` with what one event says of it; its runs and its state are those from before."""
    return _CHANGES[type(event)](session, event)


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
    answered = session.corrections_answered
    if event.covers_recalculated is not False:
        answered = len(session.corrected_since_sealed)
    return msgspec.structs.replace(
        session, signatures=(*session.signatures, event), corrections_answered=answered
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


_CHANGES: Final[dict[type[Any], Callable[[Session, Any], Session]]] = {
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
