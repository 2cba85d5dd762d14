"""What arrives from the broker, read and checked."""

import msgspec
import pytest

from dashboard.arrivals import Arrivals, WorkerHeard
from dashboard.beds import BedArrived
from tests.fixtures.dashboard import NORTH, bed_state, heartbeat
from vocabulary.ids import BedId
from wire.published import encode
from wire.topics import bed_state_topic, ingest_status_topic

TOPIC = bed_state_topic(NORTH, BedId("1"))
STATUS = ingest_status_topic(NORTH, heartbeat().worker)


@pytest.mark.parametrize("retained", [True, False])
def test_a_state_keeps_whether_it_came_from_the_brokers_memory(retained: bool) -> None:
    arrived = Arrivals().read(TOPIC, encode(bed_state()), 7.0, retained=retained)
    assert isinstance(arrived, BedArrived)
    assert (arrived.state, arrived.received_s, arrived.retained) == (bed_state(), 7.0, retained)


def test_an_empty_payload_empties_the_bed() -> None:
    arrived = Arrivals().read(TOPIC, b"", 7.0, retained=False)
    assert isinstance(arrived, BedArrived)
    assert arrived.state is None


def test_a_heartbeat_is_read() -> None:
    heard = Arrivals().read(STATUS, encode(heartbeat(lag_s=0.5)), 7.0, retained=False)
    assert isinstance(heard, WorkerHeard)
    assert heard.status.lag_s == 0.5


@pytest.mark.parametrize("topic", ["", "hourglass/v1/north", "other/v1/north/bed/1/state", "x" * 9])
def test_what_is_on_no_topic_of_ours_is_nothing_to_us(topic: str) -> None:
    assert Arrivals().read(topic, encode(bed_state()), 7.0, retained=False) is None


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (TOPIC, b"{"),
        (TOPIC, b"null"),
        (TOPIC, b"\xff"),
        (TOPIC, encode(heartbeat())),
        (TOPIC, encode(bed_state("2"))),
        (STATUS, encode(bed_state())),
        (STATUS, encode(heartbeat()).replace(b"ingest-1", b"ingest-2")),
    ],
)
def test_what_cannot_be_believed_is_refused(topic: str, payload: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, ValueError)):
        Arrivals().read(topic, payload, 7.0, retained=False)


def test_memory_does_not_grow_with_the_runs_of_a_worker() -> None:
    arrivals = Arrivals()
    for run in range(1000):
        arrivals.read(TOPIC, encode(bed_state(ingest_boot=f"run-{run}")), 7.0, retained=False)
    assert len(arrivals._delays) <= 64
