"""Which link between a patient and a screen is broken, since when; one root cause shows as one.

`judge` is pure. A link is judged only where the links before it carry data: with the broker gone
nothing is known of ingest or the devices, and they stay as they were last known.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from dashboard.arrivals import WorkerHeard
from dashboard.feed import Connection
from vocabulary.states import DeviceLink, Link, LinkState
from wire.bed_state import BedState, DeviceView

SILENT_AFTER_S: Final = 2.5
"""Heartbeats come once a second; two missed and a half more, and the screen says so within 3 s."""
BROKER_PROMPT_S: Final = 1.5
"""A live broker echoes each second; one that does not is no witness against ingest."""
AFTER_BROKER_S: Final = 5.0
"""Ingest tries a broker that was away again every 2 s, and speaks once a second. Whoever died with
the broker is not told from whoever only lost it any sooner: one cause, one alarm."""
UNHEARD_AFTER_S: Final = 15.0
"""A device heard before, but not since ingest started: all recovers within this (ward.md)."""
_NAMED_DEVICES: Final = 6


@dataclass(frozen=True, slots=True)
class LinkView:
    """One link: its state, since when (UTC, None where it was never otherwise), and details."""

    state: LinkState = LinkState.UP
    since: datetime | None = None
    detail: str = ""

    @property
    def is_up(self) -> bool:
        """Whether the link carries data."""
        return self.state is LinkState.UP


@dataclass(frozen=True, slots=True)
class Links:
    """The links of a ward as a screen shows them; `lag_s` is how far it is behind, seconds."""

    device: LinkView = LinkView()
    broker: LinkView = LinkView()
    ingest: LinkView = LinkView()
    record: LinkView = LinkView()
    lag_s: float | None = None

    def views(self) -> dict[Link, LinkView]:
        """The links by name, in the order of the strip."""
        return {
            Link.DEVICE: self.device,
            Link.BROKER: self.broker,
            Link.INGEST: self.ingest,
            Link.RECORD: self.record,
        }

    def without_lag(self) -> "Links":
        """The same without what moves all the time."""
        return replace(self, lag_s=None)


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """What the dashboard's own look at the record found; `since` (UTC) when it failed."""

    is_alive: bool = True
    since: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a judgement rests on. `now` UTC, `now_s` monotonic; `loop_lag_s` our own."""

    now: datetime
    now_s: float
    connection: Connection
    workers: tuple[WorkerHeard, ...] = ()
    record: RecordCheck = RecordCheck()
    beds: tuple[BedState, ...] = ()
    loop_lag_s: float = 0.0

    def ago(self, then_s: float) -> datetime:
        """The UTC time of a moment on the monotonic clock."""
        return self.now - timedelta(seconds=max(0.0, self.now_s - then_s))


def judge(before: Links, evidence: Evidence) -> Links:
    """The links now, from what they were `before` and what is known."""
    broker = _judge_broker(before.broker, evidence)
    ingest, worker = before.ingest, None
    device = before.device
    if broker.is_up:
        worker = _speaking_worker(evidence)
        ingest = _judge_ingest(before.ingest, worker, evidence)
        if worker is not None:
            device = _judge_devices(before.device, evidence)
    return Links(
        device=device,
        broker=broker,
        ingest=ingest,
        record=_judge_record(before.record, worker, evidence),
        lag_s=None if worker is None else worker.status.lag_s + evidence.loop_lag_s,
    )


def _judge_broker(before: LinkView, evidence: Evidence) -> LinkView:
    connection = evidence.connection
    if connection.is_up and evidence.now_s - connection.heard_s <= SILENT_AFTER_S:
        return _up(before, evidence)
    heard = connection.heard_s
    if not heard and evidence.now_s - connection.since_s <= SILENT_AFTER_S:
        return before  # just started: give it the time to connect
    since = evidence.ago(heard) if heard else connection.since
    return _down(before, since, connection.detail or "the broker fell silent")


def _speaking_worker(evidence: Evidence) -> WorkerHeard | None:
    """The worker heard last, if it is there; a retained heartbeat proves nothing."""
    speaking = [
        heard
        for heard in evidence.workers
        if heard.status.state is LinkState.UP
        and not heard.retained
        and evidence.now_s - heard.received_s <= SILENT_AFTER_S
    ]
    return max(speaking, key=lambda heard: heard.received_s, default=None)


def _judge_ingest(before: LinkView, speaking: WorkerHeard | None, evidence: Evidence) -> LinkView:
    if speaking is not None:
        return _up(before, evidence)
    last_alive = max(
        (
            heard
            for heard in evidence.workers
            if heard.status.state is LinkState.UP and not heard.retained
        ),
        key=lambda heard: heard.received_s,
        default=None,
    )
    since_s = evidence.connection.since_s
    is_back = last_alive is not None and last_alive.received_s >= since_s
    may_come = evidence.now_s - since_s <= AFTER_BROKER_S and not is_back
    gone = [
        heard
        for heard in evidence.workers
        if heard.status.state is LinkState.DOWN and not (heard.retained and may_come)
    ]
    if gone and len(gone) == len(evidence.workers):
        last = max(gone, key=lambda heard: heard.received_s)
        return _down(before, last.received_at, f"{last.worker} went offline")
    if may_come:
        return before  # just connected: give it the time to speak
    if evidence.now_s - evidence.connection.heard_s > BROKER_PROMPT_S:
        return before  # the broker itself is silent: who is to blame shows in a moment
    if last_alive is None:
        return _down(before, evidence.connection.since, "no heartbeat")
    since = evidence.ago(last_alive.received_s)
    return _down(before, since, f"{last_alive.worker} fell silent")


def _judge_record(before: LinkView, speaking: WorkerHeard | None, evidence: Evidence) -> LinkView:
    if speaking is not None and speaking.status.record is LinkState.DOWN:
        status = speaking.status
        since = status.record_since or speaking.received_at
        return _down(before, since, status.record_detail or "ingest cannot write")
    if not evidence.record.is_alive:
        since = evidence.record.since or evidence.now
        return _down(before, since, evidence.record.detail)
    return _up(before, evidence)


def _judge_devices(before: LinkView, evidence: Evidence) -> LinkView:
    missing = [
        device
        for bed in evidence.beds
        for device in bed.devices
        if _is_missing(device, bed.published_at)
    ]
    if not missing:
        return _up(before, evidence)
    named = sorted(device.device for device in missing)
    more = f" and {len(named) - _NAMED_DEVICES} more" if len(named) > _NAMED_DEVICES else ""
    since = min(device.link_since for device in missing)
    return LinkView(LinkState.DOWN, since, ", ".join(named[:_NAMED_DEVICES]) + more)


def _is_missing(device: DeviceView, at: datetime) -> bool:
    if device.link in (DeviceLink.OFFLINE, DeviceLink.SILENT):
        return True
    return (
        device.link is DeviceLink.UNKNOWN
        and device.last_received_at is not None
        and at - device.link_since > timedelta(seconds=UNHEARD_AFTER_S)
    )


def _up(before: LinkView, evidence: Evidence) -> LinkView:
    return before if before.is_up else LinkView(LinkState.UP, evidence.now, "")


def _down(before: LinkView, since: datetime, detail: str) -> LinkView:
    if before.is_up:
        return LinkView(LinkState.DOWN, since, detail)
    return before if before.detail == detail else replace(before, detail=detail)
