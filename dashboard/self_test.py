"""The self-test of the alarms: a test device alarms over MQTT, and it is watched how far that gets.

Device, broker, ingest with its rules, a screen that paints it, a speaker that plays it. Each leg
has its time; the result stands in the record. The alarm is a real one of high priority at the
first bed of the ward, named SELF-TEST; when it is over it is acknowledged and ended.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

from dashboard.alarm_desk import act_on_alarms, state_of
from dashboard.context import Services
from dashboard.outgoing import Outgoing
from dashboard.self_test_state import SelfTest
from infusion.alarms.commands import AcknowledgeAlarms
from infusion.alarms.events import AlarmId
from infusion.happenings import ward_chain
from infusion.patient import Person
from infusion.station_events import (
    STATION,
    SelfTestFinished,
    SelfTestHeard,
    SelfTestLeg,
)
from record.faults import RecordUnavailable
from vocabulary.alarms import AlarmPhase, AlarmPriority, DeviceAlarmCode
from vocabulary.ids import SELF_TEST_DEVICE, BedId, WardId
from vocabulary.states import DeviceKind, DeviceState
from wire.messages import DeviceAlarm, Status, Vitals
from wire.topics import MessageKind, device_topic

log = logging.getLogger(__name__)

TEXT: Final = "SELF-TEST, no patient alarm"
AUTHOR: Final = f"{STATION}self-test"
WITHIN_S: Final = {
    SelfTestLeg.BROKER: 3.0,
    SelfTestLeg.INGEST: 5.0,
    SelfTestLeg.SCREEN: 3.0,
    SelfTestLeg.SPEAKER: 5.0,
}
"""How long each leg may take after the one before it, seconds."""
STEP_S: Final = 0.5
LOOK_S: Final = 0.05
BEYOND_STEADY_S: Final = 1.0
HELD_S: Final = 5.0
"""For so long it stands once it got everywhere: somebody has to see it and hear a whole burst."""


def start_self_test(parts: Services, ward: WardId, bed: BedId, by: Person) -> bool:
    """Begin a test; False while another is under way."""
    test = SelfTest(ward, bed, by, secrets.token_hex(4), datetime.now(UTC))
    return parts.self_tests.start(test, lambda: _run(parts, test))


class TestDevice:
    """The device that a dashboard speaks as: one boot a test, numbered as the contract wants."""

    def __init__(self, parts: Services, test: SelfTest) -> None:
        self._feed = parts.feed
        self._ward = test.ward
        self._boot = f"t{test.name}"
        self._seq = 0

    def say_status(self, state: DeviceState) -> None:
        """Birth or goodbye."""
        status = Status(
            state=state,
            boot=self._boot,
            kind=DeviceKind.MONITOR,
            model="self-test",
            period_s=STEP_S,
            time=datetime.now(UTC),
            simulated=True,
        )
        self._send(MessageKind.STATUS, status, retain=True)

    def say_nothing_new(self) -> None:
        """Numerics without a number, so that the device's clock becomes known."""
        seq = self._next()
        self._send(MessageKind.VITALS, Vitals(boot=self._boot, seq=seq, time=datetime.now(UTC)))

    def say_alarm(self, phase: AlarmPhase) -> Outgoing:
        """The test alarm begins or ends."""
        alarm = DeviceAlarm(
            boot=self._boot,
            seq=self._next(),
            time=datetime.now(UTC),
            alarm=DeviceAlarmCode.OTHER,
            phase=phase,
            priority=AlarmPriority.HIGH,
            id=self._boot,
            text=TEXT,
        )
        return self._send(MessageKind.ALARM, alarm)

    def _next(self) -> int:
        self._seq += 1
        return self._seq - 1

    def _send(
        self, kind: MessageKind, message: msgspec.Struct, *, retain: bool = False
    ) -> Outgoing:
        """What is absent is left out: the contract takes no null."""
        said = {
            name: value
            for name, value in msgspec.to_builtins(message).items()
            if value is not None and value != {}
        }
        topic = device_topic(self._ward, SELF_TEST_DEVICE, kind)
        return self._feed.send(topic, msgspec.json.encode(said), retain=retain)


async def _run(parts: Services, test: SelfTest) -> None:
    device = TestDevice(parts, test)
    try:
        device.say_status(DeviceState.ONLINE)
        for _ in range(round((parts.configuration.clocks.steady_s + BEYOND_STEADY_S) / STEP_S)):
            device.say_nothing_new()
            await asyncio.sleep(STEP_S)
        test.failed = await _raise_and_watch(parts, test, device)
        if test.failed is None:
            await asyncio.sleep(HELD_S)
        await _end(parts, test, device)
    finally:
        test.is_over = True
        await _record(parts, test)


async def _raise_and_watch(
    parts: Services, test: SelfTest, device: TestDevice
) -> SelfTestLeg | None:
    """The first leg that the alarm did not reach in time; None if it reached all."""
    sent = device.say_alarm(AlarmPhase.START)

    def is_at_broker() -> bool:
        test.raised_s = sent.published_s
        if sent.acked_s is not None:
            test.reach(SelfTestLeg.BROKER, sent.acked_s)
        return SelfTestLeg.BROKER in test.reached

    def is_at_bed() -> bool:
        state = state_of(parts, test.ward, test.bed)
        for alarm in () if state is None else state.alarms:
            if alarm.subject == SELF_TEST_DEVICE:
                test.at_bed(alarm.id, time.monotonic())
        return SelfTestLeg.INGEST in test.reached

    looks: dict[SelfTestLeg, Callable[[], bool]] = {
        SelfTestLeg.BROKER: is_at_broker,
        SelfTestLeg.INGEST: is_at_bed,
        SelfTestLeg.SCREEN: lambda: SelfTestLeg.SCREEN in test.reached,
        SelfTestLeg.SPEAKER: lambda: SelfTestLeg.SPEAKER in test.reached,
    }
    for leg, is_there in looks.items():
        until_s = time.monotonic() + WITHIN_S[leg]
        while not is_there():
            if time.monotonic() > until_s:
                return leg
            await asyncio.sleep(LOOK_S)
    return None


async def _end(parts: Services, test: SelfTest, device: TestDevice) -> None:
    """Acknowledge the alarm and end it, so that nothing of the test is left standing."""
    if test.alarm:
        seen = AcknowledgeAlarms(by=test.by, alarms=(AlarmId(test.alarm),))
        where = (test.ward, test.bed)
        try:
            await asyncio.to_thread(act_on_alarms, parts, test.by, where, seen)
        except RecordUnavailable as gone:
            log.warning("the self-test could not be acknowledged: %s", gone)
        await asyncio.sleep(STEP_S)
    device.say_alarm(AlarmPhase.END)
    device.say_status(DeviceState.SHUTDOWN)
    await asyncio.sleep(STEP_S)


async def _record(parts: Services, test: SelfTest) -> None:
    result = test.result()
    failed = "passed" if test.failed is None else f"failed at {test.failed.value}"
    log.info("self-test %s of ward %s %s", test.name, test.ward, failed)
    try:
        await asyncio.to_thread(append, parts, result)
    except RecordUnavailable as gone:
        log.warning("self-test %s is not in the record: %s", test.name, gone)
    else:
        test.is_recorded = True


def append(parts: Services, event: SelfTestFinished | SelfTestHeard) -> None:
    """Put what a self-test said into the record. Blocks; may raise RecordUnavailable."""
    with parts.record.write() as transaction:
        transaction.append(ward_chain(event.ward), [event], AUTHOR, datetime.now(UTC))
