"""What a bed shows of the session whose patient is in its chair."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from infusion.baseline import deltas
from infusion.bed import RunningPump, ShownDose, ShownPump, ShownSession
from infusion.chart import Chart
from infusion.configuration import ClinicConfiguration, Measure
from infusion.given import Given
from infusion.lone_pump import view_pump
from infusion.patient import initials_of
from infusion.preparation import what_is_open
from infusion.pump import reading_state
from infusion.readings import CuffPressure, Reading
from infusion.recovery import Measured, readiness_of
from infusion.runs import PumpRun
from infusion.scores.score import given_signal
from infusion.session import (
    Session,
    running_devices,
    still_running,
    unconfirmed_runs,
    waiting_for_second,
)
from vocabulary.ids import DeviceId
from vocabulary.signals import SignalName
from vocabulary.states import ReadingState, SessionState

_MEASURES = {
    SignalName.HR: Measure.HR,
    SignalName.SPO2: Measure.SPO2,
    SignalName.RR: Measure.RR,
    SignalName.ETCO2: Measure.ETCO2,
    SignalName.TEMP: Measure.TEMP,
    SignalName.NIBP: Measure.NIBP_SYS,
}
"""What a signal is compared with; of a cuff reading it is the systolic."""


def view_session(
    session: Session, chart: Chart, given: Given, now: datetime, clinic: ClinicConfiguration
) -> ShownSession:
    """What the tile says of `session` at `now` (UTC); place and shared initials are not its own."""
    delivered = given.delivered
    pauses = delivered.pauses
    pause = "" if not pauses or pauses[-1].reason is None else pauses[-1].reason.value
    if session.pause is not None:
        pause = session.pause.reason
    is_running = session.state is SessionState.INFUSING
    return ShownSession(
        state=session.state,
        id=session.id,
        since=_since(session),
        started_at=session.started_at,
        stopped_at=session.drug_stopped_at,
        running_s=delivered.running_s_at(now),
        is_running=is_running,
        planned_s=given.planned_s or clinic.planned_infusion_s,
        initials=initials_of(session.patient),
        open_steps=_open_steps(session, chart, given, now, clinic),
        pause_reason=pause if session.state is SessionState.PAUSED else "",
        still_running=_running(still_running(session, now, clinic.sessions), chart, now, clinic),
        waiting=waiting_for_second(session, clinic.sessions),
    )


def _open_steps(
    session: Session, chart: Chart, given: Given, now: datetime, clinic: ClinicConfiguration
) -> tuple[str, ...]:
    """What is open before the start; in recovery, why the patient may not go home yet."""
    if session.state is not SessionState.RECOVERY:
        return what_is_open(session, clinic)
    spo2 = given_signal(chart.readings.get(SignalName.SPO2), now, clinic.signals[SignalName.SPO2])
    measured = Measured(cuffs=chart.pressures, spo2=spo2, last_flow_at=given.delivered.last_drug_at)
    return readiness_of(session, measured, now, clinic).reasons


def unconfirmed(
    session: Session, chart: Chart, now: datetime, clinic: ClinicConfiguration
) -> tuple[RunningPump, ...]:
    """The session's pumps that run, and nobody said what for."""
    runs = (run for run in unconfirmed_runs(session) if run.is_running)
    return _running(runs, chart, now, clinic)


def view_dose(given: Given) -> ShownDose:
    """What was given and ordered, mg, for a screen."""
    return ShownDose(
        given_mg=_number(given.given_mg),
        given_mg_per_kg=_number(given.given_mg_per_kg),
        given_ml=float(given.delivered.drug_ml),
        ordered_mg=_number(given.ordered_mg),
        predicted_end=given.predicted_end,
        dose_rate_mg_kg_h=_number(given.dose_rate_mg_kg_h),
        back_check=given.back_check,
        is_manual=given.is_manual,
    )


def shown_pump(
    session: Session, chart: Chart, given: Given, now: datetime, clinic: ClinicConfiguration
) -> ShownPump | None:
    """The pump that matters: one that runs, else the one that reported last."""
    running = running_devices(session)
    last = max(
        chart.pumps.values(), key=lambda r: (r.device in running, r.observed_at), default=None
    )
    if last is None:
        return None
    volume_ml = sum(
        s.volume_ml
        for s in given.delivered.segments
        if s.device == last.device and s.volume_ml is not None
    )
    return view_pump(last, float(volume_ml), now, clinic)


def deltas_of(session: Session, readings: dict[SignalName, Reading]) -> dict[SignalName, float]:
    """How far each reading is from the frozen baseline, in its own unit."""
    if session.baseline is None:
        return {}
    current = {
        _MEASURES[signal]: value
        for signal, reading in readings.items()
        if signal in _MEASURES and (value := _comparable(reading)) is not None
    }
    found = deltas(session.baseline.values, current)
    return {
        signal: found[measure].absolute for signal, measure in _MEASURES.items() if measure in found
    }


def _comparable(reading: Reading) -> float | None:
    value = reading.value
    return value.sys if isinstance(value, CuffPressure) else value


def _since(session: Session) -> datetime:
    runs = session.drug_runs
    match session.state:
        case SessionState.INFUSING:
            return max(run.began_at for run in runs if run.is_running)
        case SessionState.PAUSED | SessionState.RECOVERY:
            return session.drug_stopped_at or max(run.began_at for run in runs)
        case _:
            return session.stays[0].interval.since if session.stays else session.plan.at


def _running(
    runs: Iterable[PumpRun], chart: Chart, now: datetime, clinic: ClinicConfiguration
) -> tuple[RunningPump, ...]:
    return tuple(
        RunningPump(
            device=run.device, since=run.began_at, rate_ml_h=_rate(chart, run.device, now, clinic)
        )
        for run in runs
    )


def _rate(
    chart: Chart, device: DeviceId, now: datetime, clinic: ClinicConfiguration
) -> float | None:
    last = chart.pumps.get(device)
    if last is None or "rate" in last.implausible:
        return None
    is_stale = reading_state(last, now, clinic.pump) is ReadingState.STALE
    return None if is_stale else last.rate_ml_h


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
