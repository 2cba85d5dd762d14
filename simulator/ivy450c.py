"""Reads the serial line of an Ivy 450C bedside monitor: text lines, with or without the waves.

A set of lines runs from `HR` to `T2`, each `NAME=channel;value;…;text;`. A value may be absent
with a text present (`NO TRANSDUCER`). The waves between the sets are bytes of any kind and are
passed over. The line carries no time; the monitor sends a set about once a second.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from simulator.device import Body
from simulator.occurrence import alarm_body
from simulator.rows import BadRecording, Row
from vocabulary.alarms import AlarmPhase, AlarmPriority, DeviceAlarmCode
from vocabulary.states import InvalidReason
from wire.topics import MessageKind

PERIOD_S = 1.0

LINE = re.compile(rb"(HR|RR|ETCO2|SPO2|NIBP|P1|P2|T1|T2)=(\d;[ -~]*?)[\r\n]")
FIRST_OF_A_SET = "HR"
SIGNAL_OF = {"HR": "hr", "RR": "rr", "ETCO2": "etco2", "SPO2": "spo2", "T1": "temp"}
ALARM_TEXTS = {
    "APNEA": (DeviceAlarmCode.APNEA, AlarmPriority.HIGH),
    "ASYSTOLE": (DeviceAlarmCode.ASYSTOLE, AlarmPriority.HIGH),
}
INVALID_TEXTS = {
    "LEAD": InvalidReason.LEAD_OFF,
    "NO TRANSDUCER": InvalidReason.SENSOR_OFF,
    "SENSOR": InvalidReason.SENSOR_OFF,
    "PROBE": InvalidReason.SENSOR_OFF,
    "ARTIFACT": InvalidReason.ARTIFACT,
    "LOW SIGNAL": InvalidReason.LOW_SIGNAL,
}
"""What stands in place of a value, and what that is in the words of the contract."""


@dataclass(slots=True)
class _Reader:
    """Turns sets of lines into rows; knows the last cuff reading and the alarms that are on."""

    cuff: tuple[str, ...] = ()
    alarms: dict[DeviceAlarmCode, Body] = field(default_factory=dict)
    begun: int = 0

    def row(self, number: int, lines: dict[str, list[str]]) -> Row:
        vitals: Body = {}
        invalid: dict[str, str] = {}
        for name, signal in SIGNAL_OF.items():
            fields = lines.get(name, [])
            value = _number(fields[1]) if len(fields) > 1 else None
            if value is not None:
                vitals[signal] = value
            elif (reason := _reason(fields[1:])) is not None:
                invalid[signal] = reason.value
        pulse = next((f for f in lines.get("SPO2", []) if f.startswith("PR=")), "")
        if (value := _number(pulse.removeprefix("PR="))) is not None:
            vitals["pr"] = value
        self._add_cuff(lines.get("NIBP", []), vitals)
        if invalid:
            vitals["invalid"] = invalid
        return Row(number * PERIOD_S, vitals, tuple(self._alarm_changes(lines)))

    def _add_cuff(self, fields: list[str], vitals: Body) -> None:
        """The line repeats the last cuff reading; it is one reading, given out once."""
        cuff = tuple(fields[1:4])
        if len(cuff) < 3 or cuff == self.cuff:
            return
        self.cuff = cuff
        sys, dia, mean = (_number(part) for part in cuff)
        if sys is not None and dia is not None:
            vitals["nibp"] = {"sys": sys, "dia": dia} | ({} if mean is None else {"map": mean})

    def _alarm_changes(self, lines: dict[str, list[str]]) -> Iterator[tuple[MessageKind, Body]]:
        texts = [text for fields in lines.values() for text in fields[1:]]
        for word, (code, priority) in ALARM_TEXTS.items():
            text = next((text for text in texts if text.startswith(word)), None)
            if text is not None and code not in self.alarms:
                self.begun += 1
                alarm_id = f"ivy-{self.begun}"
                self.alarms[code] = alarm_body(code, AlarmPhase.START, priority, alarm_id, text)
                yield MessageKind.ALARM, self.alarms[code]
            elif text is None and code in self.alarms:
                ended = {**self.alarms.pop(code), "phase": AlarmPhase.END.value}
                yield MessageKind.ALARM, ended


def read_ivy(path: Path) -> Iterator[Row]:
    """The rows of `path`. Raises BadRecording if there is no set of lines in it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadRecording(f"{path}: cannot be read: {error.strerror}") from error
    reader = _Reader()
    number = 0
    lines: dict[str, list[str]] = {}
    for match in LINE.finditer(content):
        name = match[1].decode()
        if name == FIRST_OF_A_SET and lines:
            yield reader.row(number, lines)
            number += 1
            lines = {}
        lines[name] = [part.strip() for part in match[2].decode().split(";")]
    if not lines:
        raise BadRecording(f"{path}: no line of an Ivy 450C in it, such as HR=1;80;ECG-II-DIAG;")
    yield reader.row(number, lines)


def _number(text: str) -> float | None:
    """The number in `text`; zero and less stand for nothing on this line."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value > 0 else None


def _reason(texts: list[str]) -> InvalidReason | None:
    for text in texts:
        for word, reason in INVALID_TEXTS.items():
            if word in text.upper():
                return reason
    return None
