"""A cuff reading that is sent again after a restart of ingest is the one of before."""

from datetime import timedelta

import msgspec

from infusion.bed import Bed
from infusion.readings import readings_in
from infusion.stream import VitalsArrived
from infusion.ward_state import StreamState
from ingest.cuffs import CuffReadings
from tests.fixtures.clinic import START
from vocabulary.ids import BedId, BootId, DeviceId, WardId

NORTH, ONE = WardId("north"), BedId("1")


def cuff(seconds: float) -> VitalsArrived:
    """The reading of START by a cuff that is an hour ahead, received so much later."""
    at = START + timedelta(seconds=seconds)
    return VitalsArrived(
        position=1, ward=NORTH, device=DeviceId("monitor-1"), boot=BootId("b1"), seq=0,
        device_time=at, observed_at=at, received_at=at, nibp_sys=190.0, nibp_dia=112.0,
        nibp_device_time=START + timedelta(hours=1), nibp_observed_at=at,
    )  # fmt: skip


def test_after_a_restart_what_is_sent_again_was_measured_when_it_was() -> None:
    bed = Bed(bed=ONE, readings=dict(readings_in(cuff(0))))
    state = StreamState(wards={NORTH: {ONE: bed}})
    restored = msgspec.json.decode(msgspec.json.encode(state), type=StreamState)
    assert CuffReadings(restored).settled(cuff(60)).nibp_observed_at == START
    assert CuffReadings(StreamState()).settled(cuff(60)).nibp_observed_at != START
