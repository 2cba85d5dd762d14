"""How many sets of numerics and pump readings the alarms of a ward take up in a second of CPU."""

import random
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from config.clinic import read_clinic
from infusion.alarms.engine import AlarmDraft, SituationChanged
from infusion.alarms.situation import DoseNow
from infusion.alarms.state import AlarmBook, BedAlarms, PumpHeard
from infusion.inputs import StreamInput
from infusion.stream import PumpReadingArrived, VitalsArrived
from infusion.ward import advance
from infusion.ward_state import StreamState
from tests.fixtures.acted_ward import BERT, OTHER, ActedWard
from tests.fixtures.alarmed import situation, step
from tests.fixtures.arrivals import pump_reading, vitals
from tests.fixtures.clinic import START
from vocabulary.ids import BedId, DeviceId, WardId

BEDS = 24
CUFF_EVERY_S = 300
CONFIG = Path(__file__).resolve().parents[2] / "config"


@dataclass(frozen=True, slots=True)
class Taken:
    """Samples a second; a sample is one message: a set of six numerics, or one pump reading."""

    one_by_one_per_s: float
    in_batches_per_s: float
    values_per_s: float
    transitions: int


def measure_engine(seconds: int, *, is_troubled: bool = False) -> Taken:
    """An hour (or less) of a ward of 24 beds, each with a monitor and a pump at 1 Hz.

    `is_troubled`: every number trembles round a limit, so that nothing is ever quiet.
    """
    book = AlarmBook(read_clinic(CONFIG))
    course = [_second(n, is_troubled=is_troubled) for n in range(seconds)]
    samples = 2 * seconds * BEDS
    began = time.process_time()
    transitions = sum(_one_by_one(course, book, bed) for bed in range(BEDS))
    between = time.process_time()
    again = sum(_in_batches(course, book, bed) for bed in range(BEDS))
    ended = time.process_time()
    assert transitions == again
    return Taken(
        one_by_one_per_s=samples / (between - began),
        in_batches_per_s=samples / (ended - between),
        values_per_s=7 * samples / 2 / (ended - between),
        transitions=transitions,
    )


_Second = tuple[VitalsArrived, PumpReadingArrived]


def _second(number: int, *, is_troubled: bool) -> _Second:
    chance = random.Random(number)
    numbers = {
        "hr": round(chance.gauss(78, 4)),
        "pr": round(chance.gauss(78, 4)),
        "spo2": min(100, round(chance.gauss(97, 0.8))),
        "rr": round(chance.gauss(15, 1)),
        "etco2": round(chance.gauss(37, 1)),
        "temp": 36.8,
    }
    if is_troubled:
        numbers |= {"hr": 109 + number % 3, "spo2": 89 + number % 3, "rr": 8 + number % 3}
    if number % CUFF_EVERY_S == 0:
        numbers |= {"nibp_sys": 128, "nibp_dia": 81, "nibp_map": 97}
    volume = 35.0 * number / 3600
    return vitals(number, **numbers), pump_reading(
        number, rate_ml_h=35.0, volume_ml=volume, dose_rate_mg_kg_h=0.5, drug="ketamine"
    )


def _fresh(book: AlarmBook, bed: int) -> BedAlarms:
    state = BedAlarms(ward=WardId("north"), bed=BedId(str(bed)))
    return step(state, SituationChanged(situation=situation()), START, book)[0]


def _pump(reading: PumpReadingArrived) -> PumpHeard:
    given, seconds = reading.volume_ml, reading.volume_ml / 35.0 * 3600
    dose = DoseNow(given_mg=given, running_s=seconds, ends_in_s=3600 - seconds)
    return PumpHeard(reading=reading, dose=dose)


def _one_by_one(course: list[_Second], book: AlarmBook, bed: int) -> int:
    """Each input is a step of its own."""
    state, found = _fresh(book, bed), 0
    for numerics, reading in course:
        state, events = step(state, numerics, numerics.received_at, book)
        found += len(events)
        state, events = step(state, _pump(reading), reading.received_at, book)
        found += len(events)
    return found


def _in_batches(course: list[_Second], book: AlarmBook, bed: int) -> int:
    """Ten seconds of a bed are one batch, as when a queue is drained."""
    state, found = _fresh(book, bed), 0
    for begin in range(0, len(course), 10):
        draft = AlarmDraft(state, book)
        for numerics, reading in course[begin : begin + 10]:
            draft.take(numerics, numerics.received_at)
            draft.take(_pump(reading), reading.received_at)
        draft.pass_deadlines(course[min(begin + 9, len(course) - 1)][0].received_at)
        state, events = draft.finished()
        found += len(events)
    assert state.situation.phase is not None
    assert state.deadline is None or state.deadline > START + timedelta(seconds=len(course) - 2)
    return found


@dataclass(frozen=True, slots=True)
class Advanced:
    """Messages a second through the whole step of the stream, without broker and record."""

    with_sessions_per_s: float
    with_lone_devices_per_s: float


def measure_stream(seconds: int) -> Advanced:
    """Two beds with sessions that infuse, and two whose devices belong to nobody, at 1 Hz."""
    ward = ActedWard()
    ward.ready().ready(OTHER, BERT, bed="2")
    began = ward.state
    owned = _ward_stream(ward, seconds)
    lone = _ward_stream(ActedWard(), seconds)
    rates = [
        _rate(state, inputs, ward) for state, inputs in ((began, owned), (StreamState(), lone))
    ]
    return Advanced(with_sessions_per_s=rates[0], with_lone_devices_per_s=rates[1])


def _ward_stream(ward: ActedWard, seconds: int) -> list[StreamInput]:
    inputs: list[StreamInput] = []
    for number in range(seconds):
        numerics, reading = _second(number, is_troubled=False)
        for bed in ("1", "2"):
            at = ward.now + timedelta(seconds=number + 1)
            times = {"device_time": at, "observed_at": at, "received_at": at, "seq": number}
            for item, name in ((numerics, f"monitor-{bed}"), (reading, f"pump-{bed}")):
                fields = {**times, "device": DeviceId(name), "position": len(inputs) + 1_000_000}
                if "nibp_observed_at" in item.__struct_fields__:
                    fields["nibp_observed_at"] = at
                inputs.append(msgspec.structs.replace(item, **fields))
    return inputs


def _rate(state: StreamState, inputs: list[StreamInput], ward: ActedWard) -> float:
    began = time.process_time()
    for start in range(0, len(inputs), 200):
        state, _ = advance(state, inputs[start : start + 200], ward.rules)
    return len(inputs) / (time.process_time() - began)
