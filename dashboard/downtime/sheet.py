"""What stands on the downtime sheet of a bed: enough to go on with paper. Blocks.

May raise RecordUnavailable.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

import pandas as pd

from dashboard.context import Services
from dashboard.session_forms.delivery import SessionDelivery, delivery_of, devices_ever
from dashboard.session_forms.evidence import evidence_of
from dashboard.trends.reading import cuffs_of
from infusion.baseline import CuffPressure
from infusion.checks_sight import words_of
from infusion.dose import dose_rate_of
from infusion.exact import plain
from infusion.handover import Around, Sbar, handover
from infusion.observations.evidence import Evidence
from infusion.order import Order
from infusion.patient import Patient
from infusion.readings import CuffPressure as CuffReading
from infusion.readings import readings_in
from infusion.schedule import checks_until, has_schedule, schedule_of
from infusion.session import Session, devices_of
from vocabulary.ids import DeviceId, SessionId, WardId
from vocabulary.signals import SIGNALS, SignalName
from vocabulary.states import DeviceKind, SessionState
from wire.bed_state import BedState

RUNNING: Final = (
    SessionState.PREPARING,
    SessionState.INFUSING,
    SessionState.PAUSED,
    SessionState.RECOVERY,
)
"""The sessions that have a sheet: a patient is in the chair."""
HOUR: Final = timedelta(hours=1)
STEP: Final = timedelta(minutes=5)
AROUND: Final = timedelta(seconds=15)
"""A number counts for a line if it was measured so shortly before it."""
AHEAD: Final = timedelta(hours=2)
"""Checks that fall due within this have a line of their own."""
NUMBERS: Final = (SignalName.HR, SignalName.SPO2, SignalName.RR, SignalName.ETCO2)


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalsLine:
    """The numbers of one moment, as they are shown, and the last cuff reading of five minutes."""

    at: datetime
    numbers: dict[SignalName, str]
    cuff: CuffPressure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """A check to be done on paper."""

    at: datetime
    what: str
    is_overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All that stands on a sheet, as it was at `made_at` (UTC).

    `ends_at`: of the infusion, if it goes on like this. `heard_at`: when the bed was last heard
    live, which the alarms are from; None: not at all. `highest`: the highest cuff reading since the
    patient took the chair, with which a stop of the drug is decided.
    """

    session: SessionId
    ward: WardId
    chair: str
    state: SessionState
    made_at: datetime
    zone: tzinfo
    patient: Patient
    order: tuple[str, ...]
    dose: tuple[str, ...]
    ends_at: datetime | None
    around: Sbar
    vitals: tuple[VitalsLine, ...]
    highest: CuffPressure | None
    alarms: tuple[str, ...]
    heard_at: datetime | None
    due: tuple[DueLine, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The newest state of a bed, and when it was heard (UTC)."""

    state: BedState
    at: datetime


def sheet_of(
    parts: Services, session: Session, heard: Heard | None, now: datetime, zone: tzinfo
) -> Sheet:
    """The sheet of a session at `now` (UTC)."""
    clinic = parts.configuration
    delivery = delivery_of(parts, session)
    cuffs = _cuffs(parts, session, now)
    own = heard if heard is not None and _is_of(heard.state, session) else None
    evidence = evidence_of(parts, session, delivery, cuffs, now)
    chair = _chair(parts, session)
    around = Around(chair=chair, given_mg=None, ordered_mg=None)
    return Sheet(
        session=session.id,
        ward=session.plan.ward,
        chair=chair,
        state=session.state,
        made_at=now,
        zone=zone,
        patient=session.patient,
        order=() if session.order is None else tuple(_order(session.order)),
        dose=tuple(_dose(session, delivery)),
        ends_at=evidence.expected_end,
        around=handover(session, around, now, zone, clinic),
        vitals=_vitals(parts, session, cuffs, now),
        highest=max(cuffs, key=lambda cuff: cuff.sys, default=None),
        alarms=() if own is None else tuple(_alarms(own.state, zone)),
        heard_at=None if own is None else own.at,
        due=_due(parts, session, evidence, now),
        columns=_columns(parts),
    )


def _is_of(state: BedState, session: Session) -> bool:
    return state.session is not None and state.session.id == session.id


def _chair(parts: Services, session: Session) -> str:
    ward = parts.ward(session.plan.ward)
    beds = () if ward is None else ward.beds
    label = next((plan.label for plan in beds if plan.bed == session.bed), "")
    return label or f"Bed {session.bed}"


def _order(order: Order) -> Iterator[str]:
    rate, strength = order.start_rate_mg_kg_h, order.concentration.mg_ml
    yield f"{order.drug} {plain(strength)} mg/mL, by {order.prescriber}"
    yield f"start at {plain(rate)} mg/kg/h = {order.start_rate_ml_h:.1f} mL/h"
    yield (
        f"between {plain(order.lowest_mg_kg_h)} and {plain(order.highest_mg_kg_h)} mg/kg/h, "
        f"steps of {plain(order.step_mg_kg_h)}"
    )
    planned = "" if order.planned_min is None else f" in {order.planned_min:.0f} min"
    if order.planned_mg is not None:
        yield f"{order.planned_mg:.1f} mg{planned}; dosing weight {plain(order.weight.kg)} kg"


def _dose(session: Session, delivery: SessionDelivery) -> Iterator[str]:
    dose, delivered = delivery.dose, delivery.delivered
    if dose.by_volume_mg is None or not session.has_drug:
        yield (
            "nothing given yet, as far as is known"
            if not session.has_drug
            else (f"given {delivered.drug_ml:.2f} mL; what the pump held is not recorded")
        )
        return
    ordered = "" if dose.ordered_mg is None else f" of {dose.ordered_mg:.1f}"
    yield f"given {dose.by_volume_mg:.1f}{ordered} mg ({delivered.drug_ml:.2f} mL)"
    rate, order = delivered.rate_ml_h, session.order
    if rate is not None and rate > 0:
        by_weight = ""
        if order is not None:
            mg_kg_h = dose_rate_of(rate, order.weight, order.concentration)
            by_weight = f" = {mg_kg_h:.2f} mg/kg/h"
        yield f"rate {plain(rate)} mL/h{by_weight}"
    elif session.state is SessionState.INFUSING:
        yield "the rate is not known"


def _alarms(state: BedState, zone: tzinfo) -> Iterator[str]:
    marks = {"high": "!!!", "medium": "!!", "low": "!"}
    for alarm in state.alarms:
        mark = marks.get(alarm.priority.value, "")
        yield f"{mark} {alarm.text}, since {alarm.since.astimezone(zone):%H:%M}"


def _cuffs(parts: Services, session: Session, now: datetime) -> tuple[CuffPressure, ...]:
    frame = cuffs_of(parts, session, now)
    monitor = next(iter(devices_ever(session, DeviceKind.MONITOR)), DeviceId("-"))
    times = pd.DatetimeIndex(frame.index).to_pydatetime()
    readings = zip(times, frame["nibp_sys"], frame["nibp_dia"], strict=True)
    return tuple(
        CuffPressure(sys=float(sys), dia=float(dia), observed_at=at, device=monitor)
        for at, sys, dia in readings
    )


def _vitals(
    parts: Services, session: Session, cuffs: Sequence[CuffPressure], now: datetime
) -> tuple[VitalsLine, ...]:
    """Every five minutes of the last hour in which anything was measured; the newest first."""
    lines = []
    monitors = devices_ever(session, DeviceKind.MONITOR)
    for place in range(HOUR // STEP):
        at = now - place * STEP
        numbers = _numbers_at(parts, session, monitors, at)
        within = (cuff for cuff in cuffs if at - STEP < cuff.observed_at <= at)
        cuff = max(within, key=lambda found: found.observed_at, default=None)
        if numbers or cuff is not None:
            lines.append(VitalsLine(at=at, numbers=numbers, cuff=cuff))
    return tuple(lines)


def _numbers_at(
    parts: Services, session: Session, monitors: Sequence[DeviceId], at: datetime
) -> dict[SignalName, str]:
    found: dict[SignalName, str] = {}
    rows = parts.record.vitals_between(monitors, at - AROUND, at) if monitors else []
    for row in rows:
        if row.device not in devices_of(session, row.observed_at):
            continue
        for signal, reading in readings_in(row):
            value = reading.value
            if signal in NUMBERS and value is not None and not isinstance(value, CuffReading):
                found[signal] = f"{value:.{SIGNALS[signal].decimals}f}"
    return found


def _due(
    parts: Services,
    session: Session,
    evidence: Evidence,
    now: datetime,
) -> tuple[DueLine, ...]:
    """What waits, and what falls due within two hours if all goes on as it does."""
    clinic = parts.configuration
    if not has_schedule(session):
        return ()
    schedule = schedule_of(session, evidence, now, clinic)
    return tuple(
        DueLine(
            at=check.due_at,
            what=words_of(check, clinic.observations),
            is_overdue=check.is_overdue,
        )
        for check in checks_until(schedule, now + AHEAD, session, clinic)
    )


def _columns(parts: Services) -> tuple[str, ...]:
    """What is written at each check: what a nurse judges in the shortest form of a patient."""
    rules = parts.configuration.observations
    quick = next((form for form in rules.sets if form.filled), None)
    asked = () if quick is None else quick.asked
    items = (rules.find_item(name) for name in asked)
    return tuple(item.text for item in items if item is not None)
