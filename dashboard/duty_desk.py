"""Who is on duty in a ward, from the record, and what people say about it, into the record.

Everything here blocks and may raise RecordUnavailable: call it in `asyncio.to_thread`.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, get_args

from dashboard.acting import OVERTAKEN, TRIES, Done, sent_token
from infusion.commands import Command, Refused
from infusion.configuration import ClinicConfiguration
from infusion.duty.decisions import decide_duty
from infusion.duty.events import DutyEvent
from infusion.duty.roster import Roster, roster_of
from infusion.happenings import author_of, ward_chain
from record.chains import Act, Overtaken
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
    chain = ward_chain(ward)
    sent = sent_token(command.by, chain, token) if token else None
    for _ in range(TRIES):
        if sent is not None and (done := record.chains.sent(sent)) is not None:
            return Done(positions=tuple(done), is_again=True)
        seen, now = record.chains.head(chain), datetime.now(UTC)
        decision = decide_duty(ward, read_roster(record, ward, now), command, now, clinic)
        if isinstance(decision, Refused):
            return decision
        act = Act(author=author_of(command.by.account), now=now, seen=seen, token=sent)
        try:
            return Done(positions=tuple(record.act(chain, decision.events, act)))
        except Overtaken:
            continue
    return OVERTAKEN
