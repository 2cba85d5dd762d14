"""Alarms of the dashboard itself and the record: ours are written, those of others taken up.

What makes these alarms is often that ingest or the record is gone, so they wait for neither:
screens are told at once, our own disk (`own_alarm_spool`) right after, the record once it can be
written, in the order in which it happened.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, cast, get_args

from dashboard.beds import Beds
from dashboard.own_alarm import ROOT_LINKS, OwnAlarm
from dashboard.own_alarm_spool import OwnAlarmSpool
from dashboard.own_alarms import OwnAlarms
from dashboard.watch import LinkWatch
from infusion.alarms.log import AlarmRecord, alarm_log
from infusion.alarms.own import settled
from infusion.happenings import ward_chain
from infusion.patient import Person
from infusion.station_events import STATION, OwnAlarmEvent
from record.act import append_decided
from record.faults import RecordUnavailable
from vocabulary.ids import WardId

if TYPE_CHECKING:
    from record.store import Record

log = logging.getLogger(__name__)

AUTHOR: Final = f"{STATION}own-alarms"
KINDS: Final = get_args(OwnAlarmEvent)
LOOK_EVERY_S: Final = 0.25
"""What is seen at one dashboard is on the screens of another within a second."""
KEEP_EVERY_S: Final = 0.05
RETRY_S: Final = 1.0
START_WAITS_S: Final = 2.0
"""A record that does not answer holds up no start longer than this."""
LOOKED_BACK: Final = timedelta(days=30)
"""What has stood for longer is not gone on with."""
WRITTEN_AT_ONCE: Final = 100
"""Events in one transaction, so that a long outage holds up nobody when it is over."""


@dataclass(slots=True)
class OwnAlarmDesk:
    """Takes acknowledgements, writes, and looks what others wrote. For the event loop only.

    `returns_within`: what comes back so soon is the same alarm. `tended`: the alarms of the whole
    clinic that this dashboard raises and ends. `spool`: where it is kept meanwhile, None for
    nowhere. `_known`: what the record has of each ward.
    """

    record: "Record"
    own: OwnAlarms
    beds: Beds
    links: LinkWatch
    returns_within: timedelta
    tended: frozenset[str]
    spool: OwnAlarmSpool | None = None
    _upto: int | None = None
    _known: dict[WardId, tuple[AlarmRecord, ...]] = field(default_factory=dict)
    _shown: int = 0

    def acknowledge(
        self, ward: WardId, names: Collection[str], by: Person, now: datetime
    ) -> tuple[OwnAlarm, ...]:
        """The alarms of a ward among `names` that `by` is the first to have seen at `now` (UTC).

        `names`: as the screens call them, a dead link by the link alone.
        """
        fresh = tuple(
            alarm
            for alarm in self.own.of_ward(ward)
            if alarm.name in names and alarm.acknowledged_at is None
        )
        for alarm in fresh:
            self.own.acknowledge(alarm, by, now)
        self._announce()
        return fresh

    @property
    def knows_before(self) -> bool:
        """Whether it is known what was alarmed and seen before the start."""
        return bool(self._known)

    async def begin(self) -> None:
        """Take up what stands in the record, before the links are judged; not waiting for ever.

        What the record was not told before we ended is told first.
        """
        recalled = await self._recall()
        self.own.events[:0] = recalled
        try:
            await asyncio.wait_for(self._turn(), START_WAITS_S)
        except (TimeoutError, RecordUnavailable) as gone:
            log.warning(
                "what was seen before the start is not known until the record answers: %s",
                gone or "it does not answer",
            )
            for ward in {event.ward for event in recalled}.intersection(self.beds.wards):
                self._take_up(ward, alarm_log([e for e in recalled if e.ward == ward]))

    async def _recall(self) -> tuple[OwnAlarmEvent, ...]:
        if self.spool is None:
            return ()
        try:
            recalled = await asyncio.to_thread(self.spool.open)
        except OSError as error:
            log.warning("own alarms are kept on no disk of ours meanwhile: %s", error)
            return ()
        if recalled:
            log.info(
                "%d events of own alarms were kept and are told to the record now", len(recalled)
            )
        return recalled

    async def keep(self) -> None:
        """Bring what is new to our own disk, for as long as the server runs, record or none."""
        is_well = True
        while True:
            try:
                await self._keep()
                is_well = True
            except OSError as error:
                if is_well:
                    log.warning("own alarms cannot be kept on our own disk: %s", error)
                is_well = False
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(KEEP_EVERY_S)

    async def _keep(self) -> None:
        if self.spool is None or not self.own.unkept:
            self.own.unkept.clear()
            return
        news = tuple(self.own.unkept)
        await asyncio.to_thread(self.spool.keep, news)
        del self.own.unkept[: len(news)]

    async def _turn(self) -> None:
        await self._write()
        if self.spool is not None and not self.spool.is_empty and not self.own.events:
            with suppress(OSError):  # what stays is settled once more, which adds nothing
                await asyncio.to_thread(self.spool.empty, self.spool.count)
        await self._look()

    async def run(self) -> None:
        """Write and look, for as long as the server runs, whatever happens to one look."""
        while True:
            try:
                await self._turn()
            except RecordUnavailable as gone:
                log.debug("alarms of the dashboard wait for the record: %s", gone)
            except Exception:  # a task's boundary: what waits is written later
                log.exception("alarms of the dashboard could not be brought into the record")
                await asyncio.sleep(RETRY_S)
            self._announce()
            await asyncio.sleep(LOOK_EVERY_S)

    async def keep_time(self) -> None:
        """Hear again what is back and stays, however long the record does not answer."""
        while True:
            self.own.pass_time(datetime.now(UTC))
            self._announce()
            await asyncio.sleep(LOOK_EVERY_S)

    async def end(self) -> None:
        """Write what waits, once more, before the server ends."""
        try:
            with suppress(OSError):
                await self._keep()
            await self._turn()
        except RecordUnavailable as gone:
            log.warning(
                "%d events of the dashboard's own alarms are not recorded: %s (kept in %s)",
                len(self.own.events), gone, self.spool and self.spool.path,
            )  # fmt: skip
        finally:
            if self.spool is not None:
                self.spool.close()

    def _announce(self) -> None:
        if self._shown != self.own.version:
            self._shown = self.own.version
            for ward in self.beds.wards:
                self.beds.announce(ward)

    async def _write(self) -> None:
        """Write what waits, each ward's in order; of one write all or nothing is there."""
        waiting = tuple(self.own.events)
        for ward in dict.fromkeys(event.ward for event in waiting):
            of_ward = [event for event in waiting if event.ward == ward]
            for start in range(0, len(of_ward), WRITTEN_AT_ONCE):
                seen = of_ward[start : start + WRITTEN_AT_ONCE]
                await asyncio.to_thread(self._append, ward, seen)
                self.own.events = [event for event in self.own.events if event not in seen]

    def _append(self, ward: WardId, seen: Sequence[OwnAlarmEvent]) -> None:
        def decide(recorded: Sequence[OwnAlarmEvent]) -> list[OwnAlarmEvent]:
            news: list[OwnAlarmEvent] = []
            for event in seen:
                found = settled(event, [*recorded, *news], self.returns_within)
                if found is not None:
                    news.append(found)
            return news

        now = datetime.now(UTC)
        since = min(now, *(event.at for event in seen)) - LOOKED_BACK
        with self.record.write() as transaction:
            append_decided(transaction, ward_chain(ward), KINDS, since, decide, (AUTHOR, now))

    async def _look(self) -> None:
        for ward, records in (await asyncio.to_thread(self._read)).items():
            is_first = ward not in self._known
            self._known[ward] = records
            if is_first:
                self._take_up(ward, records)
        now = datetime.now(UTC)
        waiting = {event.ward for event in self.own.events}
        for ward in self._known.keys() - waiting:
            self.own.compare(ward, self._known[ward], now)

    def _read(self) -> dict[WardId, tuple[AlarmRecord, ...]]:
        """What the record has of every ward; nothing if that has not grown since the last look."""
        newest = self.record.chains.newest_of(KINDS)
        if newest == self._upto:
            return {}
        now = datetime.now(UTC)
        recorded = self.record.chains.across(KINDS, now - LOOKED_BACK, now + timedelta(days=1))
        self._upto = newest
        events: dict[WardId, list[OwnAlarmEvent]] = {ward: [] for ward in self.beds.wards}
        for item in recorded:
            event = cast("OwnAlarmEvent", item.event)
            if event.ward in events:
                events[event.ward].append(event)
        return {ward: alarm_log(of_ward) for ward, of_ward in events.items()}

    def _take_up(self, ward: WardId, records: Sequence[AlarmRecord]) -> None:
        now = datetime.now(UTC)
        self.own.take_up(ward, records, now, self.tended)
        standing = {record.code: record for record in records if record.ended_at is None}
        since = {link: standing[c].since for link, c in ROOT_LINKS.items() if c in standing}
        if not self.links.take_up(ward, since):
            self.own.judged(ward, self.links.links(ward).links, now)
