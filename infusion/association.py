"""Which device is whose, and when: associated, confirmed by a second person, corrected, released.

An association holds for intervals of time, so that a correction from a past time gives every
session the devices, and the deliveries, that were really its own.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import Enum

import msgspec

from infusion.configuration import TwoPersonRules
from infusion.patient import AccountId, Person
from infusion.session_events import (
    AssociationBasis,
    AssociationConfirmed,
    AssociationConfirmedAlone,
    AssociationCorrected,
    DeviceAssociated,
    SyringeLoaded,
)
from vocabulary.ids import DeviceId
from vocabulary.states import DeviceKind


class Interval(msgspec.Struct, frozen=True, kw_only=True):
    """From `since` (included) until `until` (excluded); None: on and on. UTC."""

    since: datetime
    until: datetime | None = None

    def contains(self, at: datetime) -> bool:
        """Whether a moment lies within."""
        return self.since <= at and (self.until is None or at < self.until)


def is_within(intervals: Iterable[Interval], at: datetime) -> bool:
    """Whether a moment lies within one of some intervals."""
    for interval in intervals:  # asked of every sample of a session: any() costs twice as much
        if interval.since <= at and (interval.until is None or at < interval.until):
            return True
    return False


class Change(str, Enum):
    """What a second person has not seen yet."""

    DEVICE = "new device"
    SYRINGE = "new syringe"
    ORDER = "new order"
    CORRECTION = "corrected association"


class Association(msgspec.Struct, frozen=True, kw_only=True):
    """One device of one session.

    `unconfirmed`: the changes no second person has seen, since `unconfirmed_since`, made by
    `first_persons`. `is_swap`: the change was an emergency, so that it may be confirmed later.
    """

    device: DeviceId
    kind: DeviceKind
    basis: AssociationBasis
    needs_second: bool
    intervals: tuple[Interval, ...]
    first_persons: tuple[AccountId, ...]
    unconfirmed: tuple[Change, ...] = ()
    unconfirmed_since: datetime | None = None
    is_swap: bool = False
    confirmed_by: Person | None = None
    syringe: SyringeLoaded | None = None

    def stands_at(self, at: datetime) -> bool:
        """Whether the device is the session's at a moment."""
        return is_within(self.intervals, at)

    @property
    def is_standing(self) -> bool:
        """Whether the device is the session's until further notice."""
        return any(interval.until is None for interval in self.intervals)

    @property
    def is_confirmed(self) -> bool:
        """Whether there is nothing that a second person still has to see."""
        return not self.unconfirmed


Associations = tuple[Association, ...]


def find(associations: Associations, device: DeviceId) -> Association | None:
    """The association of a device, standing or past."""
    return next((a for a in associations if a.device == device), None)


def devices_at(associations: Associations, at: datetime) -> tuple[DeviceId, ...]:
    """The devices that are the session's at a moment."""
    return tuple(a.device for a in associations if a.stands_at(at))


def associate(associations: Associations, event: DeviceAssociated) -> Associations:
    """With a device that is the session's from `event.at` on."""
    held = find(associations, event.device)
    before = () if held is None else held.intervals
    fresh = Association(
        device=event.device,
        kind=event.kind,
        basis=event.basis,
        needs_second=event.needs_second,
        intervals=_with(before, Interval(since=event.at)),
        first_persons=(),
    )
    is_swap = event.basis is AssociationBasis.EMERGENCY_SWAP
    changed = _unconfirm(fresh, Change.DEVICE, event.by, event.at, is_swap=is_swap)
    return _put(associations, changed)


def release(associations: Associations, device: DeviceId, at: datetime) -> Associations:
    """With a device that is no longer the session's from `at` on."""
    held = find(associations, device)
    if held is None:
        return associations
    intervals = _without(held.intervals, Interval(since=at))
    return _put(associations, msgspec.structs.replace(held, intervals=intervals))


def release_all(associations: Associations, at: datetime) -> Associations:
    """With no device from `at` on: the next patient must see nothing of this one."""
    for association in associations:
        associations = release(associations, association.device, at)
    return associations


def correct(associations: Associations, event: AssociationCorrected) -> Associations:
    """With what was really so from a past time."""
    span = Interval(since=event.since, until=event.until)
    held = find(associations, event.device)
    if not event.is_ours:
        if held is None:
            return associations
        intervals = _without(held.intervals, span)
        return _put(associations, msgspec.structs.replace(held, intervals=intervals))
    if held is None:
        held = Association(
            device=event.device,
            kind=event.kind,
            basis=AssociationBasis.BY_HAND,
            needs_second=event.needs_second,
            intervals=(),
            first_persons=(),
        )
    widened = msgspec.structs.replace(held, intervals=_with(held.intervals, span))
    return _put(associations, _unconfirm(widened, Change.CORRECTION, event.by, event.at))


