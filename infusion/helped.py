"""What helped in a session, for the next one: by a person's words, and by what the record shows."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from infusion.baseline import CuffPressure
from infusion.exact import plain
from infusion.interventions.events import Intervention, OxygenChanged, RescueDrugGiven
from infusion.observations.rules import ItemKind, ObservationItem, ObservationRules
from infusion.observations.values import Value, is_normal, pressure_of
from infusion.session import Session
from infusion.step_checks import words_of_value

HELPED: Final = "What helped: "
"""How a note begins that tells of it."""


def what_helped(session: Session, cuffs: Sequence[CuffPressure], rules: ObservationRules) -> str:
    """A person's own words first; then each rescue drug, and oxygen, after which something that
    was not normal became normal. Empty if nothing is known to have helped.
    """
    said = [n.text.removeprefix(HELPED) for n in session.notes if n.text.startswith(HELPED)]
    shown = [
        f"{name} ({', '.join(eased)})"
        for event in session.interventions
        if (name := _name(event)) and (eased := list(_eased(event.at, session, cuffs, rules)))
    ]
    return "; ".join((*said, *shown))


def _name(event: Intervention) -> str:
    if isinstance(event, RescueDrugGiven):
        return f"{event.drug} {plain(event.dose)} {event.unit}"
    if isinstance(event, OxygenChanged) and event.is_on:
        return f"oxygen {event.flow_l_min:g} L/min"
    return ""


def _eased(
    at: datetime, session: Session, cuffs: Sequence[CuffPressure], rules: ObservationRules
) -> Iterator[str]:
    for item in rules.items:
        if item.normal is None:
            continue
        told = _told(item, session, cuffs)
        before = [value for moment, value in told if moment <= at]
        if not before or is_normal(item, before[-1]):
            continue
        after = (value for moment, value in told if moment > at and is_normal(item, value))
        well = next(after, None)
        if well is not None:
            yield f"{item.text} {words_of_value(before[-1])}, then {words_of_value(well)}"


def _told(
    item: ObservationItem, session: Session, cuffs: Sequence[CuffPressure]
) -> list[tuple[datetime, Value]]:
    """Everything that was observed of an item, in order of time."""
    found = [(entry.at, entry.value) for entry in session.observed.of(item.item)]
    if item.kind is ItemKind.PRESSURE:
        found += [(cuff.observed_at, pressure_of(cuff)) for cuff in cuffs]
    return sorted(found, key=lambda one: one[0])
