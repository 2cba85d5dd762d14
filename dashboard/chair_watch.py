"""Whether every patient is on a screen: a chair that was taken out of the plan has no tile."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from dashboard.own_alarm import OwnAlarm
from dashboard.own_alarms import OwnAlarms
from dashboard.session_shelf import SessionShelf
from infusion.configuration import WardPlan
from record.faults import RecordUnavailable
from vocabulary.alarms import AlarmPriority, OwnAlarmCode

log = logging.getLogger(__name__)

TROUBLE: Final = "chairs"
LOOK_EVERY_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class ChairWatch:
    """Raises and ends the alarm, for the wards of the plan. `look` blocks."""

    shelf: SessionShelf
    wards: Sequence[WardPlan]
    own: OwnAlarms

    async def run(self) -> None:
        """Look for as long as the server runs; what cannot be read changes nothing."""
        while True:
            try:
                self.tell(await asyncio.to_thread(self.look), datetime.now(UTC))
            except RecordUnavailable as gone:
                log.debug("it cannot be read who sits where: %s", gone)
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> tuple[str, ...]:
        """The chairs in which patients sit and that are not in the plan: "5 of Ward North"."""
        return tuple(
            f"{session.bed} of {plan.label}"
            for plan in self.wards
            for session in self.shelf.open(plan.ward).sessions
            if session.bed is not None and all(bed.bed != session.bed for bed in plan.beds)
        )

    def tell(self, unseen: Sequence[str], now: datetime) -> None:
        """Alarm what was found at `now` (UTC), or that it is over."""
        if not unseen:
            self.own.end(TROUBLE, now)
            return
        self.own.raise_one(
            OwnAlarm(
                name=TROUBLE,
                code=OwnAlarmCode.CHAIR_NOT_IN_PLAN,
                priority=AlarmPriority.MEDIUM,
                text=f"a patient is on no screen: chair {', '.join(unseen)} is not in wards.yaml, "
                "watch the bedside monitor, put it back or move the session",
                since=now,
                value=len(unseen),
                limit=0,
            ),
            now,
        )
