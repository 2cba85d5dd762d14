"""The rules of observations and their schedule, from `protocol.yaml`."""

from collections.abc import Collection, Iterator
from typing import Final

from config.files import ProtocolFile
from config.observation_files import (
    LineEntry,
    NormalEntry,
    ObservationItemEntry,
    ProfileEntry,
    ScheduleEntry,
    ScoreTriggerEntry,
)
from config.problems import Problem
from infusion.observations.rules import (
    AbsenceReason,
    ItemKind,
    Normal,
    ObservationItem,
    ObservationRules,
    ObservationSet,
    ScaleLevel,
)
from infusion.observations.schedule_rules import (
    CloserRules,
    ScheduleLine,
    SchedulePlan,
    ScheduleRules,
    ScoreTrigger,
)
from infusion.observations.values import fault_of, none_of
from infusion.patient import Indication
from infusion.scored import SCORED
from infusion.scores import aldrete, dissociation, moaas, nausea, padss, pain, rass
from vocabulary.signals import SIGNALS

_SCALES: Final = {
    "moaas": moaas.LEVELS,
    "rass": rass.LEVELS,
    "dissociation": dissociation.LEVELS,
    "nausea": nausea.LEVELS,
    "pain": pain.LEVELS,
    "aldrete_activity": aldrete.ACTIVITY,
    "aldrete_respiration": aldrete.RESPIRATION,
    "aldrete_consciousness": aldrete.WAKEFULNESS,
    "padss_walking": padss.WALKING,
    "padss_nausea": padss.NAUSEA,
    "padss_pain": padss.PAIN,
    "padss_bleeding": padss.BLEEDING,
}


def problems_of_observations(source: str, file: ProtocolFile) -> Iterator[Problem]:
    """What does not fit together in items, sets, absences and schedule."""
    items = [entry.item for entry in file.observations.items]
    yield from _twice(source, "observations.items", "item", items)
    yield from _twice(source, "observations.sets", "set", [s.set for s in file.observations.sets])
    reasons = [absence.reason for absence in file.observations.absences]
    yield from _twice(source, "observations.absences", "reason", reasons)
    yield from _problems_of_items(source, file)
    for key, named in _named_items(file):
        for name in named:
            if name not in items:
                yield Problem(source, key, f"there is no item {name!r}")
    yield from _problems_of_sets(source, file)
    yield from _problems_of_schedule(source, file)


def _twice(source: str, key: str, field: str, names: Collection[str]) -> Iterator[Problem]:
    seen = set()
    for number, name in enumerate(names):
        if name in seen:
            yield Problem(source, f"{key}[{number}].{field}", f"{name!r} is there twice")
        seen.add(name)


def _named_items(file: ProtocolFile) -> Iterator[tuple[str, Collection[str]]]:
    for number, entry in enumerate(file.observations.sets):
        yield f"observations.sets[{number}].asked", entry.asked
        yield f"observations.sets[{number}].filled", entry.filled
    for number, absence in enumerate(file.observations.absences):
        yield f"observations.absences[{number}].never_for", absence.never_for
    for number, line in enumerate(file.schedule.lines):
        yield f"schedule.lines[{number}].items", line.items
    for profile_number, profile in enumerate(file.schedule.profiles):
        for number, line in enumerate(profile.lines):
            yield f"schedule.profiles[{profile_number}].lines[{number}].items", line.items
    yield "schedule.closer.items", file.schedule.closer.items
    yield "schedule.closer.while_paused", file.schedule.closer.while_paused
    for number, drug in enumerate(file.dosing.drugs):
        yield f"dosing.drugs[{number}].titration.checks", drug.titration.checks


def _problems_of_items(source: str, file: ProtocolFile) -> Iterator[Problem]:
    for number, entry in enumerate(file.observations.items):
        key = f"observations.items[{number}]"
        item = _item(entry)
        if entry.none:
            yield from _problems_of_none(source, f"{key}.none", item)
        if entry.after and not any(
            other.item == entry.after and other.kind is ItemKind.YES_NO
            for other in file.observations.items
        ):
            yield Problem(source, f"{key}.after", f"{entry.after!r} is no yes_no item")
        for role in entry.roles:
            if role not in file.people.may_chart:
                yield Problem(source, f"{key}.roles", f"{role.value!r} is not in people.may_chart")
        if entry.normal is not None:
            possible = ["yes", "no"] if entry.kind is ItemKind.YES_NO else entry.options
            for option in entry.normal.options:
                if option not in possible:
                    yield Problem(source, f"{key}.normal", f"{option!r} cannot be answered")


def _problems_of_none(source: str, key: str, item: ObservationItem) -> Iterator[Problem]:
    try:
        value = none_of(item)
    except (ValueError, ArithmeticError):
        yield Problem(source, key, f"{item.none!r} is no level of the scale")
        return
    fault = "" if value is None else fault_of(item, value)
    if fault:
        yield Problem(source, key, fault)


def _problems_of_sets(source: str, file: ProtocolFile) -> Iterator[Problem]:
    entries = {entry.item: entry for entry in file.observations.items}
    for number, form in enumerate(file.observations.sets):
        key = f"observations.sets[{number}]"
        for name in form.asked:
            if name in entries and entries[name].signal is not None:
                yield Problem(source, f"{key}.asked", f"{name!r} is filled in by a device")
        for name in form.filled:
            if name in entries and entries[name].signal is None:
                yield Problem(source, f"{key}.filled", f"{name!r} is judged, never filled in")
        for name in form.none_of_these:
            if name not in form.asked or not entries[name].none:
                yield Problem(
                    source, f"{key}.none_of_these", f"{name!r} is not asked, or has no `none`"
                )


