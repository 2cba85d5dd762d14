"""The task that tells a webhook of alarms: finds news, sends it, tries again, records it."""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from dashboard.beds import Beds
from dashboard.calls import Calls
from dashboard.notifying.notices import (
    Notice,
    Standing,
    news,
    not_taken,
    over,
    standing_at_beds,
    standing_calls,
    standing_of_ward,
    told_before,
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
LOOKED_BACK: Final = timedelta(days=7)
"""What a receiver was told earlier than that, and never that it is over, is its own to clear."""


class Notifier:
    """Tells of alarms until it is cancelled. For the event loop only."""

    def __init__(
        self,
        target: tuple[str, str],
        wards: tuple[WardPlan, ...],
        ward: tuple[Beds, OwnAlarms, Calls],
        record: "Record",
        once_within: timedelta,
    ) -> None:
        self._url, self._token = target
        self._wards = wards
        self._beds, self._own, self._calls = ward
        self._record = record
        self._once_within = once_within
        self._told: dict[WardId, dict[str, Standing]] = {plan.ward: {} for plan in wards}
        self._outbox = Outbox()
        self._tries: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Look and send until cancelled, whatever happens to one look."""
        before = asyncio.create_task(self._take_up(), name="notices before the start")
        try:
            while True:
                try:
                    self.look(datetime.now(UTC))
                    self._send_due(datetime.now(UTC))
                except Exception:  # a task's boundary: alarms are told of again after this
                    log.exception("alarms could not be told of, trying again")
                    await asyncio.sleep(RETRY_S)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            before.cancel()
            with suppress(asyncio.CancelledError):
                await before

    async def _take_up(self) -> None:
        """Go on with what the receiver was told before the start, once the record says what."""
        while True:
            try:
                delivered = await asyncio.to_thread(self._delivered_before)
            except RecordUnavailable as gone:
                log.debug("what was told before the start is not known yet: %s", gone)
                await asyncio.sleep(RETRY_S)
                continue
            for ward, standing in told_before(delivered, self._wards).items():
                self._outbox.know(standing)
                if ward in self._told:
                    self._told[ward] = standing | self._told[ward]
            return

    def _delivered_before(self) -> list[NoticeDelivered]:
        now = datetime.now(UTC)
        recorded = self._record.chains.across((NoticeDelivered,), now - LOOKED_BACK, now)
        return [cast("NoticeDelivered", item.event) for item in recorded]

    def look(self, now: datetime) -> None:
        """Put what is news at `now` (UTC) into the outbox."""
        for plan in self._wards:
            told = self._told[plan.ward]
            standing = self._calls_of(plan, now) | self._alarms_of(plan, now)
            found, self._told[plan.ward] = news(told, standing, now, self._once_within)
            for notice in found:
                self._outbox.put(notice, now)
        if not len(self._outbox):
            self._ask(now)

    def _ask(self, now: datetime) -> None:
        """While nothing was taken and nothing waits: one that is taken says that this is over."""
        trouble = tuple(alarm for alarm in self._own.standing if alarm.name == TROUBLE)
        for item in standing_of_ward(self._wards[0].ward, trouble, now).values():
            self._outbox.know((item.notice.alarm,))
            self._outbox.put(over(item, now), now)

    def _calls_of(self, plan: WardPlan, now: datetime) -> dict[str, Standing]:
        """They come from the record, so they are told also while no data flows."""
        if self._calls.are_known:
            return standing_calls(plan, self._calls.open(plan.ward), now)
        return {name: item for name, item in self._told[plan.ward].items() if item.is_call}

    def _alarms_of(self, plan: WardPlan, now: datetime) -> dict[str, Standing]:
        own = self._own.of_link(plan.ward)
        if own is None:
            return standing_at_beds(plan, self._live_states(plan.ward), now)
        # what stands at the beds is not known now, so none of it is over
        is_new = now - own.now_since < TOLD_AFTER
        told = self._told[plan.ward].items()
        kept = {n: s for n, s in told if not s.is_call and (s.notice.bed or is_new)}
        return kept if is_new else kept | standing_of_ward(plan.ward, (own,), now)

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
            given_up = self._outbox.failed(
                waiting,
                str(problem),
                datetime.now(UTC),
                is_perhaps_known=problem.is_perhaps_known,
            )
            self._say_trouble()
            if given_up is not None:
                self._tell_again(given_up.notice)
                await self._note(given_up.notice, _given_up(given_up))
            return
        self._outbox.delivered(waiting)
        self._own.end(TROUBLE, datetime.now(UTC))
        log.info("notice %s was taken at try %d", waiting.notice.id, waiting.tries + 1)
        await self._note(waiting.notice, _delivered(waiting))

    def _tell_again(self, notice: Notice) -> None:
        """What was given up and still stands unseen begins anew."""
        told = self._told[notice.ward]
        if notice.alarm in told:
            told[notice.alarm] = not_taken(told[notice.alarm])

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
    return NoticeDelivered(**_about(waiting), tries=waiting.tries + 1, text=waiting.notice.text)


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
