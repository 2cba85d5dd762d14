"""Order: from what arrived to one batch of the ward's ordered stream.

Here repeats are dropped, clocks are read, positions are given, and whatever is not of the
contract goes to quarantine. Nothing of it is durable until the worker has committed the batch.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from infusion.configuration import ClinicConfiguration
from infusion.device import Boots, boots_of
from infusion.inputs import StreamInput
from infusion.receipts import Receipts, first_receipt
from infusion.stream import (
    ClockOffset,
    DeviceStatusArrived,
    NumberedArrival,
    Quarantined,
    VitalsArrived,
)
from infusion.ward_state import StreamState
from ingest.clocks import DeviceClocks
from ingest.cuffs import CuffReadings
from ingest.decode import ArrivalTimes, arrival_of, status_of
from ingest.mqtt import RawMessage
from ingest.noticing import Noticing
from vocabulary.alarms import DeviceEventCode
from vocabulary.ids import BootId, DeviceId, WardId
from vocabulary.states import QuarantineReason
from wire.decoding import MAX_PAYLOAD_BYTES, Refused, decode, peek_sequence
from wire.messages import DeviceEvent, SequencedMessage, Status
from wire.topics import DeviceTopic, device_of_topic

log = logging.getLogger(__name__)

BootKey = tuple[DeviceId, BootId]

LONGEST_TOPIC: Final = 1024
"""Characters that are kept of the topic of a refused message; one of the contract has no 200."""
RESERVED_AT_ONCE: Final = 10_000
"""Places taken from the record at a time; those that are left at the end are never given."""


@dataclass(slots=True)
class Batch:
    """What one commit stores: inputs in order, refused messages, receipts and clocks changed.

    `heard` names every boot that sent a numbered message, a repeat included: it is owed an ack.
    """

    raw: Sequence[RawMessage]
    inputs: list[StreamInput] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    redelivered: list[Quarantined] = field(default_factory=list)
    receipts: dict[BootKey, Receipts] = field(default_factory=dict)
    clocks: dict[BootKey, ClockOffset] = field(default_factory=dict)
    heard: dict[BootKey, WardId] = field(default_factory=dict)
    duplicates: int = 0
    late: int = 0


class Sequencer:
    """Puts arrivals in order; knows what is on disk, every clock, and the last position given."""

    def __init__(
        self,
        clinic: ClinicConfiguration,
        clocks: DeviceClocks,
        receipts: Iterable[Receipts],
        state: StreamState,
        reserve_positions: Callable[[int], int],
    ) -> None:
        self._clinic = clinic
        self._wards = frozenset(ward.ward for ward in clinic.wards)
        self.clocks = clocks
        self._receipts = {(r.device, r.boot): r for r in receipts}
        self._boots: dict[DeviceId, Boots] = {
            name: boots_of(device) for name, device in state.devices.items()
        }
        self._statuses = {
            name: device.last_status
            for name, device in state.devices.items()
            if device.last_status is not None
        }
        self._reserve_positions = reserve_positions
        self._next_position = self._end_of_reserve = 0
        self._live_within = timedelta(seconds=clinic.clocks.live_within_s)
        self._cuffs = CuffReadings(state)
        flood = clinic.alarms.technical.quarantined_per_min
        self._noticing = Noticing(flood, state.notices)
        for held in self._receipts.values():
            if state.now is not None and self._is_current(held.device, held.boot):
                self._noticing.receive(held, state.now)

    def reserve(self, count: int) -> None:
        """Make sure of `count` places in the order. Raises RecordUnavailable."""
        if self._end_of_reserve - self._next_position < count:
            wanted = max(count, RESERVED_AT_ONCE)
            self._next_position = self._reserve_positions(wanted)
            self._end_of_reserve = self._next_position + wanted

    def next_positions(self, count: int) -> int:
        """The first of the next `count` places, given once; `reserve` has made sure of them."""
        position = self._next_position
        self._next_position += count
        return position

    def receipts(self) -> dict[BootKey, Receipts]:
        """What of every boot is received; on disk once its batch is committed."""
        return dict(self._receipts)

    def order(self, raw: Sequence[RawMessage]) -> Batch:
        """The batch that the messages `raw` make, in order of receipt."""
        batch = Batch(raw=raw)
        for message in raw:
            try:
                self._take(message, batch)
            except Refused as refused:
                self._refuse(message, refused, batch)
            except Exception as error:
                log.exception("a message on %s could not be taken up", message.topic)
                self._keep(message, QuarantineReason.INTERNAL_ERROR, repr(error), batch)
            noticed = self._noticing.next(message.received_at, self._next_position)
            if noticed is not None:
                self.next_positions(1)
                batch.inputs.append(noticed)
        return batch

    def refuse_input(self, item: StreamInput, error: Exception, batch: Batch) -> None:
        """Keep an input that the rules could not take up in quarantine."""
        if isinstance(item, NumberedArrival | DeviceStatusArrived):
            batch.quarantined.append(
                Quarantined(
                    received_at=item.received_at,
                    topic=f"{item.ward}/{item.device}",
                    payload=repr(item).encode(),
                    reason=QuarantineReason.INTERNAL_ERROR,
                    detail=repr(error),
                    ward=item.ward,
                    device=item.device,
                    boot=item.boot,
                    seq=None if isinstance(item, DeviceStatusArrived) else item.seq,
                )
            )

    def _take(self, raw: RawMessage, batch: Batch) -> None:
        topic, message = decode(raw.topic, raw.payload)
        self._check_known(topic)
        if isinstance(message, Status):
            self._take_status(topic, message, raw, batch)
            return
        self._check_open(topic.device, BootId(message.boot), message.seq)
        if self._receive((topic.device, BootId(message.boot)), message.seq, topic.ward, batch):
            self._take_numbered(topic, message, raw, batch)
        else:
            batch.duplicates += 1

    def _check_known(self, topic: DeviceTopic) -> None:
        if topic.ward not in self._wards:
            raise Refused(
                QuarantineReason.UNKNOWN_WARD, f"ward {topic.ward!r} is not in config/wards.yaml"
            )
        rules = self._clinic.devices
        if rules.registered_only and topic.device not in rules.registered:
            raise Refused(
                QuarantineReason.UNKNOWN_DEVICE,
                f"device {topic.device!r} is not registered in config/devices.yaml",
            )

    def _check_open(self, device: DeviceId, boot: BootId, seq: int) -> None:
        """What is given up is not taken up: it may be stored already, and would count twice."""
        held = self._receipts.get((device, boot))
        if held is not None and held.is_given_up(seq):
            raise Refused(
                QuarantineReason.OUT_OF_BOUNDS,
                f"seq {seq} lies in gaps that were given up: this boot has too many of them",
            )

    def _take_status(
        self, topic: DeviceTopic, message: Status, raw: RawMessage, batch: Batch
    ) -> None:
        status = status_of(topic, message, 0, raw.received_at, is_retained=raw.is_retained)
        if _is_old_news(status, self._statuses.get(topic.device)):
            batch.duplicates += 1
            return
        self._statuses[topic.device] = status
        if not raw.is_retained:
            self._note_boot(topic.device, status.boot)
        batch.inputs.append(
            status_of(
                topic,
                message,
                self.next_positions(1),
                raw.received_at,
                is_retained=raw.is_retained,
            )
        )

    def _take_numbered(
        self, topic: DeviceTopic, message: SequencedMessage, raw: RawMessage, batch: Batch
    ) -> None:
        device, boot = topic.device, BootId(message.boot)
        clock = self.clocks.of(device, boot)
        is_prompt = not message.buffered and not raw.is_retained
        if is_prompt:
            self._note_boot(device, boot)
            if isinstance(message, DeviceEvent) and message.event is DeviceEventCode.CLOCK_SET:
                clock.reset()
            else:
                clock.take(message.time, raw.received_at, message.seq)
        is_current = self._is_current(device, boot)
        if is_current:
            self._noticing.receive(self._receipts[device, boot], raw.received_at)
        observed_at = clock.observed_at(
            message.time, raw.received_at, self.clocks.fallback_s(device)
        )
        is_late = (
            not is_prompt
            or not clock.tells(message.time, raw.received_at)
            or not is_current
            or raw.received_at - observed_at > self._live_within
        )
        batch.late += is_late
        times = ArrivalTimes(raw.received_at, observed_at, is_late, raw.is_retained)
        arrival = arrival_of(topic, message, self.next_positions(1), times)
        if isinstance(arrival, VitalsArrived):
            arrival = self._cuffs.settled(arrival)
        batch.inputs.append(arrival)
        offset = self.clocks.to_save(topic.ward, device, boot, raw.received_at)
        if offset is not None:
            batch.clocks[(device, boot)] = offset

    def _note_boot(self, device: DeviceId, boot: BootId) -> None:
        boots = self._boots.get(device)
        if boots is None or boots.current != boot:
            self._boots[device] = (boots or Boots()).after(boot)
            self._noticing.restart(device)

    def _is_current(self, device: DeviceId, boot: BootId) -> bool:
        held = self._boots.get(device)
        return held is not None and held.current == boot

    def _receive(self, key: BootKey, seq: int, ward: WardId, batch: Batch) -> bool:
        """Note message `seq`; False if it is received already."""
        batch.heard[key] = ward
        held = self._receipts.get(key)
        if held is None:
            self._receipts[key] = batch.receipts[key] = first_receipt(ward, *key, seq)
            return True
        grown = held.with_seq(seq)
        if grown is held:
            return False
        self._receipts[key] = batch.receipts[key] = grown
        return True

    def _refuse(self, raw: RawMessage, refused: Refused, batch: Batch) -> None:
        """Quarantine a message; one with boot and seq is received, and counts as such."""
        ward, device = device_of_topic(raw.topic)
        found = peek_sequence(raw.payload)
        if found is not None and ward in self._wards and device is not None:
            boot, seq = found
            held = self._receipts.get((device, boot))
            is_open = held is None or not held.is_given_up(seq)
            if is_open and not self._receive((device, boot), seq, ward, batch):
                batch.duplicates += 1
                return
        self._keep(raw, refused.reason, refused.detail, batch)

    def _keep(self, raw: RawMessage, reason: QuarantineReason, detail: str, batch: Batch) -> None:
        """Quarantine a message; of one that is too long its beginning, lest it fill the disk."""
        ward, device = device_of_topic(raw.topic)
        boot, seq = peek_sequence(raw.payload) or (None, None)
        item = Quarantined(
            received_at=raw.received_at,
            topic=raw.topic[:LONGEST_TOPIC],
            payload=raw.payload[:MAX_PAYLOAD_BYTES],
            reason=reason,
            detail=detail,
            ward=ward,
            device=device,
            boot=boot,
            seq=seq,
        )
        (batch.redelivered if raw.is_redelivery else batch.quarantined).append(item)
        if ward in self._wards and device in self._boots:
            self._noticing.refuse(ward, device, raw.received_at)


def _is_old_news(status: DeviceStatusArrived, last: DeviceStatusArrived | None) -> bool:
    """Whether a status says what the last one said; redeliveries and retained copies do."""
    return last is not None and (status.boot, status.state, status.device_time) == (
        last.boot,
        last.state,
        last.device_time,
    )
