"""What holds of a session's observations, with everything that was put right."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from infusion.observations.events import (
    Basis,
    NotObserved,
    ObservationAmended,
    ObservationsRecorded,
    ObservedItem,
)
from infusion.observations.values import Value
from infusion.patient import Person
from vocabulary.ids import ObservationId


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One value that holds: of which item, when it was so (UTC), who looked, by which form.

    `judged_by`: a printed name, of who looked. `is_amended`: it took the place of another, or
    its time was put right.
    """

    item: str
    value: Value
    at: datetime
    by: Person
    judged_by: str
    observation: ObservationId
    basis: Basis
    is_amended: bool = False


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """An item that was left out on a form, and why."""

    item: str
    at: datetime
    reason: str
    words: str = ""


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """All entries and absences that hold, in order of the time they tell of."""

    entries: tuple[Entry, ...] = ()
    absences: tuple[Absence, ...] = ()

    def of(self, item: str) -> tuple[Entry, ...]:
        """The entries of one item."""
        return tuple(entry for entry in self.entries if entry.item == item)

    def latest(self, item: str, until: datetime | None = None) -> Entry | None:
        """The newest entry of an item, at `until` or before."""
        found = (e for e in reversed(self.entries) if e.item == item)
        return next((e for e in found if until is None or e.at <= until), None)


def observed_of(
    observations: Sequence[ObservationsRecorded], amendments: Sequence[ObservationAmended]
) -> Observed:
    """What holds of a session's observations, amendments taken in."""
    entries: list[Entry] = []
    absences: list[Absence] = []
    amended: dict[ObservationId, list[ObservationAmended]] = {}
    for amendment in amendments:
        amended.setdefault(amendment.observation, []).append(amendment)
    for recorded in observations:
        changes = amended.get(recorded.observation, [])
        found = list(_entries(recorded, changes))
        given = {entry.item for entry in found}
        entries.extend(found)
        absences.extend(_absences(recorded, given, changes))
    entries.sort(key=lambda entry: entry.at)
    absences.sort(key=lambda absence: absence.at)
    return Observed(entries=tuple(entries), absences=tuple(absences))


def seen_at(recorded: ObservationsRecorded, amendments: list[ObservationAmended]) -> datetime:
    """When it was so, as last put right."""
    said = (a.seen_at for a in reversed(amendments) if a.seen_at is not None)
    return next(said, recorded.at)


def _entries(
    recorded: ObservationsRecorded, amendments: list[ObservationAmended]
) -> Iterator[Entry]:
    at = seen_at(recorded, amendments)
    held: dict[str, tuple[ObservedItem, Person, bool]] = {
        item.item: (item, recorded.by, at != recorded.at) for item in recorded.observed
    }
    for amendment in amendments:
        for item in amendment.observed:
            held[item.item] = (item, amendment.by, True)
        for name in amendment.withdrawn:
            held.pop(name, None)
    for item, by, is_amended in held.values():
        is_first = by == recorded.by
        yield Entry(
            item=item.item,
            value=item.value,
            at=at,
            by=by,
            judged_by=(recorded.judged_by if is_first else "") or by.printed_name,
            observation=recorded.observation,
            basis=item.basis,
            is_amended=is_amended,
        )


def _absences(
    recorded: ObservationsRecorded, given: set[str], amendments: list[ObservationAmended]
) -> Iterator[Absence]:
    at = seen_at(recorded, amendments)
    left_out: list[NotObserved] = [n for n in recorded.not_observed if n.item not in given]
    for missing in left_out:
        yield Absence(item=missing.item, at=at, reason=missing.reason, words=missing.words)
