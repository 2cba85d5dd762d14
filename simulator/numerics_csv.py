"""Reads numerics as PhysioNet's MIMIC records have them: a CSV with one row a minute.

A zero is "not measured" there, and an empty field too. A signal that was measured before and is
zero now is named as invalid: the probe or the lead is off. An arterial line has no place in the
device contract and is left out.
"""

import csv
import math
from collections.abc import Iterator
from pathlib import Path

from simulator.device import Body
from simulator.rows import BadRecording, Row
from vocabulary.states import InvalidReason

TIME_COLUMN = "minute"
SIGNAL_OF = {
    "HR": ("hr", InvalidReason.LEAD_OFF),
    "PULSE": ("pr", InvalidReason.SENSOR_OFF),
    "RESP": ("rr", InvalidReason.LEAD_OFF),
    "SpO2": ("spo2", InvalidReason.SENSOR_OFF),
}
"""Column, name on the wire, and what a zero means once there was a number. Respiration is
measured through the electrodes of the ECG."""
CUFF_OF = {"NBPSys": "sys", "NBPDias": "dia", "NBPMean": "map"}
LEFT_OUT = frozenset({"ABPSys", "ABPDias", "ABPMean"})


def read_numerics(path: Path) -> Iterator[Row]:
    """The rows of `path`. Raises BadRecording naming the line and the column."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            _check_columns(path, reader.fieldnames or ())
            yield from _rows(path, reader)
    except OSError as error:
        raise BadRecording(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadRecording(f"{path}: not a CSV file in UTF-8: {error}") from error


def _check_columns(path: Path, columns: object) -> None:
    names = set(columns) if isinstance(columns, list | tuple) else set()
    known = {TIME_COLUMN, *SIGNAL_OF, *CUFF_OF, *LEFT_OUT}
    if TIME_COLUMN not in names:
        raise BadRecording(f"{path}, line 1: no column {TIME_COLUMN!r}")
    if unknown := sorted(names - known):
        names_known = ", ".join(sorted(known))
        raise BadRecording(
            f"{path}, line 1: unknown columns {', '.join(unknown)}; known are {names_known}"
        )
    if not names & {*SIGNAL_OF, *CUFF_OF}:
        raise BadRecording(f"{path}, line 1: no column with a vital sign")


def _rows(path: Path, reader: "csv.DictReader[str]") -> Iterator[Row]:
    seen: set[str] = set()
    last_s = -math.inf
    for fields in reader:
        where = f"{path}, line {reader.line_num}"
        minute = _number(fields.get(TIME_COLUMN), f"{where}, {TIME_COLUMN}")
        if minute is None or minute * 60.0 <= last_s:
            raise BadRecording(f"{where}: minute {minute} does not come after the one before")
        last_s = minute * 60.0
        yield Row(last_s, _vitals(fields, where, seen))


def _vitals(fields: dict[str, str], where: str, seen: set[str]) -> Body:
    vitals: Body = {}
    invalid: dict[str, str] = {}
    for column, (name, meaning) in SIGNAL_OF.items():
        value = _number(fields.get(column), f"{where}, {column}")
        if value:
            vitals[name] = value
            seen.add(name)
        elif value == 0 and name in seen:
            invalid[name] = meaning.value
    cuff = {}
    for column, part in CUFF_OF.items():
        value = _number(fields.get(column), f"{where}, {column}")
        if value:
            cuff[part] = value
    if "sys" in cuff and "dia" in cuff:
        vitals["nibp"] = cuff
    if invalid:
        vitals["invalid"] = invalid
    return vitals


def _number(text: str | None, where: str) -> float | None:
    if text is None or not text.strip():
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise BadRecording(f"{where}: not a number: {text!r}") from error
    return value if math.isfinite(value) else None
