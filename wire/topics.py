"""The topics of the device contract, built and taken apart in one place."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from vocabulary.ids import NAME_PATTERN, BedId, DeviceId, WardId, WorkerId

ROOT: Final = "hourglass/v1"


class MessageKind(str, Enum):
    """The last level of a device's topic: what kind of message it carries."""

    STATUS = "status"
    VITALS = "vitals"
    PUMP = "pump"
    EVENT = "event"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class DeviceTopic:
    """Who sent a device message, in which ward, and what kind it is."""

    ward: WardId
    device: DeviceId
    kind: MessageKind


@dataclass(frozen=True, slots=True)
class BedTopic:
    """Whose state a bed-state message is."""

    ward: WardId
    bed: BedId


@dataclass(frozen=True, slots=True)
class WorkerTopic:
    """Which ingest worker an ingest-status message is from."""

    ward: WardId
    worker: WorkerId


def device_topic(ward: WardId, device: DeviceId, kind: MessageKind) -> str:
    """The topic on which `device` publishes messages of `kind`."""
    return f"{ROOT}/{ward}/device/{device}/{kind.value}"


def ack_topic(ward: WardId, device: DeviceId) -> str:
    """The topic on which ingest says what of `device` is on disk."""
    return f"{ROOT}/{ward}/ack/{device}"


def bed_state_topic(ward: WardId, bed: BedId) -> str:
    """The topic of the state of `bed`."""
    return f"{ROOT}/{ward}/bed/{bed}/state"


def ingest_status_topic(ward: WardId, worker: WorkerId) -> str:
    """The topic of the heartbeat of `worker`."""
    return f"{ROOT}/{ward}/ingest/{worker}/status"


def device_filter(ward: WardId | None = None) -> str:
    """The subscription that catches everything devices of `ward` (or of any ward) publish."""
    return f"{ROOT}/{ward or '+'}/device/#"


def bed_state_filter(ward: WardId | None = None) -> str:
    """The subscription to the state of every bed of `ward` (or of any ward)."""
    return f"{ROOT}/{ward or '+'}/bed/+/state"


def ingest_status_filter(ward: WardId | None = None) -> str:
    """The subscription to the heartbeat of every worker of `ward` (or of any ward)."""
    return f"{ROOT}/{ward or '+'}/ingest/+/status"


LONGEST_TOPIC: Final = 192
"""No topic of the contract is as long; what is longer is not remembered by the caches below."""


def parse_device_topic(topic: str) -> DeviceTopic | None:
    """Take a device's topic apart; None if it is not one of the contract."""
    return None if len(topic) > LONGEST_TOPIC else _device_topic(topic)


@lru_cache(maxsize=65536)
def _device_topic(topic: str) -> DeviceTopic | None:
    parts = topic.split("/")
    if len(parts) != 6 or parts[:2] != ["hourglass", "v1"] or parts[3] != "device":
        return None
    ward, device, last = parts[2], parts[4], parts[5]
    if not (NAME_PATTERN.fullmatch(ward) and NAME_PATTERN.fullmatch(device)):
        return None
    try:
        return DeviceTopic(WardId(ward), DeviceId(device), MessageKind(last))
    except ValueError:
        return None


def device_of_topic(topic: str) -> tuple[WardId | None, DeviceId | None]:
    """Ward and device as far as a topic names them, for counting what was refused."""
    parts = topic.split("/")
    named = len(parts) >= 5 and parts[3] == "device"
    if not named or not (NAME_PATTERN.fullmatch(parts[2]) and NAME_PATTERN.fullmatch(parts[4])):
        return None, None
    return WardId(parts[2]), DeviceId(parts[4])


def parse_bed_topic(topic: str) -> BedTopic | None:
    """Take a bed-state topic apart; None if it is not one."""
    found = _ward_and_name(topic, "bed", "state")
    return None if found is None else BedTopic(WardId(found[0]), BedId(found[1]))


def parse_worker_topic(topic: str) -> WorkerTopic | None:
    """Take an ingest-status topic apart; None if it is not one."""
    found = _ward_and_name(topic, "ingest", "status")
    return None if found is None else WorkerTopic(WardId(found[0]), WorkerId(found[1]))


def _ward_and_name(topic: str, branch: str, last: str) -> tuple[str, str] | None:
    parts = topic.split("/") if len(topic) <= LONGEST_TOPIC else []
    if (
        len(parts) != 6
        or parts[:2] != ["hourglass", "v1"]
        or (parts[3], parts[5]) != (branch, last)
    ):
        return None
    ward, name = parts[2], parts[4]
    if not (NAME_PATTERN.fullmatch(ward) and NAME_PATTERN.fullmatch(name)):
        return None
    return ward, name
