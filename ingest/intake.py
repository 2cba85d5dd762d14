"""Taking up the stream: order, conclude, commit. The same path for live and recorded arrivals.

Everything of a batch is stored in one transaction: the inputs in their order, what was concluded
from them, what was refused, and which messages are on disk. Before that, nothing has happened.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from infusion.deadlines import next_deadline
from infusion.device import Device
from infusion.happenings import INGEST, Concluded, chain_of
from infusion.inputs import FromDevice, PeopleActed, StreamInput, TimersFellDue
from infusion.receipts import Receipts
from infusion.stream import IngestStarted, IngestStopped, WardGroup
from infusion.ward import advance
from infusion.ward_state import Rules, StreamState, without_logs
from ingest.mqtt import RawMessage
from ingest.pinning import Pinning
from ingest.stream import Batch, BootKey, Sequencer
from ingest.tail import ActTail
from record.digest import digest_minute
from record.store import Record, Snapshot
from vocabulary.ids import BootId, DeviceId, WorkerId

log = logging.getLogger(__name__)

SNAPSHOT_AFTER: Final = timedelta(seconds=60)
"""A snapshot is at most a minute old (architecture: Replay equality)."""
DEVICES_SAVED_AFTER: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which worker this is, in which run, for which wards, and the epoch of its lease."""

    worker: WorkerId
    boot: BootId
    group: WardGroup
    epoch: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch that waits for its commit: the state it leads to and what it concludes.

    `deadline`: when something will be concluded from that state though nothing arrives.
    """

    batch: Batch
    state: StreamState
    conclusions: tuple[Concluded, ...]
    now: datetime
    deadline: datetime | None


class Intake:
    """The rules at work on the stream, and the record behind them."""

    def __init__(
        self,
        record: Record,
        identity: Identity,
        rules: Rules,
        sequencer: Sequencer,
        state: StreamState,
    ) -> None:
        self.on_disk = sequencer.receipts()
        self._record = record
        self._acts = ActTail(record, frozenset(identity.group.wards), state)
        self.identity = identity
        self._sequencer = sequencer
        self._snapshot_at: datetime | None = None
        self._devices_at: datetime | None = None
        self._pinning = Pinning(identity.group, record.draft_digest)
        self._unsaved: set[DeviceId] = set(state.devices)
        self.rules = rules
        self.state = state
        self.deadline = next_deadline(state, rules)

    def look_for_acts(self) -> bool:
        """Whether people did something that waits to be taken up. Raises RecordUnavailable."""
        self._acts.look()
        return len(self._acts) > 0

    def prepare(self, raw: Sequence[RawMessage], now: datetime) -> Prepared:
        """Put `raw` in order, then timers that are due by `now` (UTC), and conclude.

        Whatever was received before `now` must be in `raw`, or have been in an earlier batch.
        Raises RecordUnavailable before anything is put in order; then try the same again.
        """
        self._sequencer.reserve(2 * len(raw) + 1)  # with each message something may be noticed
        return self._conclude(self._sequencer.order(raw), now)

    def prepare_acts(self, now: datetime) -> Prepared:
        """The batch of what people did, taken up at `now`; may raise as `prepare`.

        Messages are not in it: what a pump told before is then on disk, where acts look for it.
        """
        count = len(self._acts)
        self._sequencer.reserve(count + 1)
        acts = self._acts.take(self._sequencer.next_positions(count), now)
        return self._conclude(Batch(raw=(), inputs=[*acts]), now)

    def prepare_start(self, now: datetime) -> Prepared:
        """The batch that says: this worker took up the stream at `now`. May raise as `prepare`."""
        self._sequencer.reserve(2)
        return self._conclude(Batch(raw=(), inputs=[self._mark(IngestStarted, now)]), now)

    def prepare_stop(self, now: datetime) -> Prepared:
        """The batch that says: this worker laid the stream down at `now`. May raise likewise."""
        self._sequencer.reserve(2)
        return self._conclude(Batch(raw=(), inputs=[self._mark(IngestStopped, now)]), now)

    def commit(self, prepared: Prepared) -> None:
        """Store a batch and make its state the present one.

        Raises RecordUnavailable when the record refuses; nothing is stored then, and the same
        batch is to be tried again. Raises LeaseLost when another worker has taken over.
        """
        batch, now = prepared.batch, prepared.now
        takes_snapshot = _is_due(self._snapshot_at, now, SNAPSHOT_AFTER) or _is_last(batch)
        saves_devices = _is_due(self._devices_at, now, DEVICES_SAVED_AFTER)
        unsaved = self._unsaved.union(device for device, _ in batch.heard)
        unsaved.update(_devices_of(batch.inputs))
        pinned = self._pinning.drafted(batch, self.state, now)
        with self._record.write() as tx:
            tx.check_epoch(self.identity.group.name, self.identity.epoch)
            tx.store(batch.inputs)
            for chain, events in _by_chain(prepared.conclusions).items():
                tx.append(chain, events, f"{INGEST}{self.identity.worker}", now)
            tx.quarantine(batch.quarantined)
            tx.quarantine(batch.redelivered, redelivered=True)
            for minute, draft in pinned:
                digest_minute(tx, minute, self.identity.worker, draft)
            tx.save_receipts(list(batch.receipts.values()))
            tx.save_clocks(list(batch.clocks.values()))
            if saves_devices:
                receipts = {**self.on_disk, **batch.receipts}
                devices = prepared.state.devices
                tx.save_devices(
                    [self._measured(devices[name], receipts) for name in unsaved if name in devices]
                )
            if takes_snapshot:
                tx.save_snapshot(self.identity.group.name, self._snapshot_of(prepared))
        self._pinning.note(batch, [minute for minute, _ in pinned])
        self._unsaved = set() if saves_devices else unsaved
        self._devices_at = now if saves_devices else self._devices_at
        self._snapshot_at = now if takes_snapshot else self._snapshot_at
        self.state = prepared.state
        self.deadline = prepared.deadline
        self.on_disk.update(batch.receipts)

    def device(self, name: DeviceId) -> Device | None:
        """A device with what ingest measures itself: its clock and its missing messages."""
        device = self.state.devices.get(name)
        return None if device is None else self._measured(device, self.on_disk)

    def knows_clock(self, device: DeviceId, boot: BootId) -> bool:
        """Whether the offset of a device's clock is known in this boot."""
        return self._sequencer.clocks.offset_s(device, boot) is not None

    def _snapshot_of(self, prepared: Prepared) -> Snapshot:
        return Snapshot(
            position=prepared.state.position,
            at=prepared.now,
            version=self.rules.clinic.version,
            body=msgspec.json.encode(without_logs(prepared.state)),
        )

    def _conclude(self, batch: Batch, now: datetime) -> Prepared:
        try:
            state, conclusions = advance(self.state, batch.inputs, self.rules)
        except Exception:
            log.exception("the rules could not take up a batch; taking it up one by one")
            state, conclusions = self._conclude_one_by_one(batch)
        deadline = next_deadline(state, self.rules)
        if deadline is not None and deadline <= now:
            position = self._sequencer.next_positions(1)
            timers = TimersFellDue(position=position, at=now, wards=self.identity.group.name)
            batch.inputs.append(timers)
            state, fallen = advance(state, [timers], self.rules)
            conclusions = (*conclusions, *fallen)
            deadline = next_deadline(state, self.rules)
        return Prepared(batch, state, conclusions, now, deadline)

    def _conclude_one_by_one(self, batch: Batch) -> tuple[StreamState, tuple[Concluded, ...]]:
        """Take up what can be; what cannot is set aside, for it must not stop the ward.

        A message goes to quarantine; what a person did keeps its place, as refused.
        """
        state = self.state
        conclusions: list[Concluded] = []
        taken: list[StreamInput] = []
        for item in batch.inputs:
            try:
                state, found = advance(state, [item], self.rules)
                taken.append(item)
            except Exception as error:
                log.exception("the rules could not take up %r", item)
                if not isinstance(item, PeopleActed):
                    self._sequencer.refuse_input(item, error, batch)
                    continue
                refused = msgspec.structs.replace(item, event=None, refusal=repr(error))
                state, found = advance(state, [refused], self.rules)
                taken.append(refused)
            conclusions += found
        batch.inputs = taken
        return state, tuple(conclusions)

    def _mark(
        self, kind: type[IngestStarted] | type[IngestStopped], now: datetime
    ) -> IngestStarted | IngestStopped:
        return kind(
            position=self._sequencer.next_positions(1),
            at=now,
            worker=self.identity.worker,
            boot=self.identity.boot,
            wards=self.identity.group.name,
        )

    def _measured(self, device: Device, on_disk: Mapping[BootKey, Receipts]) -> Device:
        boot = device.boot
        receipts = None if boot is None else on_disk.get((device.device, boot))
        return msgspec.structs.replace(
            device,
            clock_offset_s=self._sequencer.clocks.offset_s(device.device, boot),
            missing=0 if receipts is None else receipts.missing_count(),
        )


def _is_due(last: datetime | None, now: datetime, after: timedelta) -> bool:
    return last is None or now - last >= after


def _is_last(batch: Batch) -> bool:
    return any(isinstance(item, IngestStopped) for item in batch.inputs)


def _by_chain(conclusions: Sequence[Concluded]) -> dict[str, list[Concluded]]:
    by_chain: dict[str, list[Concluded]] = defaultdict(list)
    for event in conclusions:
        by_chain[chain_of(event)].append(event)
    return by_chain


def _devices_of(inputs: Sequence[StreamInput]) -> set[DeviceId]:
    return {item.device for item in inputs if isinstance(item, FromDevice)}
