"""A nurse who does what is due: each open check on its form, judged as it goes in most sessions."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from demo.bedside import MonitorSeen
from demo.cast import NURSE
from infusion.answers import Choice, Number, YesNo
from infusion.configuration import ClinicConfiguration, Measure
from infusion.observations.checks import Check
from infusion.observations.closer import RateStep
from infusion.observations.commands import RecordObservations
from infusion.observations.events import Basis, DeviceValue, NotObserved, ObservedItem
from infusion.observations.evidence import Evidence
from infusion.observations.rules import ItemKind, ObservationItem
from infusion.observations.values import Level, Pressure, Value
from infusion.schedule import schedule_of
from infusion.session import Session
from vocabulary.ids import ObservationId
from vocabulary.signals import SignalName

_MEASURES: Final = {
    SignalName.HR: Measure.HR,
    SignalName.SPO2: Measure.SPO2,
    SignalName.RR: Measure.RR,
    SignalName.ETCO2: Measure.ETCO2,
    SignalName.TEMP: Measure.TEMP,
}
_PEAK_MIN: Final = 60.0
_PEAK_DISSOCIATION: Final = 5
"""How strong dissociation is when the drug has run for an hour; it comes and goes evenly."""
_JUDGED: Final = {"sedation": 5, "nausea": 0, "distress": 1, "pain": 2}
_NO_DEVICE: Final = "no_device"


def due_commands(
    session: Session,
    shown: MonitorSeen,
    steps: tuple[RateStep, ...],
    now: datetime,
    clinic: ClinicConfiguration,
) -> Iterator[RecordObservations]:
    """The form of what has been due the longest; nothing if nothing is."""
    evidence = Evidence(cuffs=tuple(shown.pressures), rate_steps=steps)
    schedule = schedule_of(session, evidence, now, clinic)
    due = [check for check in schedule.open if check.due_at <= now or session.started_at is None]
    for check in due[:1]:
        if check.set:
            yield _form(session, check, shown, now, clinic)


def _form(
    session: Session, check: Check, shown: MonitorSeen, now: datetime, clinic: ClinicConfiguration
) -> RecordObservations:
    filled = filled_form(session, check.set, shown, now, clinic)
    observed = {entry.item for entry in filled.observed}
    missing = [
        NotObserved(item=name, reason=_NO_DEVICE)
        for name in _items_of(check.set, clinic)
        if name in check.items and name not in observed
    ]
    return msgspec.structs.replace(
        filled, not_observed=tuple(missing), due_items=check.items, due_at=check.due_at
    )


def filled_form(
    session: Session, name: str, shown: MonitorSeen, now: datetime, clinic: ClinicConfiguration
) -> RecordObservations:
    """A form by its name: judged as in most sessions, and what the monitor shows is accepted."""
    observed = []
    for item_name in _items_of(name, clinic):
        item = clinic.observations.find_item(item_name)
        if item is not None:
            entry = _judged(item, session, now) if item.is_judged else _filled(item, shown)
            observed += [] if entry is None else [entry]
    return RecordObservations(
        by=NURSE,
        observation=ObservationId(f"{session.id}-{len(session.observations) + 1}"),
        set=name,
        observed=tuple(observed),
        seen=len(session.observations),
    )


def with_levels(form: RecordObservations, levels: Mapping[str, int]) -> RecordObservations:
    """The same form, some of its scales judged otherwise."""
    observed = tuple(
        msgspec.structs.replace(entry, value=Level(level=levels[entry.item]))
        if entry.item in levels
        else entry
        for entry in form.observed
    )
    return msgspec.structs.replace(form, observed=observed)


def _items_of(name: str, clinic: ClinicConfiguration) -> tuple[str, ...]:
    form = clinic.observations.find_set(name)
    return () if form is None else form.items


def _judged(item: ObservationItem, session: Session, now: datetime) -> ObservedItem:
    return ObservedItem(item=item.item, value=_value(item, session, now), basis=Basis.JUDGED)


def _value(item: ObservationItem, session: Session, now: datetime) -> Value:
    if item.kind is ItemKind.SCALE:
        level = _JUDGED.get(item.item, 0)
        if item.item == "dissociation":
            level = _dissociation(session, now)
        return Level(level=level)
    if item.kind is ItemKind.YES_NO:
        return YesNo(is_yes=True)
    options = item.options
    if item.item == "perception" and _dissociation(session, now) > 1:
        options = item.options[1:]
    return Choice(option=options[0])


def _dissociation(session: Session, now: datetime) -> int:
    if session.started_at is None:
        return 0
    minutes = (now - session.started_at).total_seconds() / 60
    share = max(0.0, 1 - abs(minutes - _PEAK_MIN) / _PEAK_MIN)
    return round(_PEAK_DISSOCIATION * share)


def _filled(item: ObservationItem, shown: MonitorSeen) -> ObservedItem | None:
    """What the monitor shows, accepted; None if it shows nothing."""
    offered = _offered(item, shown)
    if offered is None:
        return None
    return ObservedItem(item=item.item, value=offered.value, basis=Basis.DEVICE, offered=offered)


def _offered(item: ObservationItem, shown: MonitorSeen) -> DeviceValue | None:
    if item.kind is ItemKind.PRESSURE:
        if not shown.pressures:
            return None
        cuff = shown.pressures[-1]
        pressure = Pressure(sys=cuff.sys, dia=cuff.dia)
        return DeviceValue(device=shown.device, value=pressure, observed_at=cuff.observed_at)
    measure = None if item.signal is None else _MEASURES.get(item.signal)
    reading = None if measure is None else shown.numbers.get(measure)
    if reading is None:
        return None
    number = Number(value=Decimal(str(reading.value)), unit=item.unit)
    return DeviceValue(device=shown.device, value=number, observed_at=reading.observed_at)
