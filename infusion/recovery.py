"""What readiness to go home is judged by, from a session and what its monitors told."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from infusion.answers import Choice, Number, Text
from infusion.baseline import CuffPressure
from infusion.configuration import ClinicConfiguration, Measure
from infusion.interventions.effects import oxygen_l_min
from infusion.observations.observed import Entry
from infusion.observations.values import Level, Pressure
from infusion.readiness import Readiness, Recovery, readiness
from infusion.schedule import stay_s
from infusion.scores.cssrs import SuicideScreen, Triage
from infusion.scores.score import Given
from infusion.session import Session, running_devices

BP: Final = "bp"
SPO2: Final = "spo2"
SEDATION: Final = "sedation"
SAFETY: Final = "safety"
"""The items of observation (protocol.yaml) that the criteria are about."""
ESCORT: Final = "escort"
"""The question of the preparation that names who takes the patient home."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What devices told of a session: cuff readings, the newest SpO2, the end of the last flow.

    `last_flow_at`: by the segments, a flow that keeps the vein open included; None: not known.
    """

    cuffs: tuple[CuffPressure, ...] = ()
    spo2: Given[float] = Given()
    last_flow_at: datetime | None = None


def readiness_of(
    session: Session,
    measured: Measured,
    now: datetime,
    configuration: ClinicConfiguration,
    escort: str | None = None,
) -> Readiness:
    """Whether the patient may go home at `now` (UTC). `escort`: who is named now, if anybody is."""
    recovery = recovery_of(session, measured, now)
    if escort is not None:
        recovery = msgspec.structs.replace(recovery, escort=escort)
    return readiness(recovery, now, configuration.discharge, stay_s(session, configuration))


def recovery_of(session: Session, measured: Measured, now: datetime) -> Recovery:
    """Everything that the criteria need, as it is known at `now` (UTC).

    Oxygen that nobody charted was not given.
    """
    baseline = _baseline(session)
    stops = [t for t in (session.drug_stopped_at, measured.last_flow_at) if t is not None]
    last_drug_at = max(stops, default=None)
    return Recovery(
        last_drug_at=last_drug_at,
        is_delivering=bool(running_devices(session)),
        cuffs=_cuffs(session, measured.cuffs, now),
        baseline_sys=baseline.get(Measure.NIBP_SYS),
        baseline_dia=baseline.get(Measure.NIBP_DIA),
        spo2=_spo2(session, measured.spo2, now),
        baseline_spo2=baseline.get(Measure.SPO2),
        on_oxygen=_is_on_oxygen(session, now),
        was_on_oxygen=session.baseline is not None and _is_on_oxygen(session, session.baseline.at),
        moaas=_level(session.observed.latest(SEDATION, now)),
        answers=session.home_answers,
        safety=_safety(session, now, last_drug_at),
        escort=escort_of(session),
    )


def _baseline(session: Session) -> dict[Measure, float]:
    if session.baseline is None:
        return {}
    return {value.measure: value.value for value in session.baseline.values}


def _is_on_oxygen(session: Session, at: datetime) -> bool:
    return bool(oxygen_l_min(session, at))


def _cuffs(
    session: Session, measured: Iterable[CuffPressure], now: datetime
) -> tuple[CuffPressure, ...]:
    """Those of the devices, and those that a nurse took; one that was accepted is the device's."""
    found = {cuff.observed_at: cuff for cuff in measured if cuff.observed_at <= now}
    for entry in session.observed.of(BP):
        value = entry.value
        is_known = any((cuff.sys, cuff.dia) == _numbers(value) for cuff in found.values())
        if isinstance(value, Pressure) and entry.at <= now and not is_known:
            found[entry.at] = CuffPressure(sys=value.sys, dia=value.dia, observed_at=entry.at)
    return tuple(found[at] for at in sorted(found))


def _numbers(value: object) -> tuple[float, float] | None:
    return (value.sys, value.dia) if isinstance(value, Pressure) else None


def _spo2(session: Session, measured: Given[float], now: datetime) -> Given[float]:
    """The newer one of what the monitor tells and what a nurse entered."""
    entry = session.observed.latest(SPO2, now)
    if entry is None or not isinstance(entry.value, Number):
        return measured
    if measured.observed_at is not None and measured.observed_at >= entry.at:
        return measured
    return Given(value=float(entry.value.value), observed_at=entry.at)


def _level(entry: Entry | None) -> Given[int]:
    if entry is None or not isinstance(entry.value, Level):
        return Given()
    return Given(value=entry.value.level, observed_at=entry.at)


def _safety(session: Session, now: datetime, last_drug_at: datetime | None) -> SuicideScreen | None:
    """The screening after the infusion; before it counts only what would keep the patient here."""
    entry = session.observed.latest(SAFETY, now)
    if entry is None or not isinstance(entry.value, Choice):
        return None
    triage = Triage(entry.value.option)
    is_after = last_drug_at is not None and entry.at >= last_drug_at
    return SuicideScreen(at=entry.at, triage=triage) if is_after or triage is Triage.HIGH else None


def escort_of(session: Session) -> str:
    """Who was named in the preparation to take the patient home; empty if nobody was."""
    answered = session.answers.get(ESCORT)
    return answered.answer.text if answered and isinstance(answered.answer, Text) else ""
