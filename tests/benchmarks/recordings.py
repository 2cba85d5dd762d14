"""Alarms of recordings from real monitors: how many with and without our handling, and why each.

A recording's messages are decoded as ingest does it, and go to the alarms of one bed in recovery.
Whether an alarm is explained is judged by the rows of the recording alone.
"""

import csv
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from config.clinic import read_clinic
from infusion.alarms.claims import Reason
from infusion.alarms.engine import AlarmDraft, SituationChanged
from infusion.alarms.events import AlarmChanged, AlarmEvent, AlarmRaised, AlarmReturned
from infusion.alarms.situation import Situation
from infusion.alarms.state import AlarmBook, BedAlarms
from infusion.stream import DeviceAlarmArrived, VitalsArrived
from ingest.decode import ArrivalTimes, arrival_of
from simulator.device import Body
from simulator.numerics_csv import read_numerics
from simulator.recorded import EPOCH, record_run
from simulator.replay import Recording, RecordingFormat, playback, read_recording
from simulator.rows import Row
from tests.benchmarks.burden import VARIANTS, changed_config, is_audible
from tests.fixtures.alarmed import facts, situation
from vocabulary.alarms import AlarmCode, AlarmKind, LimitedMeasure
from vocabulary.ids import BedId, DeviceId, WardId
from vocabulary.states import DeviceKind, SessionState
from wire.decoding import decode
from wire.messages import Status

START_MS = 1_800_000_000_000
MONITOR = DeviceId("monitor")
CUFF_WAITS_S = 120
NAMES = {
    LimitedMeasure.HR: ("hr", "pr"),
    LimitedMeasure.SPO2: ("spo2",),
    LimitedMeasure.RR: ("rr",),
    LimitedMeasure.ETCO2: ("etco2",),
    LimitedMeasure.TEMP: ("temp",),
}
"""Under which names a measure stands in a row, the first that is there counts."""


@dataclass(frozen=True, slots=True)
class _Cuffs(Recording):
    """Cuff readings at uneven times, of a monitor that would say more once a second."""

    @property
    def period_s(self) -> float:
        return 1.0


@dataclass(frozen=True, slots=True)
class Source:
    """One recording, and what it is called in the table."""

    name: str
    recording: Recording

    @property
    def hours(self) -> float:
        """How long it goes on."""
        return self.recording.duration_ms / 3_600_000


@dataclass(frozen=True, slots=True)
class Found:
    """One alarm as it showed itself, and the excursion in the recording that it is for.

    `why`: the span of the values in words; empty if the recording does not explain it.
    """

    at_s: float
    event: AlarmRaised | AlarmChanged | AlarmReturned
    why: str


def sources(data: Path) -> list[Source]:
    """The recordings of numerics in a folder of shared data."""
    mimic = data / "vitals" / "mimic_s00001" / "s00001-2896-10-10-00-31n.csv"
    ivy = data / "device" / "ivy450c" / "Ivy450C.1.data"
    return [
        Source("MIMIC s00001", held_at_1_hz(mimic)),
        Source("Ivy 450C", read_recording(ivy, RecordingFormat.IVY, None)),
        *_cuffs(data / "vitals" / "eicu_nibp" / "nibp_stays_odd.csv"),
    ]


def held_at_1_hz(path: Path) -> Recording:
    """A recording of one row a minute, each number held until the next, the cuff told once."""
    rows = []
    for row in read_numerics(path):
        rows.append(row)
        steady = {name: value for name, value in row.vitals.items() if name != "nibp"}
        rows += [replace(row, at_s=row.at_s + second, vitals=steady) for second in range(1, 60)]
    return Recording(path.name, rows)


