"""Closer checks: what asks for them, and when they end again."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

import msgspec

from infusion.baseline import CuffPressure
from infusion.interventions.events import (
    AdverseEventRecorded,
    EmergencyEnded,
    OxygenChanged,
    RescueDrugGiven,
    SymptomsReported,
)
from infusion.observations.observed import Entry, Observed
from infusion.observations.phases import Phase, Stretch
from infusion.observations.rules import ItemKind, ObservationItem, ObservationRules
from infusion.observations.schedule_rules import CloserRules, Trigger
from infusion.observations.values import is_normal, is_normal_pressure
from infusion.session import Session
from vocabulary.ids import ObservationId

_measured_at = attrgetter("observed_at")
_PRESSURE: Final = ItemKind.PRESSURE


class RateStep(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the rate at a pump."""

    at: datetime
    is_up: bool


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """What asks for closer checks from `at` on, in words."""

    at: datetime
    trigger: Trigger
    why: str


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """Some items are due more often from `since` until `until` (None: until further notice)."""

    since: datetime
    until: datetime | None
    items: tuple[str, ...]
    why: str


def watches_of(
    concerns: Iterable[Concern],
    normal_sets: Sequence[datetime],
    stretches: Iterable[Stretch],
    rules: CloserRules,
) -> tuple[Watch, ...]:
    """Every watch, of pauses and of concerns; they may overlap."""
    paused = (
        Watch(since=s.since, until=s.until, items=rules.while_paused, why="paused")
        for s in stretches
        if s.phase is Phase.PAUSED
    )
    found = (
        Watch(
            since=concern.at,
            until=_ends(concern.at, rules.hold_s[concern.trigger], normal_sets, rules),
            items=rules.items,
            why=concern.why,
        )
        for concern in concerns
        if concern.trigger in rules.hold_s
    )
    return (*paused, *found)


def _ends(
    since: datetime, hold_s: float, normal_sets: Sequence[datetime], rules: CloserRules
) -> datetime | None:
    after = [at for at in normal_sets if at > since]
    if len(after) < rules.normal_sets:
        return None
    return max(after[rules.normal_sets - 1], since + timedelta(seconds=hold_s))


def findings_of(
    observed: Observed, cuffs: Iterable[CuffPressure], rules: ObservationRules
) -> tuple[Concern, ...]:
    """Every entry and every cuff reading that is not normal."""
    telling = {item.item: item for item in rules.items if item.normal is not None}
    entries = [
        Concern(at=entry.at, trigger=Trigger.FINDING, why=item.text)
        for entry in observed.entries
        if (item := telling.get(entry.item)) is not None and not is_normal(item, entry.value)
    ]
    return (*_high_cuffs(cuffs, rules), *entries)


def normal_sets_of(
    observed: Observed, cuffs: Sequence[CuffPressure], rules: ObservationRules, closer: CloserRules
) -> tuple[datetime, ...]:
    """When whole sets were normal.

    A normal set has every item of the closer checks, the pressure at least by a cuff reading as
    old as the closer checks allow.
    """
    items = {item.item: item for item in rules.items}
    wanted = [items[name] for name in closer.items]
    age = timedelta(seconds=closer.every_s + closer.window_s)
    readings = sorted(cuffs, key=_measured_at)
    times = [cuff.observed_at for cuff in readings]
    found: list[datetime] = []
    for at, entries in _forms(observed):
        if not all(is_normal(items[e.item], e.value) for e in entries if e.item in items):
            continue
        given = [entry.item for entry in entries]
        newest = bisect_right(times, at) - 1
        is_near = newest >= 0 and times[newest] >= at - age
        cuff = readings[bisect_left(times, times[newest])] if is_near else None
        if all(item.item in given or _is_normal_cuff(item, cuff) for item in wanted):
            found.append(at)
    return tuple(found)


def _forms(observed: Observed) -> Iterator[tuple[datetime, list[Entry]]]:
    forms: dict[ObservationId, list[Entry]] = {}
    for entry in observed.entries:
        if entry.observation in forms:
            forms[entry.observation].append(entry)
        else:
            forms[entry.observation] = [entry]
    for entries in forms.values():
        yield entries[0].at, entries


def _high_cuffs(cuffs: Iterable[CuffPressure], rules: ObservationRules) -> Iterator[Concern]:
    for item in rules.items:
        normal = item.normal
        if normal is None or item.kind is not _PRESSURE:
            continue
        for cuff in cuffs:
            if not is_normal_pressure(normal, cuff.sys, cuff.dia):
                yield Concern(at=cuff.observed_at, trigger=Trigger.FINDING, why=item.text)


def _is_normal_cuff(item: ObservationItem, newest: CuffPressure | None) -> bool:
    """Whether a cuff reading stands for an item that a form leaves out."""
    if newest is None or item.kind is not _PRESSURE:
        return False
    return item.normal is None or is_normal_pressure(item.normal, newest.sys, newest.dia)


def concerns_of(
    session: Session, found: Iterable[Concern], steps: Iterable[RateStep]
) -> tuple[Concern, ...]:
    """What asks for closer checks since the first drug, in order of time.

    `found`: by looking and by scores.
    """
    started_at = session.started_at
    if started_at is None:
        return ()
    concerns = [
        *found,
        *_interventions(session),
        *(
            Concern(at=step.at, trigger=Trigger.RATE_INCREASE, why="rate increased")
            for step in steps
            if step.is_up
        ),
    ]
    concerns.sort(key=lambda concern: concern.at)
    return tuple(concern for concern in concerns if concern.at >= started_at)


def _interventions(session: Session) -> Iterator[Concern]:
    for event in session.interventions:
        if isinstance(event, RescueDrugGiven):
            yield Concern(at=event.at, trigger=Trigger.RESCUE_DRUG, why=event.drug)
        elif isinstance(event, OxygenChanged) and event.is_on:
            yield Concern(at=event.at, trigger=Trigger.OXYGEN, why="oxygen")
        elif isinstance(event, AdverseEventRecorded):
            yield Concern(at=event.at, trigger=Trigger.ADVERSE_EVENT, why=event.what)
        elif isinstance(event, SymptomsReported):
            yield Concern(at=event.at, trigger=Trigger.SYMPTOMS, why="symptoms")
        elif isinstance(event, EmergencyEnded):
            yield Concern(at=event.at, trigger=Trigger.EMERGENCY, why="emergency")
