"""Who is on duty in a ward, from the record, and what people say about it, into the record.

Everything here blocks and may raise RecordUnavailable: call it in `asyncio.to_thread`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, get_args

from dashboard.acting import Done, do_in_ward
from infusion.commands import Command, Refused
from infusion.configuration import ClinicConfiguration
from infusion.duty.decisions import decide_duty
from infusion.duty.events import DutyEvent
from infusion.duty.roster import Roster, roster_of
from infusion.happenings import PeoplesAct, ward_chain
from record.store import Record
from vocabulary.ids import WardId

LOOKED_BACK: Final = timedelta(days=7)
"""Nobody is on duty for longer than this; a ward's chain holds much else."""


def read_roster(record: Record, ward: WardId, now: datetime) -> Roster:
    """Who is on duty in a ward at `now` (UTC), and who answers for which bed."""
    kinds = get_args(DutyEvent)
    end = now + timedelta(seconds=1)
    found = record.chains.of_kinds(ward_chain(ward), kinds, now - LOOKED_BACK, end)
    return roster_of(event for event in found if isinstance(event, kinds))


def do_duty(
    record: Record, ward: WardId, command: Command, token: str, clinic: ClinicConfiguration
) -> Done | Refused:
    """Take a command about duty into the record, once for each token, or say why not."""

    def deciding(now: datetime) -> Sequence[PeoplesAct] | Refused:
        decision = decide_duty(ward, read_roster(record, ward, now), command, now, clinic)
        return decision if isinstance(decision, Refused) else decision.events

    return do_in_ward(record, ward, command.by, token, deciding)
