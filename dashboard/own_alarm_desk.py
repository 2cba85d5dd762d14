"""Alarms of the dashboard itself, acknowledged: seen on every screen, recorded when it can be.

What makes these alarms is often that ingest or the record is gone, so they wait for neither.
"""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from dashboard.beds import Beds
from dashboard.own_alarms import OwnAlarm, OwnAlarms
from dashboard.watch import LinkWatch
from infusion.happenings import ward_chain
from infusion.patient import Person
from infusion.station_events import STATION, OwnAlarmAcknowledged
from record.faults import RecordUnavailable
from vocabulary.ids import WardId

if TYPE_CHECKING:
    from record.store import Record

log = logging.getLogger(__name__)

AUTHOR: Final = f"{STATION}own-alarms"
RETRY_S: Final = 1.0


@dataclass(slots=True)
class OwnAlarmDesk:
    """Takes acknowledgements, and writes them down in order. For the event loop only."""

    record: "Record"
    own: OwnAlarms
    beds: Beds
    links: LinkWatch
    _waiting: list[OwnAlarmAcknowledged] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def acknowledge(
        self, ward: WardId, names: Collection[str], by: Person, now: datetime
    ) -> tuple[OwnAlarm, ...]:
        """The alarms of a ward among `names` that `by` is the first to have seen at `now` (UTC).

        `names`: as the screens call them, a dead link by the link alone.
        """
        standing = self.own.of_ward(ward, self.links.links(ward).links, now)
        fresh = tuple(
            alarm
            for alarm in standing
            if alarm.id.removeprefix(f"{ward}.") in names and alarm.acknowledged_at is None
        )
        for alarm in fresh:
            self.own.acknowledge(alarm, by.printed_name, now)
            self._waiting.append(
                OwnAlarmAcknowledged(
                    ward=ward, at=now, alarm=alarm.id, text=alarm.text, since=alarm.since, by=by
                )
            )
        if fresh:
            self._news.set()
            for each in self.beds.wards:
                self.beds.announce(each)
        return fresh

    async def run(self) -> None:
        """Write down what was acknowledged, for as long as the server runs."""
        while True:
            await self._news.wait()
            if not self._waiting:
                self._news.clear()
                continue
            event = self._waiting[0]
            try:
                await asyncio.to_thread(self._append, event)
            except RecordUnavailable as gone:
                log.debug("an acknowledgement waits for the record: %s", gone)
                await asyncio.sleep(RETRY_S)
                continue
            self._waiting.pop(0)

    def _append(self, event: OwnAlarmAcknowledged) -> None:
        with self.record.write() as transaction:
            transaction.append(ward_chain(event.ward), [event], AUTHOR, event.at)
