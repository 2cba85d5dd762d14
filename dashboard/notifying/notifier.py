"""The task that tells a webhook of alarms: finds news, sends it, tries again, records it."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dashboard.beds import Beds
from dashboard.notifying.notices import (
    Notice,
    Standing,
    news,
    over,
    standing_at_beds,
    standing_of_ward,
)
from dashboard.notifying.outbox import Outbox, Waiting
from dashboard.notifying.webhook import NotTaken, post
from dashboard.own_alarm import OwnAlarm
from dashboard.own_alarms import OwnAlarms
from infusion.configuration import WardPlan
from infusion.happenings import ward_chain
from infusion.station_events import STATION, NoticeDelivered, NoticeGivenUp
from record.faults import RecordUnavailable
from vocabulary.alarms import AlarmPriority, OwnAlarmCode
from vocabulary.ids import BedId, WardId
from wire.bed_state import BedState

if TYPE_CHECKING:
    from record.store import Record

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.25
RETRY_S: Final = 1.0
TOLD_AFTER: Final = timedelta(seconds=5)
"""A link that mends itself sooner, as after a restart, calls nobody."""
AUTHOR: Final = f"{STATION}notifier"
TROUBLE: Final = "notifier"


class Notifier:
    """Tells of alarms until it is cancelled. For the event loop only."""

    def __init__(
        self,
        target: tuple[str, str],
        wards: tuple[WardPlan, ...],
        ward: tuple[Beds, OwnAlarms],
        record: "Record",
        once_within: timedelta,
    ) -> None:
        self._url, self._token = target
        self._wards = wards
        self._beds, self._own = ward
        self._record = record
        self._once_within = once_within
        self._told: dict[WardId, dict[str, Standing]] = {plan.ward: {} for plan in wards}
        self._outbox = Outbox()
        self._tries: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Look and send until cancelled, whatever happens to one look."""
        self._go_on(datetime.now(UTC))
        while True:
            try:
                self.look(datetime.now(UTC))
                self._send_due(datetime.now(UTC))
            except Exception:  # a task's boundary: alarms are told of again after this
                log.exception("alarms could not be told of, trying again")
                await asyncio.sleep(RETRY_S)
            await asyncio.sleep(LOOK_EVERY_S)

    def _go_on(self, now: datetime) -> None:
        """If nobody took notices before the start, ask again: one that is taken says it is over."""
        ward = self._wards[0].ward
        trouble = tuple(alarm for alarm in self._own.standing if alarm.name == TROUBLE)
        for item in standing_of_ward(ward, trouble, now).values():
            self._outbox.put(over(item, now), now)

    def look(self, now: datetime) -> None:
        """Put what is news at `now` (UTC) into the outbox."""
        for plan in self._wards:
            own = self._own.of_link(plan.ward)
            if own is not None and now - own.now_since < TOLD_AFTER:
                continue
            standing = standing_of_ward(plan.ward, () if own is None else (own,), now)
            told = self._told[plan.ward]
            if own is None:
                standing |= standing_at_beds(plan, self._live_states(plan.ward), now)
            else:  # what stands at the beds is not known now, so none of it is over
                standing |= {name: item for name, item in told.items() if item.notice.bed}
            found, self._told[plan.ward] = news(told, standing, now, self._once_within)
            for notice in found:
                self._outbox.put(notice, now)

    def _live_states(self, ward: WardId) -> list[BedState]:
        return [
            held.state
            for held in self._beds.of(ward).values()
            if held.state is not None and held.arrived is not None and not held.arrived.retained
        ]

    def _send_due(self, now: datetime) -> None:
        for waiting in self._outbox.due(now):
            self._outbox.begin(waiting)
            task = asyncio.create_task(self._try(waiting))
            self._tries.add(task)
            task.add_done_callback(self._tries.discard)

    async def _try(self, waiting: Waiting) -> None:
        try:
            await asyncio.to_thread(post, self._url, self._token, waiting.notice)
        except NotTaken as problem:
            cause = problem.__cause__ or problem
            log.warning("notice %s was not taken: %s (%r)", waiting.notice.id, problem, cause)
            given_up = self._outbox.failed(waiting, str(problem), datetime.now(UTC))
            self._say_trouble()
            if given_up is not None:
                await self._note(given_up.notice, _given_up(given_up))
            return
        self._outbox.delivered(waiting)
        self._own.end(TROUBLE, datetime.now(UTC))
        log.info("notice %s was taken at try %d", waiting.notice.id, waiting.tries + 1)
        await self._note(waiting.notice, _delivered(waiting))

    def _say_trouble(self) -> None:
        if self._outbox.trouble is None:
            return
        since, why = self._outbox.trouble
        self._own.raise_one(
            OwnAlarm(
                name=TROUBLE,
                code=OwnAlarmCode.NOTICES_NOT_TAKEN,
                priority=AlarmPriority.MEDIUM,
                text=f"alarms are not sent on: {why}",
                since=since,
            ),
            datetime.now(UTC),
        )

    async def _note(self, notice: Notice, event: NoticeDelivered | NoticeGivenUp) -> None:
        try:
            await asyncio.to_thread(self._append, notice.ward, event)
        except RecordUnavailable as gone:
            log.warning("notice %s is not in the record: %s", notice.id, gone)

    def _append(self, ward: WardId, event: msgspec.Struct) -> None:
        with self._record.write() as transaction:
            transaction.append(ward_chain(ward), [event], AUTHOR, datetime.now(UTC))


def _delivered(waiting: Waiting) -> NoticeDelivered:
    return NoticeDelivered(**_about(waiting), tries=waiting.tries + 1)


def _given_up(waiting: Waiting) -> NoticeGivenUp:
    return NoticeGivenUp(**_about(waiting), tries=waiting.tries, why=waiting.why)


def _about(waiting: Waiting) -> dict[str, Any]:
    """What the record holds of a notice, however it ended."""
    notice = waiting.notice
    return {
        "ward": notice.ward,
        "at": datetime.now(UTC),
        "notice": notice.id,
        "alarm": notice.alarm,
        "bed": BedId(notice.bed) if notice.bed else None,
        "what": notice.what.value,
        "told_at": waiting.first_at,
    }
