"""What a device reports when it happens, apart from its readings: events and its own alarms."""

from collections.abc import Iterable
from typing import NamedTuple

from simulator.faults import MS_PER_MIN
from simulator.scenario import AlarmSpec
from vocabulary.alarms import AlarmPhase, AlarmPriority, DeviceAlarmCode
from wire.topics import MessageKind


class Occurrence(NamedTuple):
    """Something to report at `at_ms` (true ms since 1970), without boot, seq and time."""

    at_ms: int
    kind: MessageKind
    body: dict[str, object]


def alarm_body(
    code: DeviceAlarmCode,
    phase: AlarmPhase,
    priority: AlarmPriority,
    alarm_id: str,
    text: str = "",
) -> dict[str, object]:
    """The fields of an alarm message; a device without a text of its own shows the code."""
    return {
        "alarm": code.value,
        "phase": phase.value,
        "priority": priority.value,
        "id": alarm_id,
        "text": text or code.value.replace("_", " ").upper(),
    }


def alarm_occurrences(alarms: Iterable[AlarmSpec], start_ms: int) -> list[Occurrence]:
    """Beginning and end of the scripted alarms of one device."""
    found = []
    for number, spec in enumerate(alarms, start=1):
        at_ms = start_ms + round(spec.at_min * MS_PER_MIN)
        ends = () if spec.for_min is None else (at_ms + round(spec.for_min * MS_PER_MIN),)
        for when, phase in zip((at_ms, *ends), (AlarmPhase.START, AlarmPhase.END), strict=False):
            body = alarm_body(spec.alarm, phase, spec.priority, f"scripted-{number}", spec.text)
            found.append(Occurrence(when, MessageKind.ALARM, body))
    return found
