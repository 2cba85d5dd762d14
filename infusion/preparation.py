"""What is still open before the start, in words for the tile and for the second person."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from infusion.answers import is_accepted, shown
from infusion.association import Association, Change
from infusion.baseline import CuffPressure, holding_readings
from infusion.configuration import ClinicConfiguration, PreparationItem, SessionRules
from infusion.patient import AccountId
from infusion.session import Session
from infusion.session_events import AssociationBasis, StartHeld
from vocabulary.states import DeviceKind, SessionState

SECOND_CONFIRMS = "second person confirms"
_BEFORE_THE_START = frozenset(
    {
        SessionState.PLANNED,
        SessionState.PREPARING,
        SessionState.INFUSING,
        SessionState.PAUSED,
    }
)


def what_is_open(session: Session, configuration: ClinicConfiguration) -> tuple[str, ...]:
    """What still has to be done before the start, most important first; empty: may be started.

    While a pump runs it tells what should have been done. Nothing once the infusion is over.
    """
    if session.state not in _BEFORE_THE_START:
        return ()
    found = list(open_besides_second(session, configuration))
    found.extend(_unconfirmed_devices(session))
    if session.ready is None:
        found.append(SECOND_CONFIRMS)
    return tuple(found)


def open_of_the_start(session: Session, configuration: ClinicConfiguration) -> tuple[str, ...]:
    """What should have been done before the start, by now; a device that came later is no part.

    Nothing once the infusion is over.
    """
    if session.state not in _BEFORE_THE_START:
        return ()
    found = open_besides_second(session, configuration)
    return (*found, SECOND_CONFIRMS) if session.ready is None else found


def open_besides_second(session: Session, configuration: ClinicConfiguration) -> tuple[str, ...]:
    """What is open before a second person can be asked."""
    rules = configuration.sessions
    found: list[str] = []
    if is_held(session) and session.held is not None:
        pressures = ", ".join(_shown_pressure(p) for p in session.held.readings)
        found.append(f"BP {pressures}: prescriber must override")
    if session.bed is None:
        found.append("patient takes a chair")
    if session.identified is None:
        found.append("identify the patient")
    if session.order is None:
        found.append("order")
    found.extend(_missing_devices(session, rules))
    found.extend(_wrong_syringes(session))
    found.extend(_open_items(session, rules))
    if session.baseline is None:
        found.append("baseline")
    return tuple(found)


def is_held(session: Session) -> bool:
    """Whether the pressure holds the start and no prescriber has overridden that."""
    return session.held is not None and session.overridden is None


def find_hold(
    session: Session, pressures: tuple[CuffPressure, ...], now: datetime, rules: SessionRules
) -> StartHeld | None:
    """That the start is held, if these readings since the patient sat down say so for the first
    time. Only before any drug, and once: a prescriber's override holds.
    """
    if session.held is not None or session.state is not SessionState.PREPARING:
        return None
    since = session.stays[0].interval.since
    holding = holding_readings((p for p in pressures if p.observed_at >= since), rules.hold)
    if not holding:
        return None
    return StartHeld(
        session=session.id,
        at=now,
        readings=holding,
        above_sys=rules.hold.above_sys,
        above_dia=rules.hold.above_dia,
    )


def first_persons(session: Session, rules: SessionRules) -> frozenset[AccountId]:
    """Who prepared, and so cannot be the second person of the preparation.

    An item that only some roles may answer makes nobody a first person: the prescriber who saw
    the history may still be the second one.
    """
    persons = set()
    if session.identified is not None:
        persons.add(session.identified.by.account)
    for answered in session.answers.values():
        item = rules.find_item(answered.item)
        if item is None or not item.roles:
            persons.add(answered.by.account)
    for held in session.associations:
        if held.is_standing:
            persons.update(held.first_persons)
    return frozenset(persons)


def earliest_start(session: Session, configuration: ClinicConfiguration) -> datetime | None:
    """Before this no infusion of this patient starts (hard minimum since the last); UTC."""
    last = session.plan.last_drug_at
    if last is None:
        return None
    return last + timedelta(hours=configuration.course.hard_minimum_h)


def too_soon(configuration: ClinicConfiguration) -> str:
    """Why nothing starts before `earliest_start`."""
    hours = configuration.course.hard_minimum_h
    return f"less than {hours:g} h since the start of the last infusion"


def _open_items(session: Session, rules: SessionRules) -> Iterator[str]:
    for block in rules.blocks:
        for item in block.items:
            answered = session.answers.get(item.item)
            if answered is None:
                if item.is_required:
                    yield _asked(item)
            elif not is_accepted(item, answered.answer):
                yield f"{item.text}: {shown(answered.answer)}"


def _asked(item: PreparationItem) -> str:
    if not item.roles:
        return item.text
    return f"{item.text} ({' or '.join(role.value for role in item.roles)})"


def _missing_devices(session: Session, rules: SessionRules) -> Iterator[str]:
    for kind in rules.required_devices:
        if not any(a.kind is kind and a.is_standing for a in session.associations):
            yield f"associate a {kind.value}"


def _wrong_syringes(session: Session) -> Iterator[str]:
    order = session.order
    for held in session.associations:
        syringe = held.syringe
        if order is None or syringe is None or not held.is_standing:
            continue
        if (syringe.drug, syringe.concentration.mg_ml) != (order.drug, order.concentration.mg_ml):
            yield (
                f"{held.device} holds {syringe.drug} {syringe.concentration.mg_ml:.2f} mg/mL, "
                f"ordered {order.drug} {order.concentration.mg_ml:.2f} mg/mL"
            )


def _unconfirmed_devices(session: Session) -> Iterator[str]:
    for held in session.associations:
        if held.is_standing and not held.is_confirmed:
            yield f"{held.device} unconfirmed: {_changes(held)}"


def _changes(held: Association) -> str:
    words = [change.value for change in held.unconfirmed if change is not Change.DEVICE]
    if Change.DEVICE not in held.unconfirmed:
        return ", ".join(words)
    is_pump = held.kind is DeviceKind.PUMP
    by_hand = " without a connection" if held.basis is AssociationBasis.NO_CONNECTION else ""
    return ", ".join([f"new {'pump' if is_pump else 'monitor'}{by_hand}", *words])


def _shown_pressure(pressure: CuffPressure) -> str:
    return f"{pressure.sys:.0f}/{pressure.dia:.0f}"
