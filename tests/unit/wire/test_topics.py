"""Topics are built and taken apart alike; what is not of the contract is taken for nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocabulary.ids import BedId, DeviceId, WardId, WorkerId
from wire.topics import (
    LONGEST_TOPIC,
    BedTopic,
    DeviceTopic,
    MessageKind,
    WorkerTopic,
    ack_topic,
    bed_state_filter,
    bed_state_topic,
    device_filter,
    device_of_topic,
    device_topic,
    ingest_status_filter,
    ingest_status_topic,
    parse_bed_topic,
    parse_device_topic,
    parse_worker_topic,
)

NAMES = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)

MALFORMED = [
    "",
    "/",
    "hourglass",
    "hourglass/v1",
    "hourglass/v1/{ward}/{branch}/{name}",
    "hourglass/v1/{ward}/{branch}/{name}/{last}/",
    "hourglass/v1/{ward}/{branch}/{name}/{last}/more",
    "/hourglass/v1/{ward}/{branch}/{name}/{last}",
    "hourglass/v2/{ward}/{branch}/{name}/{last}",
    "Hourglass/v1/{ward}/{branch}/{name}/{last}",
    "hourglass/v1//{branch}/{name}/{last}",
    "hourglass/v1/{ward}//{name}/{last}",
    "hourglass/v1/{ward}/{branch}//{last}",
    "hourglass/v1/{ward}/{branch}/{name}/",
    "hourglass/v1/{ward}/{branch}/{name}/{last}s",
    "hourglass/v1/{ward}/{branch}s/{name}/{last}",
    "hourglass/v1/+/{branch}/{name}/{last}",
    "hourglass/v1/{ward}/{branch}/+/{last}",
    "hourglass/v1/{ward}/{branch}/{name}/+",
    "hourglass/v1/{ward}/{branch}/{name}/#",
    "hourglass/v1/{ward}/{branch}/#",
    "hourglass/v1/{ward}/{branch}/a b/{last}",
    "hourglass/v1/{ward}/{branch}/a.b/{last}",
    "hourglass/v1/{ward}/{branch}/é/{last}",
    "hourglass/v1/{ward}/{branch}/\u0661/{last}",
    "hourglass/v1/\uff2eorth/{branch}/{name}/{last}",
    "hourglass/v1/{ward}/{branch}/a\n/{last}",
    "hourglass/v1/{ward}\n/{branch}/{name}/{last}",
    "hourglass/v1/{ward}/{branch}/{name}/{last}\n",
    "hourglass/v1/{ward}/{branch}/a\0/{last}",
    "hourglass/v1/{ward}/{branch}/" + "x" * 65 + "/{last}",
    "hourglass/v1/" + "x" * 65 + "/{branch}/{name}/{last}",
    "hourglass/v1/{ward}/{branch}/" + "x" * 65_000 + "/{last}",
]


@given(ward=NAMES, device=NAMES, kind=st.sampled_from(MessageKind))
def test_a_device_topic_comes_apart_as_it_was_built(
    ward: str, device: str, kind: MessageKind
) -> None:
    built = device_topic(WardId(ward), DeviceId(device), kind)
    assert parse_device_topic(built) == DeviceTopic(WardId(ward), DeviceId(device), kind)
    assert device_of_topic(built) == (ward, device)
    assert len(built) <= LONGEST_TOPIC


@given(ward=NAMES, bed=NAMES)
def test_a_bed_topic_comes_apart_as_it_was_built(ward: str, bed: str) -> None:
    built = bed_state_topic(WardId(ward), BedId(bed))
    assert parse_bed_topic(built) == BedTopic(WardId(ward), BedId(bed))
    assert parse_device_topic(built) is None
    assert parse_worker_topic(built) is None


@given(ward=NAMES, worker=NAMES)
def test_a_worker_topic_comes_apart_as_it_was_built(ward: str, worker: str) -> None:
    built = ingest_status_topic(WardId(ward), WorkerId(worker))
    assert parse_worker_topic(built) == WorkerTopic(WardId(ward), WorkerId(worker))
    assert parse_device_topic(built) is None
    assert parse_bed_topic(built) is None


@pytest.mark.parametrize("malformed", MALFORMED)
def test_a_malformed_topic_is_no_topic(malformed: str) -> None:
    def written(branch: str, last: str) -> str:
        return malformed.format(ward="north", branch=branch, name="n1", last=last)

    assert parse_device_topic(written("device", "vitals")) is None
    assert parse_bed_topic(written("bed", "state")) is None
    assert parse_worker_topic(written("ingest", "status")) is None


def test_the_same_topics_well_formed_are_topics() -> None:
    assert parse_device_topic("hourglass/v1/north/device/n1/vitals") is not None
    assert parse_bed_topic("hourglass/v1/north/bed/n1/state") is not None
    assert parse_worker_topic("hourglass/v1/north/ingest/n1/status") is not None


@given(topic=st.text())
def test_no_text_makes_the_reading_of_a_topic_fail(topic: str) -> None:
    for parse in (parse_device_topic, parse_bed_topic, parse_worker_topic):
        assert parse(topic) is None
    assert device_of_topic(topic) == (None, None)


def test_an_ack_is_for_one_device_and_no_device_publishes_on_it() -> None:
    assert ack_topic(WardId("north"), DeviceId("d1")) == "hourglass/v1/north/ack/d1"
    assert parse_device_topic("hourglass/v1/north/ack/d1") is None


def matches(subscription: str, topic: str) -> bool:
    """MQTT 5, 4.7.1: `+` is one level, `#` all that follow."""
    wanted, levels = subscription.split("/"), topic.split("/")
    if wanted[-1] == "#":
        wanted, levels = wanted[:-1], levels[: len(wanted) - 1]
    return len(wanted) == len(levels) and all(
        want in {"+", level} for want, level in zip(wanted, levels, strict=True)
    )


def test_a_subscription_catches_its_topics_and_no_others() -> None:
    north, south = WardId("north"), WardId("south")
    topics = {
        "device": device_topic(north, DeviceId("d1"), MessageKind.PUMP),
        "ack": ack_topic(north, DeviceId("d1")),
        "bed": bed_state_topic(north, BedId("1")),
        "ingest": ingest_status_topic(north, WorkerId("w1")),
    }
    filters = {
        "device": device_filter,
        "bed": bed_state_filter,
        "ingest": ingest_status_filter,
    }
    for name, build in filters.items():
        for ward, is_caught in ((None, True), (north, True), (south, False)):
            caught = {of for of, topic in topics.items() if matches(build(ward), topic)}
            assert caught == ({name} if is_caught else set())


@pytest.mark.parametrize(
    ("topic", "named"),
    [
        ("hourglass/v1/north/device/d1/humour", ("north", "d1")),
        ("hourglass/v1/north/device/d1", ("north", "d1")),
        ("hourglass/v1/north/device/d 1/vitals", (None, None)),
        ("hourglass/v1/north/bed/1/state", (None, None)),
        ("zigbee/lamp", (None, None)),
    ],
)
def test_what_is_refused_counts_for_the_device_that_its_topic_names(
    topic: str, named: tuple[str | None, str | None]
) -> None:
    assert device_of_topic(topic) == named
