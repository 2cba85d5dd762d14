"""Messages that keep to the contract and to nothing else, beside a session: no fault of ours."""

import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from infusion.ward import advance
from ingest.announcements import Announcer
from ingest.clocks import DeviceClocks
from ingest.mqtt import RawMessage
from ingest.publish import Publisher
from ingest.stream import Sequencer
from tests.fixtures.acted_ward import ActedWard
from vocabulary.alarms import AlarmPhase, AlarmPriority, DeviceAlarmCode, DeviceEventCode
from vocabulary.ids import BootId, WorkerId
from vocabulary.states import DeviceKind, DeviceState, PumpState
from wire.bed_state import decode_bed_state
from wire.fields import MAX_SEQ

NUMBERS = (
    0, -1, 1, 3.5, 12.25, 35.0, 36.8, 88, 97, 120, 300, 400, -999, 8388607, 1e15, MAX_SEQ,
    1e-300, 5e-324, 1e300, -1e300, 1.7e308,
)  # fmt: skip
PUMP_NUMBERS = ("rate_set", "remaining", "concentration", "dose_rate", "weight", "battery")
SIGNALS = ("hr", "spo2", "pr", "rr", "etco2", "temp")
YEAR = timedelta(days=365)
MESSAGES = 500


class Chaos:
    """Devices that say anything the contract has a word for, at any time, in any order."""

    def __init__(self, seed: int, now: datetime) -> None:
        self._random = Random(seed)
        self._seqs = itertools.count()
        self._now = now

    def messages(self) -> Iterator[RawMessage]:
        any_of = self._random.choice
        for _ in range(MESSAGES):
            self._now += timedelta(seconds=any_of([0, 0.01, 0.5, 1, 1, 1, 5, 30]))
            device = any_of(["pump-1", "pump-1", "monitor-1", "pump-2"])
            own = "pump" if device.startswith("pump") else "vitals"
            kind = any_of([own, own, own, own, "event", "alarm", "status"])
            fields = getattr(self, f"_{kind}")(self._numbered())
            topic = f"hourglass/v1/north/device/{device}/{kind}"
            yield RawMessage(topic, json.dumps(fields).encode(), self._now)

    def _numbered(self) -> dict[str, Any]:
        any_of = self._random.choice
        off = any_of([timedelta()] * 5 + [timedelta(hours=1), -50 * YEAR, 900 * YEAR])
        seq = next(self._seqs) if self._random.random() < 0.9 else any_of([0, 5, MAX_SEQ])
        boot = any_of(["b1", "b1", "b1", "b1", "b2", "b3"])
        time = (self._now + off).isoformat()
        return {"boot": boot, "seq": seq, "time": time, "buffered": any_of([False] * 9 + [True])}

    def _some(self, names: tuple[str, ...]) -> dict[str, Any]:
        return {n: self._random.choice(NUMBERS) for n in names if self._random.random() < 0.5}

    def _pump(self, fields: dict[str, Any]) -> dict[str, Any]:
        any_of = self._random.choice
        state = any_of([PumpState.INFUSING, PumpState.INFUSING, *PumpState]).value
        flow = {"state": state, "rate": any_of(NUMBERS), "volume": any_of(NUMBERS)}
        return fields | flow | {"counter": any_of(["c", "c", "d"])} | self._some(PUMP_NUMBERS)

    def _vitals(self, fields: dict[str, Any]) -> dict[str, Any]:
        any_of = self._random.choice
        cuff = {"sys": any_of(NUMBERS), "dia": any_of(NUMBERS), "time": fields["time"]}
        told = {"nibp": cuff} if self._random.random() < 0.3 else {}
        return fields | told | self._some(SIGNALS) | any_of([{}, {"invalid": {"hr": "fault"}}])

    def _event(self, fields: dict[str, Any]) -> dict[str, Any]:
        told = {"event": self._random.choice(list(DeviceEventCode)).value, "counter": "c"}
        return fields | told | self._some(("rate_from", "rate_to", "volume"))

    def _alarm(self, fields: dict[str, Any]) -> dict[str, Any]:
        closed = {"alarm": DeviceAlarmCode, "phase": AlarmPhase, "priority": AlarmPriority}
        told = {name: self._random.choice(list(words)).value for name, words in closed.items()}
        return fields | told | {"id": self._random.choice("ab")}

    def _status(self, fields: dict[str, Any]) -> dict[str, Any]:
        any_of = self._random.choice
        state, kind = any_of(list(DeviceState)).value, any_of(list(DeviceKind)).value
        return {
            "state": state, "kind": kind, "boot": fields["boot"], "time": fields["time"],
            "period_s": any_of([1, 3600, 1e-300]),
        }  # fmt: skip


class Readers:
    """Whoever reads what is published: it can be decoded."""

    def publish(self, topic: str, payload: bytes) -> None:
        if "/bed/" in topic and payload:
            decode_bed_state(payload)


class Committed:
    """What an intake has committed, as an announcer asks for it."""

    def __init__(self, ward: ActedWard) -> None:
        self.rules = ward.rules
        self.state = ward.state
        self.on_disk: dict[Any, Any] = {}

    def device(self, name: Any) -> Any:
        return self.state.devices.get(name)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_contract_has_a_word_for_is_concluded_from_and_shown(seed: int) -> None:
    ward = ActedWard().ready()
    if seed % 2:
        ward.run(60)
    clinic = ward.rules.clinic
    clocks = DeviceClocks(clinic.clocks, {})
    sequencer = Sequencer(clinic, clocks, [], ward.state, lambda _: 10_000)
    sequencer.reserve(10 * MESSAGES)
    committed = Committed(ward)
    publisher = Publisher(clinic, WorkerId("w"), BootId("i"))
    announcer = Announcer(Readers(), publisher, committed)  # type: ignore[arg-type]  # as much as it needs
    for number, raw in enumerate(Chaos(seed, ward.now).messages()):
        batch = sequencer.order([raw])
        assert batch.quarantined == []
        committed.state, found = advance(committed.state, batch.inputs, committed.rules)
        announcer.take(batch, found)
        if number % 10 == 0:
            announcer.say_everything(raw.received_at)
        announcer.tick(raw.received_at)