def _problems_of_schedule(source: str, file: ProtocolFile) -> Iterator[Problem]:
    schedule = file.schedule
    names = [profile.profile for profile in schedule.profiles]
    yield from _twice(source, "schedule.profiles", "profile", names)
    for number, score in enumerate(schedule.closer.scores):
        if score.scale not in SCORED:
            known = ", ".join(SCORED)
            key = f"schedule.closer.scores[{number}].scale"
            yield Problem(source, key, f"{score.scale!r} is not one of {known}")
    for indication in Indication:
        wanted = schedule.profile_of.get(indication)
        key = f"schedule.profile_of.{indication.value}"
        if wanted is None:
            yield Problem(source, key, "is missing")
        elif wanted not in names:
            yield Problem(source, key, f"there is no profile {wanted!r}")
    for number, profile in enumerate(schedule.profiles):
        if profile.recovery_min < file.session.stay_after_drug_min:
            yield Problem(
                source,
                f"schedule.profiles[{number}].recovery_min",
                f"{profile.recovery_min:g} is less than session.stay_after_drug_min "
                f"{file.session.stay_after_drug_min:g}",
            )


def observation_rules(file: ProtocolFile) -> ObservationRules:
    """Items, sets and absences, as the rules use them."""
    entry = file.observations
    return ObservationRules(
        device_value_max_s=entry.device_value_max_min * 60,
        items=tuple(_item(item) for item in entry.items),
        sets=tuple(
            ObservationSet(
                set=form.set,
                label=form.label,
                asked=tuple(form.asked),
                filled=tuple(form.filled),
                none_of_these=tuple(form.none_of_these),
                nurse_s=form.nurse_s,
                scale=form.scale,
                offered_in=tuple(form.offered_in),
            )
            for form in entry.sets
        ),
        absences=tuple(
            AbsenceReason(
                reason=absence.reason,
                text=absence.text,
                never_for=tuple(absence.never_for),
                needs_words=absence.needs_words,
            )
            for absence in entry.absences
        ),
    )


def _item(entry: ObservationItemEntry) -> ObservationItem:
    signal = None if entry.signal is None else SIGNALS[entry.signal]
    return ObservationItem(
        item=entry.item,
        text=entry.text,
        kind=entry.kind,
        signal=entry.signal,
        unit=entry.unit if signal is None else signal.shown_unit,
        low=entry.low if signal is None else signal.possible.low,
        high=entry.high if signal is None else signal.possible.high,
        levels=_levels(entry),
        options=tuple(entry.options),
        none=entry.none,
        after=entry.after,
        normal=None if entry.normal is None else _normal(entry.normal),
        roles=tuple(entry.roles),
    )


def _levels(entry: ObservationItemEntry) -> tuple[ScaleLevel, ...]:
    if entry.scale is not None:
        texts = _SCALES[entry.scale]
        return tuple(ScaleLevel(level=level, text=texts[level]) for level in sorted(texts))
    if entry.kind is not ItemKind.SCALE or entry.low is None or entry.high is None:
        return ()
    levels = range(int(entry.low), int(entry.high) + 1)
    return tuple(ScaleLevel(level=level, text="") for level in levels)


def _normal(entry: NormalEntry) -> Normal:
    return Normal(
        low=entry.low,
        high=entry.high,
        dia_low=entry.dia_low,
        dia_high=entry.dia_high,
        options=tuple(entry.options),
    )


def schedule_rules(file: ProtocolFile) -> ScheduleRules:
    """The schedule of checks, as the rules use it."""
    entry = file.schedule
    closer = CloserRules(
        items=tuple(entry.closer.items),
        while_paused=tuple(entry.closer.while_paused),
        every_s=entry.closer.every_min * 60,
        window_s=entry.closer.window_min * 60,
        normal_sets=entry.closer.normal_sets,
        hold_s={trigger: minutes * 60 for trigger, minutes in entry.closer.hold_min.items()},
        scores=tuple(_score_trigger(score) for score in entry.closer.scores),
    )
    return ScheduleRules(
        profiles=tuple(_plan(profile, entry, closer) for profile in entry.profiles),
        profile_of=dict(entry.profile_of),
    )


def _score_trigger(entry: ScoreTriggerEntry) -> ScoreTrigger:
    return ScoreTrigger(
        scale=entry.scale,
        normal_low=entry.normal_low,
        normal_high=entry.normal_high,
        item_points=entry.item_points,
        but_not=tuple(entry.but_not),
    )


def _plan(profile: ProfileEntry, entry: ScheduleEntry, closer: CloserRules) -> SchedulePlan:
    return SchedulePlan(
        profile=profile.profile,
        label=profile.label,
        recovery_s=profile.recovery_min * 60,
        lines=tuple(_line(line) for line in (*entry.lines, *profile.lines)),
        closer=closer,
        early_s=entry.early_min * 60,
        tail_s=entry.tail_min * 60,
        together_s=entry.together_min * 60,
    )


def _line(entry: LineEntry) -> ScheduleLine:
    return ScheduleLine(
        items=tuple(entry.items),
        anchor=entry.anchor,
        window_s=entry.window_min * 60,
        at_s=tuple(minutes * 60 for minutes in entry.at_min),
        every_s=None if entry.every_min is None else entry.every_min * 60,
        from_s=(entry.from_min or 0) * 60,
        until_s=None if entry.until_min is None else entry.until_min * 60,
        at_end=entry.at_end,
    )
