"""Whether the checks before a step up of the rate are complete, and whether they are normal."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from infusion.answers import Choice, Number, YesNo
from infusion.baseline import CuffPressure
from infusion.exact import plain
from infusion.observations.observed import Observed
from infusion.observations.rules import ItemKind, ObservationItem, ObservationRules
from infusion.observations.values import Level, Pressure, Value, is_normal, pressure_of


class StepChecks(msgspec.Struct, frozen=True, kw_only=True):
    """`complete_at`: of the oldest of the wanted checks, each the newest of its kind (UTC); None if
    one was never done. `amiss`: what of the newest checks is not normal, in words.
    """

    complete_at: datetime | None
    amiss: tuple[str, ...]


def step_checks(
    observed: Observed,
    cuffs: Iterable[CuffPressure],
    at: datetime,
    rules: ObservationRules,
    wanted: tuple[str, ...],
    within_s: float,
) -> StepChecks:
    """The checks as they stood at `at`; only those of the last `within_s` can be amiss."""
    newest = _newest(observed, cuffs, at, rules)
    times = [newest[name][0] if name in newest else None for name in wanted]
    known = [time for time in times if time is not None]
    since = at - timedelta(seconds=within_s)
    amiss = [
        f"{item.text} {words_of_value(value)}"
        for item in rules.items
        if item.item in newest
        for time, value in [newest[item.item]]
        if time >= since and not is_normal(item, value)
    ]
    return StepChecks(
        complete_at=min(known) if known and len(known) == len(wanted) else None,
        amiss=tuple(amiss),
    )


def _newest(
    observed: Observed, cuffs: Iterable[CuffPressure], at: datetime, rules: ObservationRules
) -> dict[str, tuple[datetime, Value]]:
    readings = [cuff for cuff in cuffs if cuff.observed_at <= at]
    cuff = max(readings, key=lambda reading: reading.observed_at, default=None)
    found: dict[str, tuple[datetime, Value]] = {}
    for item in rules.items:
        entry = observed.latest(item.item, at)
        told = [] if entry is None else [(entry.at, entry.value)]
        if cuff is not None and _is_of_cuff(item):
            told.append((cuff.observed_at, pressure_of(cuff)))
        if told:
            found[item.item] = max(told, key=lambda one: one[0])
    return found


def _is_of_cuff(item: ObservationItem) -> bool:
    return item.kind is ItemKind.PRESSURE


def words_of_value(value: Value) -> str:
    """An observed value, as short as it can be told."""
    if isinstance(value, Pressure):
        return f"{value.sys:.0f}/{value.dia:.0f}"
    if isinstance(value, Level):
        return str(value.level)
    if isinstance(value, Choice):
        return value.option
    if isinstance(value, YesNo):
        return "yes" if value.is_yes else "no"
    if isinstance(value, Number):
        return f"{plain(value.value)} {value.unit}"
    return value.text
