"""What an observation said first and what was put right since: version beside version."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from infusion.observations.events import ObservationAmended, ObservationsRecorded, ObservedItem
from infusion.patient import Person


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of an item, by whom and when (UTC).

    `said` is None where it was taken back, or not there yet. `reason`: of the amendment; empty
    for what was recorded first.
    """

    said: ObservedItem | None
    by: Person
    at: datetime
    reason: str = ""


class ItemVersions(msgspec.Struct, frozen=True, kw_only=True):
    """All that was said of one item on one form, the first word first."""

    item: str
    versions: tuple[Version, ...]

    @property
    def now(self) -> Version:
        """What holds."""
        return self.versions[-1]

    @property
    def earlier(self) -> tuple[Version, ...]:
        """What held before, and stays on record."""
        return self.versions[:-1]


class TimeVersion(msgspec.Struct, frozen=True, kw_only=True):
    """When it was said to have been seen (UTC), by whom, and why that was put right."""

    seen_at: datetime
    by: Person
    at: datetime
    reason: str = ""


class FormVersions(msgspec.Struct, frozen=True, kw_only=True):
    """One form with every version of each of its items, and of its time."""

    form: ObservationsRecorded
    items: tuple[ItemVersions, ...]
    times: tuple[TimeVersion, ...]

    @property
    def seen_at(self) -> datetime:
        """When it was so, as last put right."""
        return self.times[-1].seen_at

    @property
    def is_amended(self) -> bool:
        """Whether anything of it was put right."""
        return len(self.times) > 1 or any(item.earlier for item in self.items)

    def of(self, item: str) -> ItemVersions | None:
        """The versions of one item; None if it never was on the form."""
        return next((found for found in self.items if found.item == item), None)


def versions_of(
    form: ObservationsRecorded, amendments: Sequence[ObservationAmended]
) -> FormVersions:
    """A form and all that was amended of it, in order."""
    first = Version(said=None, by=form.by, at=form.at)
    held = {item.item: [msgspec.structs.replace(first, said=item)] for item in form.observed}
    times = [TimeVersion(seen_at=form.at, by=form.by, at=form.at)]
    for change in amendments:
        if change.observation != form.observation:
            continue
        word = Version(said=None, by=change.by, at=change.at, reason=change.reason)
        for item in change.observed:
            versions = held.setdefault(item.item, [first])
            versions.append(msgspec.structs.replace(word, said=item))
        for name in change.withdrawn:
            if name in held:
                held[name].append(word)
        if change.seen_at is not None:
            times.append(
                TimeVersion(
                    seen_at=change.seen_at, by=change.by, at=change.at, reason=change.reason
                )
            )
    return FormVersions(
        form=form,
        items=tuple(
            ItemVersions(item=name, versions=tuple(versions)) for name, versions in held.items()
        ),
        times=tuple(times),
    )
