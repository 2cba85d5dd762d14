"""What is kept in mind of each session of a patient: for the course and the "last time" card.

Everything here blocks and may raise RecordUnavailable.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from dashboard.context import Services
from dashboard.session_forms.delivery import delivery_of, devices_ever, pump_readings, span_of
from dashboard.session_shelf import Kept
from infusion.baseline import CuffPressure
from infusion.delivered import SegmentKind
from infusion.exact import plain
from infusion.happenings import session_chain
from infusion.helped import what_helped
from infusion.interventions.events import RescueDrugGiven
from infusion.observations.values import Level
from infusion.patient import PatientId
from infusion.report.delivery import flow_rules, real_pauses
from infusion.report.dose import SegmentLine
from infusion.report.later import sealed_dose_mg
from infusion.session import Session, devices_of
from infusion.signatures import corrections_waiting
from infusion.summary import PeakPressure, SessionSummary, SinceSigned
from vocabulary.ids import SessionId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind

DISSOCIATION: Final = "dissociation"
CADSS: Final = "cadss"
"""The observation items of those names (config/protocol.yaml)."""
_AFTER: Final = timedelta(seconds=1)


def sessions_of(parts: Services, patient: PatientId) -> tuple[Kept, ...]:
    """Every session of a patient, in the order they were planned."""
    plans = parts.record.chains.sessions(patient=patient)
    return parts.shelf.all_of([plan.session for plan in plans])


def summaries_of(parts: Services, kept: Iterable[Kept]) -> tuple[SessionSummary, ...]:
    """The summaries of those sessions that gave drug; of closed ones remembered."""
    return tuple(_remembered(parts, one) for one in kept if one.session.has_drug)


def _remembered(parts: Services, kept: Kept) -> SessionSummary:
    known = parts.summaries.get(kept.session.id)
    if known is not None and known[0] == kept.position:
        return known[1]
    summary = summary_of(parts, kept.session)
    if kept.session.closed is not None:
        parts.summaries[kept.session.id] = (kept.position, summary)
    return summary


def summary_of(parts: Services, session: Session) -> SessionSummary:
    """The summary of one session."""
    delivery = delivery_of(parts, session)
    dose, order = delivery.dose, session.order
    started_at = session.started_at or session.plan.planned_for
    cuffs = cuffs_of_session(parts, session)
    tolerated = tolerated_rate(delivery.segments, has_ended_early=session.early_end is not None)
    return SessionSummary(
        session=session.id,
        indication=session.indication,
        started_at=started_at,
        dose_mg=None if dose.by_volume_mg is None else float(dose.by_volume_mg),
        dose_mg_per_kg=None if order is None or dose.mg_kg is None else float(dose.mg_kg),
        peak=peak_pressure(cuffs),
        worst_dissociation=highest_level(session, DISSOCIATION),
        highest_cadss=highest_level(session, CADSS),
        rescue_drugs=rescue_drugs(session),
        tolerated_rate_mg_kg_h=None if tolerated is None else float(tolerated),
        what_helped=what_helped(session, cuffs, parts.configuration.observations),
        pauses=len(real_pauses(session, delivery.delivered.pauses)),
        ended_early="" if session.early_end is None else session.early_end.reason,
        recalculated=_since_signed(parts, session),
    )


def _since_signed(parts: Services, session: Session) -> SinceSigned | None:
    """What was signed, if it was worked out anew since."""
    if not session.corrected_since_sealed:
        return None
    begins, ends = span_of(session, datetime.now(UTC))
    sealed_mg = sealed_dose_mg(
        parts.record.chains.read(session_chain(session.id)).events,
        pump_readings(parts, session, begins, ends),
        flow_rules(parts.configuration),
    )
    return SinceSigned(
        sealed_mg=None if sealed_mg is None else float(sealed_mg),
        is_covered=not corrections_waiting(session),
    )


def highest_level(session: Session, item: str) -> int | None:
    """The highest level of a scale that was observed; None if nobody looked."""
    levels = [
        entry.value.level for entry in session.observed.of(item) if isinstance(entry.value, Level)
    ]
    return max(levels, default=None)


def rescue_drugs(session: Session) -> tuple[str, ...]:
    """The drugs that were given besides, each with its dose."""
    return tuple(
        f"{given.drug} {plain(given.dose)} {given.unit}"
        for given in session.interventions
        if isinstance(given, RescueDrugGiven)
    )


def tolerated_rate(
    segments: Sequence[SegmentLine], *, has_ended_early: bool = False
) -> Decimal | None:
    """The highest rate, mg/kg/h, that had not to be lowered; None if there is none."""
    rates = [
        line.rate_mg_kg_h
        for line in segments
        if line.kind is SegmentKind.INFUSION and line.rate_mg_kg_h
    ]
    kept = [
        rate
        for place, rate in enumerate(rates)
        if not any(later < rate for later in rates[place + 1 : place + 2])
    ]
    if has_ended_early and kept:
        kept.pop()
    return max(kept, default=None)


def cuffs_of_session(parts: Services, session: Session) -> tuple[CuffPressure, ...]:
    """The cuff readings while the patient was in the chair, in order of measurement."""
    monitors = devices_ever(session, DeviceKind.MONITOR)
    if not monitors:
        return ()
    begins, ends = span_of(session, datetime.now(UTC))
    found = {}
    for v in parts.record.cuffs_between(monitors, begins, ends + _AFTER):
        is_ours = v.device in devices_of(session, v.observed_at)
        if v.nibp_sys is None or v.nibp_dia is None or not is_ours or SignalName.NIBP in v.invalid:
            continue
        at = v.nibp_observed_at or v.observed_at
        found[at] = CuffPressure(sys=v.nibp_sys, dia=v.nibp_dia, observed_at=at, device=v.device)
    return tuple(found[at] for at in sorted(found))


def peak_pressure(cuffs: Iterable[CuffPressure]) -> PeakPressure | None:
    """The highest cuff pressure, by its systolic."""
    highest = max(cuffs, key=lambda cuff: (cuff.sys, cuff.dia), default=None)
    if highest is None:
        return None
    return PeakPressure(sys=highest.sys, dia=highest.dia, observed_at=highest.observed_at)


Summaries = dict[SessionId, tuple[int, SessionSummary]]
"""Summaries of closed sessions, each with the position of its chain."""
