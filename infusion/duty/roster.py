"""Who is on duty in a ward, who answers for which bed, and who is told of what nobody answers."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from infusion.duty.events import ChairsTaken, DutyBegun, DutyEnded, DutyEvent
from infusion.patient import AccountId, Person
from vocabulary.ids import BedId
from vocabulary.roles import Role


class OnDuty(msgspec.Struct, frozen=True, kw_only=True):
    """A person, and since when (UTC)."""

    person: Person
    since: datetime


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """A ward at one moment: who is on duty, and who answers for each bed, since when."""

    on_duty: dict[AccountId, OnDuty] = {}
    responsible: dict[BedId, OnDuty] = {}

    def of_role(self, role: Role) -> tuple[Person, ...]:
        """Those on duty in a role, longest first."""
        found = [held for held in self.on_duty.values() if held.person.role is role]
        return tuple(held.person for held in sorted(found, key=lambda held: held.since))

    def nurse_of(self, bed: BedId) -> Person | None:
        """Who answers for a bed; None: nobody, so that everybody does."""
        held = self.responsible.get(bed)
        return None if held is None else held.person

    def chairs_of(self, account: AccountId) -> tuple[BedId, ...]:
        """The beds for which somebody answers."""
        return tuple(
            bed for bed, held in self.responsible.items() if held.person.account == account
        )


def roster_of(events: Iterable[DutyEvent]) -> Roster:
    """The roster after `events`, in their order."""
    roster = Roster()
    for event in events:
        roster = take_duty(roster, event)
    return roster


def take_duty(roster: Roster, event: DutyEvent) -> Roster:
    """`roster` after one more event. Whoever takes chairs is on duty."""
    fresh = OnDuty(person=event.by, since=event.at)
    on_duty, responsible = dict(roster.on_duty), dict(roster.responsible)
    if isinstance(event, DutyEnded):
        gone = event.by.account if event.who is None else event.who
        on_duty.pop(gone, None)
        responsible = {b: h for b, h in responsible.items() if h.person.account != gone}
    else:
        on_duty.setdefault(event.by.account, fresh)
    if isinstance(event, ChairsTaken):
        responsible.update(dict.fromkeys(event.beds, fresh))
    if isinstance(event, DutyBegun):
        held = on_duty[event.by.account]
        on_duty[event.by.account] = msgspec.structs.replace(held, person=event.by)
    return Roster(on_duty=on_duty, responsible=responsible)
