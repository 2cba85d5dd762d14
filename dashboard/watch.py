"""The task that judges the links of every ward, five times a second, and wakes the screens."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from dashboard.arrivals import Arrived, WorkerHeard
from dashboard.beds import BedArrived, Beds
from dashboard.feed import Feed
from dashboard.links import Evidence, Links, LinkView, RecordCheck, judge
from dashboard.metrics import Metrics
from vocabulary.ids import WardId, WorkerId
from vocabulary.states import Link, LinkState

log = logging.getLogger(__name__)

JUDGE_EVERY_S: Final = 0.2
RECORD_CHECK_EVERY_S: Final = 1.0
RECORD_CHECK_LIMIT_S: Final = 1.5
"""Checked each second and given up after this: a lost record shows within 3 s."""
STUCK_AFTER_S: Final = 2.0
RETRY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class ShownLinks:
    """The links of a ward, their JSON for frames, and a version that goes up when they change."""

    links: Links
    text: str
    version: int


class LinkWatch:
    """What is known of the links of every ward. For the event loop only."""

    def __init__(
        self,
        feed: Feed,
        beds: Beds,
        metrics: Metrics,
        is_record_alive: Callable[[], bool],
        hear: Callable[[WardId, Links, datetime], None] = lambda *_: None,
    ) -> None:
        """`hear` is told of every change, at a moment (UTC), before the screens are."""
        self._feed = feed
        self._beds = beds
        self._metrics = metrics
        self._is_record_alive = is_record_alive
        self._told = hear
        self._has_judged = False
        self._workers: dict[WardId, dict[WorkerId, WorkerHeard]] = {}
        self._record = RecordCheck()
        self._shown = {ward: _shown(Links(), 0) for ward in beds.wards}
        self._loop_lag_s = 0.0
        self._judged_s = time.monotonic()

    @property
    def is_record_alive(self) -> bool:
        """What the dashboard's own last look at the record found."""
        return self._record.is_alive

    def is_judging(self, now_s: float) -> bool:
        """Whether the links were judged just now; if not, nothing may be shown as live."""
        return now_s - self._judged_s <= STUCK_AFTER_S

    def take(self, arrived: list[Arrived]) -> None:
        """Take in what the feed heard."""
        for one in arrived:
            if isinstance(one, BedArrived):
                self._beds.take(one)
            else:
                self._hear(one)

    def links(self, ward: WardId) -> ShownLinks:
        """The links of `ward` as last judged. Raises KeyError if there is no such ward."""
        return self._shown[ward]

    def heard(self) -> tuple[WorkerHeard, ...]:
        """The newest heartbeat of every worker, or its will."""
        found = {
            worker: heard for workers in self._workers.values() for worker, heard in workers.items()
        }
        return tuple(found.values())

    def take_up(self, ward: WardId, down: Mapping[Link, datetime]) -> bool:
        """Begin with links that were down before the start, and since when (UTC).

        False if they were judged already, which says more.
        """
        if self._has_judged:
            return False
        views = {link: LinkView(LinkState.DOWN, since, "") for link, since in down.items()}
        links = Links(
            broker=views.get(Link.BROKER, LinkView()),
            ingest=views.get(Link.INGEST, LinkView()),
            record=views.get(Link.RECORD, LinkView()),
        )
        self._shown[ward] = _shown(links, 0)
        return True

    async def run(self) -> None:
        """Judge until cancelled, whatever happens to one judgement."""
        while True:
            try:
                await self._run()
            except Exception:  # a task's boundary: screens stop by themselves while this fails
                log.exception("the links could not be judged, trying again")
                await asyncio.sleep(RETRY_S)

    async def _run(self) -> None:
        record = asyncio.create_task(self._watch_record(), name="watch record")
        try:
            while True:
                due_s = time.monotonic() + JUDGE_EVERY_S
                await asyncio.sleep(JUDGE_EVERY_S)
                now_s = time.monotonic()
                self._loop_lag_s = max(0.0, now_s - due_s)
                self.judge_all(datetime.now(UTC), now_s)
                self._beds.age(now_s)
                if record.done():
                    await record  # it never ends by itself: raise what ended it
        finally:
            record.cancel()

    def judge_all(self, now: datetime, now_s: float) -> None:
        """Judge every ward at `now` (UTC) and `now_s` (monotonic); wake screens of what changed."""
        connection = self._feed.connection
        self._has_judged = True
        for ward, before in self._shown.items():
            evidence = Evidence(
                now=now,
                now_s=now_s,
                connection=connection,
                workers=tuple(self._workers.get(ward, {}).values()),
                record=self._record,
                beds=tuple(self._beds.states(ward)),
                loop_lag_s=self._loop_lag_s,
            )
            links = judge(before.links, evidence)
            if links.without_lag() == before.links.without_lag():
                self._shown[ward] = ShownLinks(links, before.text, before.version)
                continue
            self._shown[ward] = _shown(links, before.version + 1)
            self._tell(ward, before.links, links)
            self._told(ward, links, now)
            self._beds.announce(ward)
        self._judged_s = now_s

    def _hear(self, heard: WorkerHeard) -> None:
        if heard.ward not in self._beds:
            return
        workers = self._workers.setdefault(heard.ward, {})
        known = workers.get(heard.worker)
        if (
            known is not None
            and known.status.state is LinkState.UP
            and known.status.boot != heard.status.boot
            and heard.status.state is LinkState.DOWN
        ):
            return  # the will of a run that another has followed
        is_memory = heard.retained and heard.status.state is LinkState.UP
        if known is not None and is_memory and not known.retained:
            return  # it was heard live already
        workers[heard.worker] = heard

    def _tell(self, ward: WardId, before: Links, links: Links) -> None:
        for link, view in links.views().items():
            self._metrics.links.labels(ward, link.value).set(1 if view.is_up else 0)
            if view.state is not before.views()[link].state:
                log.log(
                    logging.INFO if view.is_up else logging.WARNING,
                    "ward %s: link %s is %s %s",
                    ward,
                    link.value,
                    view.state.value,
                    view.detail,
                )

    async def _watch_record(self) -> None:
        while True:
            await asyncio.sleep(RECORD_CHECK_EVERY_S)
            check = asyncio.create_task(asyncio.to_thread(self._check_record))
            done, _ = await asyncio.wait({check}, timeout=RECORD_CHECK_LIMIT_S)
            if not done:
                self._note_record("the record does not answer")
                await asyncio.wait({check})  # one check at a time, however long it hangs
            self._note_record(check.result())

    def _check_record(self) -> str:
        """What is wrong with the record, empty if nothing is."""
        try:
            return "" if self._is_record_alive() else "the record cannot be read"
        except Exception as error:  # noqa: BLE001 - whatever a driver raises, the record is not there
            return f"the record cannot be read: {type(error).__name__}"

    def _note_record(self, trouble: str) -> None:
        if not trouble:
            self._record = RecordCheck()
        elif self._record.is_alive:
            self._record = RecordCheck(is_alive=False, since=datetime.now(UTC), detail=trouble)


def _shown(links: Links, version: int) -> ShownLinks:
    text = json.dumps(
        {
            link.value: {
                "state": view.state.value,
                "since": None if view.since is None else view.since.isoformat("T", "milliseconds"),
                "detail": view.detail,
            }
            for link, view in links.views().items()
        },
        separators=(",", ":"),
    )
    return ShownLinks(links, text, version)