def load(associations: Associations, event: SyringeLoaded) -> Associations:
    """With a new syringe in a pump."""
    held = find(associations, event.device)
    if held is None:
        return associations
    loaded = msgspec.structs.replace(held, syringe=event)
    changed = _unconfirm(loaded, Change.SYRINGE, event.by, event.at, is_swap=event.is_emergency)
    return _put(associations, changed)


def reorder(associations: Associations, at: datetime) -> Associations:
    """With pumps that have to be checked against another order, by another than set them up."""
    return tuple(
        _unconfirm(a, Change.ORDER, None, at)
        if a.kind is DeviceKind.PUMP and a.is_standing and a.confirmed_by is not None
        else a
        for a in associations
    )


def confirm(
    associations: Associations, event: AssociationConfirmed | AssociationConfirmedAlone
) -> Associations:
    """With a device that somebody confirmed."""
    held = find(associations, event.device)
    if held is None:
        return associations
    confirmed = msgspec.structs.replace(
        held,
        unconfirmed=(),
        unconfirmed_since=None,
        is_swap=False,
        confirmed_by=event.by,
    )
    return _put(associations, confirmed)


class OpenConfirmation(msgspec.Struct, frozen=True, kw_only=True):
    """A device that waits for a second person. `due_at`: None while it only holds the start."""

    device: DeviceId
    changes: tuple[Change, ...]
    since: datetime
    due_at: datetime | None


def open_confirmations(
    associations: Associations, running: Collection[DeviceId], rules: TwoPersonRules
) -> tuple[OpenConfirmation, ...]:
    """What waits for a second person; a pump that runs without one is due from that change on.

    An emergency swap is due later, by the rules.
    """
    found = []
    for association in associations:
        since = association.unconfirmed_since
        if since is None or not association.is_standing:
            continue
        due_at = since if association.device in running else None
        if association.is_swap:
            due_at = since + timedelta(seconds=rules.swap_within_s)
        found.append(
            OpenConfirmation(
                device=association.device,
                changes=association.unconfirmed,
                since=since,
                due_at=due_at,
            )
        )
    return tuple(found)


def _unconfirm(
    association: Association,
    change: Change,
    by: Person | None,
    at: datetime,
    *,
    is_swap: bool = False,
) -> Association:
    if not association.needs_second:
        return association
    persons = association.first_persons
    if by is not None:  # whoever changed it since it was last confirmed
        persons = () if association.is_confirmed else persons
        persons = persons if by.account in persons else (*persons, by.account)
    changes = association.unconfirmed
    since = association.unconfirmed_since
    return msgspec.structs.replace(
        association,
        first_persons=persons,
        unconfirmed=changes if change in changes else (*changes, change),
        unconfirmed_since=at if since is None else min(since, at),
        is_swap=is_swap and (association.is_confirmed or association.is_swap),
    )


def _put(associations: Associations, changed: Association) -> Associations:
    if find(associations, changed.device) is None:
        return (*associations, changed)
    return tuple(changed if a.device == changed.device else a for a in associations)


def _without(intervals: tuple[Interval, ...], span: Interval) -> tuple[Interval, ...]:
    """What is left of intervals outside `span`."""
    left = []
    for held in intervals:
        if held.since < span.since:
            left.append(Interval(since=held.since, until=_earlier(held.until, span.since)))
        if span.until is not None and (held.until is None or held.until > span.until):
            left.append(Interval(since=max(held.since, span.until), until=held.until))
    return tuple(left)


def _with(intervals: tuple[Interval, ...], span: Interval) -> tuple[Interval, ...]:
    """Intervals and `span`, joined where they meet, in order."""
    joined: list[Interval] = []
    for held in sorted((*intervals, span), key=lambda interval: interval.since):
        if joined and (joined[-1].until is None or held.since <= joined[-1].until):
            until = None if joined[-1].until is None else _later(joined[-1].until, held.until)
            joined[-1] = Interval(since=joined[-1].since, until=until)
        else:
            joined.append(held)
    return tuple(joined)


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def _later(one: datetime, other: datetime | None) -> datetime | None:
    return None if other is None else max(one, other)
