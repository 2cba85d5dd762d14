"""Duty and chairs: accepted with what follows, or refused with the reason."""

from datetime import datetime

from infusion.commands import Command, Refused
from infusion.configuration import ClinicConfiguration
from infusion.duty import commands as c
from infusion.duty.commands import DutyAccepted, DutyDecision
from infusion.duty.events import ChairsTaken, DutyBegun, DutyEnded, DutyEvent
from infusion.duty.roster import Roster
from infusion.duty.rules import DutyRules
from infusion.patient import Person
from vocabulary.ids import BedId, WardId


def decide_duty(
    ward: WardId, roster: Roster, command: Command, now: datetime, clinic: ClinicConfiguration
) -> DutyDecision:
    """What follows from `command` at `now` (UTC). Duty counts from when it is said."""
    rules = clinic.duty
    if command.by.role not in rules.may_be_on_duty:
        return Refused(
            reason=f"{command.by.role.value} may not be on duty",
            what_to_do=f"ask a {' or '.join(role.value for role in rules.may_be_on_duty)}",
        )
    if isinstance(command, c.BeginDuty):
        return _begin(ward, roster, command, now)
    if isinstance(command, c.EndDuty):
        return _end(ward, roster, command, now)
    if isinstance(command, c.TakeChairs):
        beds = tuple(bed.bed for plan in clinic.wards if plan.ward == ward for bed in plan.beds)
        refused = _refuse_taking(command, beds, rules)
        return refused or _take(ward, roster, command, now)
    raise TypeError(f"{type(command).__name__} is no command about duty")


def _begin(ward: WardId, roster: Roster, command: c.BeginDuty, now: datetime) -> DutyDecision:
    held = roster.on_duty.get(command.by.account)
    if held is not None:
        return Refused(
            reason=f"you are on duty since {held.since:%H:%M} UTC", what_to_do="take chairs"
        )
    return DutyAccepted(events=(DutyBegun(ward=ward, at=now, by=command.by),))


def _end(ward: WardId, roster: Roster, command: c.EndDuty, now: datetime) -> DutyDecision:
    account = command.by.account if command.who is None else command.who
    if account not in roster.on_duty:
        return Refused(reason="nobody of that name is on duty", what_to_do="reload the page")
    chairs = roster.chairs_of(account)
    if chairs and not command.reason.strip():
        return Refused(
            reason=f"nobody would answer for {_named(chairs)}",
            what_to_do="have somebody take them, or give a reason",
        )
    event = DutyEnded(
        ward=ward, at=now, by=command.by, reason=command.reason.strip(), who=command.who
    )
    return DutyAccepted(events=(event,))


def _refuse_taking(
    command: c.TakeChairs, beds: tuple[BedId, ...], rules: DutyRules
) -> Refused | None:
    if command.by.role not in rules.may_take_chairs:
        return Refused(
            reason=f"{command.by.role.value} may not answer for a chair",
            what_to_do=f"ask a {' or '.join(role.value for role in rules.may_take_chairs)}",
        )
    unknown = [bed for bed in command.beds if bed not in beds]
    if not command.beds or unknown:
        return Refused(
            reason=f"the ward has no bed {_named(unknown)}" if unknown else "no chair is chosen",
            what_to_do="choose the chairs",
        )
    if not rules.needs_pump_check:
        return None
    read = {(pump.bed, pump.device) for pump in command.pumps}
    unread = [
        f"{device} at {bed}"
        for bed in command.beds
        for device in command.running.get(bed, ())
        if (bed, device) not in read
    ]
    if unread:
        return Refused(
            reason=f"not read yet: {', '.join(unread)}",
            what_to_do="read rate and volume at the pump, then take the chair",
        )
    impossible = any(
        not amount.is_finite() or amount < 0
        for pump in command.pumps
        for amount in (pump.rate_ml_h, pump.volume_ml)
    )
    if impossible:
        return Refused(reason="a pump cannot show that", what_to_do="enter what its display shows")
    return None


def _take(ward: WardId, roster: Roster, command: c.TakeChairs, now: datetime) -> DutyDecision:
    events: list[DutyEvent] = []
    if not _is_on_duty(roster, command.by):
        events.append(DutyBegun(ward=ward, at=now, by=command.by))
    events.append(
        ChairsTaken(ward=ward, at=now, by=command.by, beds=command.beds, pumps=command.pumps)
    )
    return DutyAccepted(events=tuple(events))


def _is_on_duty(roster: Roster, person: Person) -> bool:
    return person.account in roster.on_duty


def _named(beds: tuple[BedId, ...] | list[BedId]) -> str:
    return ", ".join(beds)
