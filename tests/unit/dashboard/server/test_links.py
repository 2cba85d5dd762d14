"""Which link is broken, judged from evidence alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.arrivals import WorkerHeard
from dashboard.feed import Connection
from dashboard.links import (
    AFTER_BROKER_S,
    SILENT_AFTER_S,
    Evidence,
    Links,
    LinkView,
    RecordCheck,
    judge,
)
from tests.fixtures.clinic import START
from tests.fixtures.dashboard import NORTH, bed_state, device_view, heartbeat
from vocabulary.ids import WorkerId
from vocabulary.states import DeviceLink, LinkState

NOW_S = 1000.0
UP = Connection(is_up=True, since=START, since_s=NOW_S - 60, heard_s=NOW_S - 0.1)
BROKEN = Connection(
    is_up=False,
    since=START,
    since_s=NOW_S - 5,
    heard_s=NOW_S - 5,
    detail="the connection was lost",
)


def heard(ago_s: float = 0.5, *, retained: bool = False, **status: object) -> WorkerHeard:
    return WorkerHeard(
        NORTH,
        WorkerId("ingest-1"),
        heartbeat(**status),
        NOW_S - ago_s,
        START - timedelta(seconds=ago_s),
        retained=retained,
    )


def evidence(**fields: object) -> Evidence:
    whole = Evidence(now=START, now_s=NOW_S, connection=UP, workers=(heard(),))
    return replace(whole, **fields)  # type: ignore[arg-type] # each test names fields that exist


def broken(links: Links) -> set[str]:
    return {link.value for link, view in links.views().items() if not view.is_up}


def test_all_links_are_up_while_heartbeats_come() -> None:
    links = judge(Links(), evidence(workers=(heard(lag_s=0.2),), loop_lag_s=0.1))
    assert broken(links) == set()
    assert links.lag_s == pytest.approx(0.3)


def test_a_lost_broker_is_the_only_link_that_breaks() -> None:
    devices = bed_state(devices=(device_view("monitor-1", DeviceLink.SILENT),))
    links = judge(Links(), evidence(connection=BROKEN, workers=(heard(ago_s=30),), beds=(devices,)))
    assert broken(links) == {"broker"}
    assert links.broker.since == START - timedelta(seconds=5)
    assert links.broker.detail == "the connection was lost"
    assert links.lag_s is None


def test_a_broker_that_is_connected_but_answers_nothing_is_down() -> None:
    silent = replace(UP, heard_s=NOW_S - SILENT_AFTER_S - 0.1)
    links = judge(Links(), evidence(connection=silent))
    assert broken(links) == {"broker"}
    assert links.broker.since == START - timedelta(seconds=SILENT_AFTER_S + 0.1)


@pytest.mark.parametrize("silent_s", [1.6, 2.0, 2.4, 3.0, 60.0])
def test_a_broker_that_stands_still_is_not_blamed_on_ingest(silent_s: float) -> None:
    """Ingest spoke up to a second before the broker did last, so its silence is the longer one."""
    still = replace(UP, heard_s=NOW_S - silent_s)
    links = judge(Links(), evidence(connection=still, workers=(heard(silent_s + 1.0),)))
    assert broken(links) <= {"broker"}


def test_what_was_broken_before_the_broker_stays_broken_behind_it() -> None:
    before = Links(ingest=LinkView(LinkState.DOWN, START - timedelta(minutes=3), "gone"))
    links = judge(before, evidence(connection=BROKEN))
    assert links.ingest is before.ingest


def test_ingest_is_down_at_once_when_its_will_says_so() -> None:
    links = judge(Links(), evidence(workers=(heard(ago_s=0.1, state=LinkState.DOWN),)))
    assert broken(links) == {"ingest"}
    assert links.ingest.detail == "ingest-1 went offline"
    assert links.ingest.since == START - timedelta(seconds=0.1)


def test_ingest_is_down_when_its_heartbeat_stops() -> None:
    links = judge(Links(), evidence(workers=(heard(ago_s=SILENT_AFTER_S + 0.1),)))
    assert broken(links) == {"ingest"}
    assert links.ingest.detail == "ingest-1 fell silent"


def test_a_heartbeat_from_the_brokers_memory_proves_nothing() -> None:
    links = judge(Links(), evidence(workers=(heard(retained=True),)))
    assert broken(links) == {"ingest"}
    assert links.ingest.detail == "no heartbeat"


def test_ingest_gets_time_to_speak_after_a_reconnect() -> None:
    just_connected = replace(UP, since_s=NOW_S - 1)
    before = Links(ingest=LinkView(LinkState.UP, START, ""))
    links = judge(before, evidence(connection=just_connected, workers=(heard(ago_s=30),)))
    assert broken(links) == set()


def test_an_ingest_that_spoke_after_a_reconnect_and_falls_silent_is_missed_at_once() -> None:
    just_connected = replace(UP, since_s=NOW_S - 3)
    silent = heard(ago_s=SILENT_AFTER_S + 0.1)
    assert broken(judge(Links(), evidence(connection=just_connected, workers=(silent,)))) == {
        "ingest"
    }


def test_a_will_that_the_broker_remembered_from_its_own_end_is_not_blamed_on_ingest() -> None:
    just_connected = replace(UP, since_s=NOW_S - 2)
    will = heard(ago_s=0.5, state=LinkState.DOWN, retained=True)
    assert broken(judge(Links(), evidence(connection=just_connected, workers=(will,)))) == set()
    later = replace(UP, since_s=NOW_S - AFTER_BROKER_S - 0.1)
    assert broken(judge(Links(), evidence(connection=later, workers=(will,)))) == {"ingest"}


def test_a_dashboard_that_just_started_gets_the_time_to_connect() -> None:
    starting = replace(BROKEN, since_s=NOW_S - 1, heard_s=0.0)
    assert broken(judge(Links(), evidence(connection=starting, workers=()))) == set()
    in_vain = replace(BROKEN, since_s=NOW_S - SILENT_AFTER_S - 0.1, heard_s=0.0)
    assert broken(judge(Links(), evidence(connection=in_vain, workers=()))) == {"broker"}


def test_one_of_two_workers_speaking_is_enough() -> None:
    standby = replace(heard(state=LinkState.DOWN), worker=WorkerId("ingest-2"))
    assert broken(judge(Links(), evidence(workers=(heard(), standby)))) == set()


def test_the_record_is_down_when_ingest_cannot_write() -> None:
    since = START - timedelta(seconds=9)
    worker = heard(record=LinkState.DOWN, record_since=since, record_detail="disk full")
    links = judge(Links(), evidence(workers=(worker,)))
    assert broken(links) == {"record"}
    assert links.record == LinkView(LinkState.DOWN, since, "disk full")


def test_the_record_is_down_when_the_dashboard_cannot_read_it() -> None:
    check = RecordCheck(is_alive=False, since=START, detail="the record does not answer")
    assert broken(judge(Links(), evidence(record=check, connection=BROKEN))) == {
        "broker",
        "record",
    }


@pytest.mark.parametrize("link", [DeviceLink.SILENT, DeviceLink.OFFLINE])
def test_a_device_that_is_gone_is_named_with_since_when(link: DeviceLink) -> None:
    gone = device_view("monitor-3", link, link_since=START - timedelta(seconds=20))
    later = device_view("pump-2", link, link_since=START - timedelta(seconds=5))
    links = judge(Links(), evidence(beds=(bed_state(devices=(later, gone)),)))
    assert broken(links) == {"device"}
    assert links.device.detail == "monitor-3, pump-2"
    assert links.device.since == START - timedelta(seconds=20)


@pytest.mark.parametrize("link", [DeviceLink.ONLINE, DeviceLink.SHUTDOWN, DeviceLink.UNKNOWN])
def test_a_device_that_is_there_or_said_goodbye_breaks_nothing(link: DeviceLink) -> None:
    state = bed_state(devices=(device_view("monitor-1", link),))
    assert broken(judge(Links(), evidence(beds=(state,)))) == set()


def test_a_device_not_heard_since_ingest_started_is_missed_after_a_while() -> None:
    unheard = device_view("monitor-1", DeviceLink.UNKNOWN, link_since=START, last_received_at=START)
    soon = bed_state(devices=(unheard,), published_at=START + timedelta(seconds=14))
    late = bed_state(devices=(unheard,), published_at=START + timedelta(seconds=16))
    assert broken(judge(Links(), evidence(beds=(soon,)))) == set()
    assert broken(judge(Links(), evidence(beds=(late,)))) == {"device"}


def test_devices_are_not_judged_while_ingest_is_down() -> None:
    state = bed_state(devices=(device_view("monitor-1", DeviceLink.SILENT),))
    assert broken(judge(Links(), evidence(workers=(heard(ago_s=9),), beds=(state,)))) == {"ingest"}


def test_many_missing_devices_do_not_flood_the_strip() -> None:
    devices = tuple(device_view(f"monitor-{n}", DeviceLink.OFFLINE) for n in range(9))
    links = judge(Links(), evidence(beds=(bed_state(devices=devices),)))
    assert links.device.detail.endswith("monitor-5 and 3 more")


def test_a_link_keeps_its_since_while_it_stays_down_and_says_when_it_came_back() -> None:
    down = judge(Links(), evidence(connection=BROKEN))
    still = judge(down, evidence(connection=replace(BROKEN, detail="cannot connect")))
    assert still.broker.since == down.broker.since
    assert still.broker.detail == "cannot connect"
    back = judge(still, evidence())
    assert back.broker == LinkView(LinkState.UP, START, "")