def _cuffs(path: Path) -> Iterator[Source]:
    """The cuff readings of each stay; nothing else was measured there."""
    stays: dict[str, list[Row]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for fields in csv.DictReader(file):
            cuff = {"sys": "nibp_sys", "dia": "nibp_dia", "map": "nibp_mean"}
            told = {part: float(fields[name]) for part, name in cuff.items() if fields[name]}
            vitals: Body = {"nibp": told} if {"sys", "dia"} <= told.keys() else {}
            row = Row(float(fields["offset_min"]) * 60, vitals)
            stays.setdefault(fields["stay_id"], []).append(row)
    for stay, rows in stays.items():
        if sum("nibp" in row.vitals for row in rows) > 1:
            yield Source(f"eICU stay {stay}", _Cuffs(stay, rows))


class Tally(NamedTuple):
    """The alarms of recordings that belong together: all, those that sound, those that are of the
    patient, and how many have no reason in the recording."""

    hours: float
    shown: int
    audible: int
    physiological: int
    technical: int
    unexplained: int


def tally(recordings: Sequence[Source], book: AlarmBook) -> Tally:
    """Count the alarms of recordings."""
    found = [alarm for source in recordings for alarm in alarms_of(source, book)]
    kinds = Counter(alarm.event.kind for alarm in found)
    return Tally(
        hours=sum(source.hours for source in recordings),
        shown=len(found),
        audible=sum(is_audible(alarm.event) for alarm in found),
        physiological=kinds[AlarmKind.PHYSIOLOGICAL],
        technical=kinds[AlarmKind.TECHNICAL],
        unexplained=sum(not alarm.why for alarm in found),
    )


def books(config: Path) -> Iterator[tuple[str, AlarmBook]]:
    """The rules as they are, and with each part of the handling switched off."""
    with tempfile.TemporaryDirectory(prefix="hourglass-recordings-") as folder:
        plain = Path(folder) / "config"
        shutil.copytree(config, plain)
        for name, change in VARIANTS.items():
            yield name, AlarmBook(read_clinic(changed_config(plain, change)))


def table(data: Path, config: Path) -> Iterator[str]:
    """The figures as a table in Markdown: alarms of an hour, and whether each has its reason."""
    groups: dict[str, list[Source]] = {}
    for source in sources(data):
        groups.setdefault(source.name.split(" stay ")[0], []).append(source)
    yield "| recording | limits | audible/h | all/h | of the patient | technical | unexplained |"
    yield "|---|---|---|---|---|---|---|"
    for variant, book in books(config):
        for name, recordings in groups.items():
            found = tally(recordings, book)
            yield (
                f"| {name}, {len(recordings)} of {found.hours:.2f} h | {variant} "
                f"| {found.audible / found.hours:.2f} | {found.shown / found.hours:.2f} "
                f"| {found.physiological} | {found.technical} | {found.unexplained} |"
            )


def alarms_of(source: Source, book: AlarmBook) -> list[Found]:
    """Every alarm of a recording in its order, explained."""
    start = EPOCH + timedelta(milliseconds=START_MS)
    draft = AlarmDraft(BedAlarms(ward=WardId("real"), bed=BedId("1")), book)
    draft.take(SituationChanged(situation=_situation(source.recording, start)), start)
    for item in _arrivals(source.recording):
        draft.take(item, item.received_at)
    state, events = draft.finished()
    assert state.situation.phase is SessionState.RECOVERY
    return list(_explained(source.recording, events, start))


def _situation(recording: Recording, start: datetime) -> Situation:
    """Somebody in recovery, with the first two cuff readings as baseline; no pump."""
    first = [_cuff(row) for row in recording.rows if "nibp" in row.vitals][:2]
    baseline = {
        measure: median(cuff[part] for cuff in first)
        for measure, part in (
            (LimitedMeasure.NIBP_SYS, 0), (LimitedMeasure.NIBP_DIA, 1), (LimitedMeasure.NIBP_MAP, 2)
        )
        if first
    }  # fmt: skip
    return situation(
        SessionState.RECOVERY, baseline=baseline, order=None, phase_since=start,
        own_devices=(MONITOR,), devices=(facts(MONITOR, DeviceKind.MONITOR),),
    )  # fmt: skip


def _arrivals(recording: Recording) -> Iterator[VitalsArrived | DeviceAlarmArrived]:
    end_ms = START_MS + recording.duration_ms
    station = playback(recording, MONITOR, START_MS)
    for number, arrival in enumerate(
        record_run([station], WardId("real"), seed=0, end_ms=end_ms), start=1
    ):
        topic, message = decode(arrival.topic, arrival.payload_bytes())
        if isinstance(message, Status):
            continue
        at = arrival.received_at
        times = ArrivalTimes(at, at, is_late=False, is_retained=False)
        item = arrival_of(topic, message, number, times)
        if isinstance(item, VitalsArrived | DeviceAlarmArrived):
            yield item


def _explained(
    recording: Recording, events: Sequence[AlarmEvent], start: datetime
) -> Iterator[Found]:
    for event in events:
        if isinstance(event, AlarmRaised | AlarmChanged | AlarmReturned):
            at_s = (event.at - start).total_seconds()
            whys = [_why(recording, event, reason, start) for reason in event.reasons]
            yield Found(at_s, event, "; ".join(whys) if all(whys) else "")


def _why(
    recording: Recording,
    event: AlarmRaised | AlarmChanged | AlarmReturned,
    reason: Reason,
    start: datetime,
) -> str:
    key = reason.key
    since_s = (reason.since - start).total_seconds()
    at_s = (event.at - start).total_seconds()
    if key.startswith("missing:"):
        return _absence(recording, LimitedMeasure(key.removeprefix("missing:")), since_s, at_s)
    if event.code in (AlarmCode.REPEAT_CUFF, AlarmCode.BP_HIGH, AlarmCode.BP_LOW):
        return _pressure(recording, reason.value, (since_s, at_s))
    if key.startswith("relay:") or reason.limit is None:
        return _told_by_the_device(recording, at_s)
    return _excursion(recording, reason, (since_s, at_s))


def _rows(recording: Recording, from_s: float, to_s: float) -> list[Row]:
    first = recording.rows[0].at_s
    return [row for row in recording.rows if from_s - 1 <= row.at_s - first <= to_s]


def _number(row: Row, measure: LimitedMeasure) -> float | None:
    found = (row.vitals.get(name) for name in NAMES[measure])
    return next((float(value) for value in found if isinstance(value, int | float)), None)


def _cuff(row: Row) -> tuple[float, float, float]:
    cuff: Any = row.vitals["nibp"]
    sys, dia = cuff["sys"], cuff["dia"]
    return sys, dia, cuff.get("map") or (sys + 2 * dia) / 3


def _excursion(recording: Recording, reason: Reason, span: tuple[float, float]) -> str:
    """The numbers of the span, if all are there and one is beyond the limit."""
    measure = LimitedMeasure(reason.key.split("_")[0])
    values = [_number(row, measure) for row in _rows(recording, *span)]
    there = [value for value in values if value]
    if not there or len(there) < len(values):
        return ""
    sign = 1 if "_above" in reason.key else -1
    limit = float("inf") if reason.limit is None else reason.limit
    if max(sign * value for value in there) < sign * limit:
        return ""
    return f"{measure.value} {min(there):g} to {max(there):g} for {span[1] - span[0]:.0f} s"


def _absence(recording: Recording, measure: LimitedMeasure, since_s: float, at_s: float) -> str:
    rows = _rows(recording, since_s + 1, at_s)
    if measure is LimitedMeasure.NIBP_SYS:
        is_gone = not any("nibp" in row.vitals for row in rows)
    else:
        is_gone = all(_number(row, measure) is None for row in rows)
    return f"no {measure.value} for {at_s - since_s:.0f} s" if is_gone else ""


def _pressure(recording: Recording, value: float | None, span: tuple[float, float]) -> str:
    """The reading with that number; the first of an excursion waits up to two minutes to count."""
    rows = _rows(recording, span[0] - CUFF_WAITS_S, span[1])
    for sys, dia, mean in (_cuff(row) for row in rows if "nibp" in row.vitals):
        if value in (sys, dia, mean):
            return f"cuff {sys:g}/{dia:g} ({mean:.0f})"
    return ""


def _told_by_the_device(recording: Recording, at_s: float) -> str:
    told = [alarm for row in _rows(recording, at_s - 1, at_s) for _, alarm in row.further]
    return f"the monitor says {json.dumps(told[-1].get('alarm'))}" if told else ""
