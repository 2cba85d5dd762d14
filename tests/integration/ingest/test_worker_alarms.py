"""Alarms while their worker is killed: what stood stands, what was seen stays seen."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infusion.alarms.events import AlarmId, AlarmRaised, AlarmsAcknowledged, AlarmTransition
from infusion.stream import IngestStarted, PumpReadingArrived
from record.store import Record
from tests.fixtures.ingest_side import looking
from tests.fixtures.processes import Program, wait_for
from tests.fixtures.session import NORA, SESSION
from tests.integration.ingest.test_worker_sessions import CHAIN, Pump, act, prepared, pump
from vocabulary.alarms import AlarmCode, AlarmPriority, SignalState
from vocabulary.ids import BedId, WardId
from wire.bed_state import AlarmView

__all__ = ["pump"]  # a fixture
pytestmark = pytest.mark.broker
DELAY = timedelta(seconds=10)
"""Until what a pump says of its rate is worth an alarm (config, alarms.yaml)."""


def occlude(pump: Pump) -> None:
    """The line of the pump is blocked, and it says so."""
    body = {
        "boot": "p1", "seq": pump.seq, "alarm": "occlusion_downstream", "phase": "start",
        "priority": "high", "id": "a1", "text": "DOWNSTREAM OCCLUSION",
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }  # fmt: skip
    pump.publish("alarm", json.dumps(body))


def blocked(pump: Pump, state: SignalState, *, not_of: str = "") -> AlarmView | None:
    """The alarm of the blocked line as the newest state of the bed has it, if it is so."""
    newest = pump.newest()
    if newest is None or newest.ingest_boot == not_of:
        return None
    return next(
        (
            alarm
            for alarm in newest.alarms
            if alarm.code is AlarmCode.DELIVERY_STOPPED and alarm.signal_state is state
        ),
        None,
    )


def spoken(pump: Pump) -> bool:
    """Let the pump speak; whether its clock is known by now, before which nothing is live."""
    pump.speak()
    newest = pump.newest()
    return newest is not None and any(d.clock_offset_s is not None for d in newest.devices)


def test_an_alarm_that_was_acknowledged_is_after_a_kill_the_same_and_still_acknowledged(
    pump: Pump, worker: Program, database_url: str, tmp_path: Path
) -> None:
    worker.start()
    wait_for("a bed", pump.newest)
    with looking(database_url) as record:
        for event in prepared(datetime.now(UTC)):
            act(record, event)
        wait_for("a session", lambda: (s := pump.newest()) is not None and s.session is not None)
        wait_for("its clock", lambda: spoken(pump))
        occlude(pump)
        wait_for("the alarm", lambda: blocked(pump, SignalState.ACTIVE))
        raised = blocked(pump, SignalState.ACTIVE)
        assert raised is not None
        assert raised.priority is AlarmPriority.HIGH
        seen = AlarmsAcknowledged(
            ward=WardId("demo"), bed=BedId("1"), session=SESSION, at=datetime.now(UTC), by=NORA,
            alarms=(AlarmId(raised.id),),
        )  # fmt: skip
        act(record, seen)
        wait_for("it is acknowledged", lambda: blocked(pump, SignalState.ACKNOWLEDGED))
        before, state = blocked(pump, SignalState.ACKNOWLEDGED), pump.newest()
        assert state is not None
        worker.kill()
        worker.start()
        boot = state.ingest_boot or ""
        again = wait_for("it again", lambda: blocked(pump, SignalState.ACKNOWLEDGED, not_of=boot))
        assert again == before
        # whatever a slow restart made of a pump that was not heard meanwhile: this one is seen
        first = next(state for state in pump.beds if state.ingest_boot not in (None, boot))
        heard = {a.code for a in first.alarms if a.signal_state is SignalState.ACTIVE}
        assert AlarmCode.DELIVERY_STOPPED not in heard
        assert heard or first.sound is not AlarmPriority.HIGH
        raised_ids = [
            event.alarm
            for event in record.chains.read(CHAIN).events
            if isinstance(event, AlarmRaised) and event.code is AlarmCode.DELIVERY_STOPPED
        ]
        assert raised_ids == [raised.id]


def test_a_delay_that_ran_when_its_worker_was_killed_goes_on_and_its_alarm_comes_once(
    pump: Pump, worker: Program, database_url: str
) -> None:
    def misled() -> None:
        pump.speak(dose_rate=0.9)  # its rate gives 0.514 mg/kg/h

    def setup_alarm() -> AlarmView | None:
        misled()
        newest = pump.newest()
        alarms = () if newest is None else newest.alarms
        return next((a for a in alarms if a.code is AlarmCode.PUMP_SETUP_WRONG), None)

    worker.start()
    wait_for("a bed", pump.newest)
    with looking(database_url) as record:
        for event in prepared(datetime.now(UTC)):
            act(record, event)
        wait_for("a session", lambda: (s := pump.newest()) is not None and s.session is not None)
        wait_for("its clock", lambda: spoken(pump))
        misled()
        seq = pump.seq - 1
        wait_for("it is stored", lambda: stored(record, seq))
        worker.kill()
        killed_at = datetime.now(UTC)
        worker.start()
        alarm = wait_for("its alarm", setup_alarm)
        assert alarm.since < killed_at, "the delay began before the kill"
        assert alarm.raised_at is not None
        *_, started = (i for i in record.read_stream() if isinstance(i, IngestStarted))
        assert alarm.raised_at < started.at + DELAY, "and did not begin again"
        told = [
            type(event)
            for event in record.chains.read(CHAIN).events
            if isinstance(event, AlarmTransition) and event.code is AlarmCode.PUMP_SETUP_WRONG
        ]
        assert told == [AlarmRaised]


def stored(record: Record, seq: int) -> bool:
    """Whether the pump's message with this number is on disk."""
    return any(
        isinstance(item, PumpReadingArrived) and item.seq == seq for item in record.read_stream()
    )
