"""Recovery readiness in one line: `ready`, or `not yet because …` with each open criterion."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from infusion.baseline import CuffPressure
from infusion.recovery_rules import DischargeRules
from infusion.scores.cssrs import SuicideScreen, is_at_least
from infusion.scores.score import Given


class Criterion(str, Enum):
    """What has to be so before a patient goes home, in the order of the line."""

    PUMP_STILL = "pump still"
    STAY = "stay"
    PRESSURE = "pressure"
    SATURATION = "saturation"
    SEDATION = "sedation"
    CHECKLIST = "checklist"
    SAFETY = "safety"
    ESCORT = "escort"


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """What readiness is judged by. Times UTC, mmHg, %.

    `last_drug_at`: the end of the last delivery, a flow that keeps the vein open included; None:
    not known. `answers`: of the questions before going home; one that is not there is open.
    `on_oxygen`: None: nobody said. `was_on_oxygen`: at the baseline already, as at home.
    """

    last_drug_at: datetime | None
    is_delivering: bool = False
    cuffs: tuple[CuffPressure, ...] = ()
    baseline_sys: float | None = None
    baseline_dia: float | None = None
    spo2: Given[float] = Given()
    baseline_spo2: float | None = None
    on_oxygen: bool | None = None
    was_on_oxygen: bool = False
    moaas: Given[int] = Given()
    answers: Mapping[str, bool] = {}
    safety: SuicideScreen | None = None
    escort: str = ""


class Unmet(msgspec.Struct, frozen=True, kw_only=True):
    """A criterion that is not met, and why in words."""

    criterion: Criterion
    why: str


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the patient may go home at `at` (UTC), and all that speaks against it.

    `stay_until`: when the stay since the last drug is over; None while drug runs or is unknown.
    """

    at: datetime
    unmet: tuple[Unmet, ...]
    stay_until: datetime | None

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is not met, in words; a discharge command takes them as `unmet`."""
        return tuple(unmet.why for unmet in self.unmet)

    @property
    def text(self) -> str:
        """The one line."""
        return f"not yet because {'; '.join(self.reasons)}" if self.unmet else "ready"


def readiness(recovery: Recovery, now: datetime, rules: DischargeRules, stay_s: float) -> Readiness:
    """Judge every criterion at `now` (UTC). `stay_s`: the least stay after the last drug."""
    stay_until = None
    if recovery.last_drug_at is not None and not recovery.is_delivering:
        stay_until = recovery.last_drug_at + timedelta(seconds=stay_s)
    found = (
        (Criterion.PUMP_STILL, ("the pump still delivers",) if recovery.is_delivering else ()),
        (Criterion.STAY, _stay(recovery, now, stay_until)),
        (Criterion.PRESSURE, _pressure(recovery, now, rules)),
        (Criterion.SATURATION, _saturation(recovery, now, rules)),
        (Criterion.SEDATION, _sedation(recovery, now, rules)),
        (Criterion.CHECKLIST, _checklist(recovery, rules)),
        (Criterion.SAFETY, _safety(recovery, rules)),
        (Criterion.ESCORT, () if recovery.escort.strip() else ("no escort is named",)),
    )
    unmet = tuple(Unmet(criterion=name, why=why) for name, whys in found for why in whys)
    return Readiness(at=now, unmet=unmet, stay_until=stay_until)


def _stay(recovery: Recovery, now: datetime, stay_until: datetime | None) -> Iterable[str]:
    if recovery.is_delivering:
        return ()
    if stay_until is None:
        return ("it is not known when the last drug ended",)
    if now >= stay_until:
        return ()
    minutes = -(-(stay_until - now) // timedelta(minutes=1))
    return (f"{minutes} min of the stay after the last drug are left",)


def _pressure(recovery: Recovery, now: datetime, rules: DischargeRules) -> Iterable[str]:
    last = _last_cuffs(recovery, rules)
    if len(last) < rules.cuff_readings:
        return (f"{len(last)} of {rules.cuff_readings} BP readings since the last drug",)
    fault = _too_old("BP", last[0].observed_at, now, rules)
    if fault:
        return (fault,)
    if recovery.baseline_sys is None or recovery.baseline_dia is None:
        return ("there is no baseline BP",)
    faults = (
        _fault_of_cuff(cuff, recovery.baseline_sys, recovery.baseline_dia, rules) for cuff in last
    )
    return tuple(fault for fault in faults if fault)[:1]


def _last_cuffs(recovery: Recovery, rules: DischargeRules) -> list[CuffPressure]:
    """The readings that are judged, newest first; of two close together the newer counts."""
    apart = timedelta(seconds=rules.cuff_apart_s)
    since = recovery.last_drug_at
    kept: list[CuffPressure] = []
    for cuff in sorted(recovery.cuffs, key=lambda cuff: cuff.observed_at, reverse=True):
        if since is None or cuff.observed_at < since or len(kept) == rules.cuff_readings:
            break
        if not kept or kept[-1].observed_at - cuff.observed_at >= apart:
            kept.append(cuff)
    return kept


def _fault_of_cuff(cuff: CuffPressure, sys: float, dia: float, rules: DischargeRules) -> str:
    shown = f"BP {cuff.sys:g}/{cuff.dia:g}"
    if cuff.sys >= rules.cuff_under_sys or cuff.dia >= rules.cuff_under_dia:
        return f"{shown} is not under {rules.cuff_under_sys:g}/{rules.cuff_under_dia:g}"
    percent = max(abs(cuff.sys - sys) / sys, abs(cuff.dia - dia) / dia) * 100
    if percent > rules.cuff_percent:
        return (
            f"{shown} is {percent:.0f} % from the baseline {sys:g}/{dia:g}, "
            f"over {rules.cuff_percent:g}"
        )
    return ""


def _saturation(recovery: Recovery, now: datetime, rules: DischargeRules) -> Iterable[str]:
    spo2, base = recovery.spo2.value, recovery.baseline_spo2
    if spo2 is None:
        return (f"SpO2 {recovery.spo2.lacks}",)
    fault = _too_old("SpO2", recovery.spo2.observed_at, now, rules)
    if fault:
        return (fault,)
    if recovery.on_oxygen is None:
        return ("it is not known whether SpO2 is on air",)
    if recovery.on_oxygen and not recovery.was_on_oxygen:
        return (f"SpO2 {spo2:g} is with oxygen, not on air",)
    is_enough = spo2 >= rules.spo2_from and not recovery.on_oxygen
    if is_enough or (base is not None and spo2 >= base - rules.spo2_points):
        return ()
    told = "there is no baseline" if base is None else f"baseline {base:g}"
    return (f"SpO2 {spo2:g} is under {rules.spo2_from:g} on air, and {told}",)


def _sedation(recovery: Recovery, now: datetime, rules: DischargeRules) -> Iterable[str]:
    level = recovery.moaas.value
    if level is None:
        return (f"MOAA/S {recovery.moaas.lacks}",)
    fault = _too_old("MOAA/S", recovery.moaas.observed_at, now, rules)
    if fault:
        return (fault,)
    return () if level >= rules.moaas_from else (f"MOAA/S {level} is under {rules.moaas_from}",)


def _checklist(recovery: Recovery, rules: DischargeRules) -> Iterable[str]:
    open_items = [i.text for i in rules.items if i.item not in recovery.answers]
    refused = [i.text for i in rules.items if recovery.answers.get(i.item) is False]
    return (
        *(f"not answered: {text}" for text in open_items),
        *(f"not so: {text}" for text in refused),
    )


def _safety(recovery: Recovery, rules: DischargeRules) -> Iterable[str]:
    screen = recovery.safety
    if screen is None:
        return ("the safety questions (C-SSRS) are not answered",)
    if screen.triage is None:
        return (screen.text,)
    return (screen.text,) if is_at_least(screen.triage, rules.blocked_from) else ()


def _too_old(name: str, at: datetime | None, now: datetime, rules: DischargeRules) -> str:
    if at is None:
        return f"{name} has no time"
    age = now - at
    if age <= timedelta(seconds=rules.current_s):
        return ""
    return f"{name} is {-(-age // timedelta(minutes=1))} min old"
