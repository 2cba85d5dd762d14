"""Alarms sent on to a webhook: once, retried, recorded; and an alarm where that fails."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dashboard.notifying.notices import Notice, NoticeWord
from dashboard.notifying.webhook import NotTaken, post
from dashboard.own_alarm import OwnAlarm
from infusion.alarms.log import AlarmRecord, alarm_log
from infusion.configuration import ClinicConfiguration
from infusion.happenings import ward_chain
from infusion.station_events import NoticeDelivered
from tests.fixtures.clinic import START
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.dashboard import NORTH, eventually, two_wards
from tests.fixtures.mosquitto import Mosquitto, free_port
from tests.fixtures.webhook import Receiver
from vocabulary.alarms import AlarmPriority, OwnAlarmCode, SignalState
from vocabulary.ids import WardId
from wire.bed_state import AlarmView

pytestmark = pytest.mark.usefixtures("alarms_of_links")
DOCS = Path(__file__).parents[3] / "docs" / "operations.md"
ALARM = AlarmView(
    id="north.1.1",
    priority=AlarmPriority.HIGH,
    text="SpO2 86 < 90",
    since=START,
    raised_at=START,
    signal_state=SignalState.ACTIVE,
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


def impatient() -> ClinicConfiguration:
    """Two wards where an alarm is over for the receiver once it has stayed away for a second."""
    clinic = two_wards()
    signals = msgspec.structs.replace(clinic.alarms.signals, sounds_again_after_s=1)
    alarms = msgspec.structs.replace(clinic.alarms, signals=signals)
    return msgspec.structs.replace(clinic, alarms=alarms)


@pytest.fixture
def site(tmp_path: Path, receiver: Receiver, broker: Mosquitto) -> Iterator[Site]:
    with clinic_site(
        tmp_path,
        mqtt_url=broker.url,
        clinic=impatient(),
        notify_url=receiver.url,
        notify_token="secret",
    ) as site:
        connect(site)
        yield site


def connect(site: Site) -> None:
    """Wait until what is said next is heard, and not what the broker remembers of it."""
    feed = site.server.server.services.feed
    eventually(lambda: feed.connection.is_up, "the feed does not connect")


def of(notices: list[dict[str, Any]], bed: str) -> list[str]:
    return [notice["what"] for notice in notices if notice["bed"] == bed]


@pytest.mark.broker
def test_an_alarm_reaches_the_receiver_once_and_the_record_says_so(
    site: Site, receiver: Receiver, ingest: Any
) -> None:
    ingest.publish_now("1", alarms=(ALARM,))
    eventually(lambda: of(receiver.taken, "1") == ["raised"], "nothing came")
    ingest.publish_now("1", alarms=(ALARM,))
    ingest.publish_now("1")
    eventually(lambda: of(receiver.taken, "1") == ["raised", "over"], "its end did not come")
    assert {n["text"] for n in receiver.taken if n["bed"]} == {"SpO2 86 < 90"}
    assert receiver.tokens == {"Bearer secret"}

    def recorded() -> list[str]:
        events = site.record.chains.read(ward_chain(NORTH)).events
        return [event.what for event in events if isinstance(event, NoticeDelivered)]

    eventually(lambda: recorded() == ["raised", "over"], "the record does not say so")


@pytest.mark.broker
def test_a_receiver_that_refuses_is_an_alarm_of_its_own_until_it_takes_notices_again(
    site: Site, receiver: Receiver, ingest: Any
) -> None:
    receiver.status = 503
    ingest.publish_now("1", alarms=(ALARM,))

    def own() -> list[dict[str, Any]]:
        with site.server.open_screen(site.cookie("nora")) as screen:
            return list(json.loads(screen.recv(timeout=60))["own"])

    eventually(lambda: len(of(receiver.refused, "1")) >= 3, "it is not tried again")
    eventually(lambda: len(own()) == 1, "no screen says so")
    [alarm] = own()
    assert alarm["priority"] == "medium"
    assert alarm["text"] == "alarms are not sent on: the receiver answers 503 Service Unavailable"
    # a machine so busy that heartbeats are missed tells of that besides
    assert len({notice["id"] for notice in receiver.refused if notice["bed"]}) == 1
    receiver.status = 200
    eventually(lambda: of(receiver.taken, "1") == ["raised"], "it was not tried again")
    eventually(lambda: own() == [], "the alarm stays")


@pytest.mark.broker
def test_what_came_and_went_while_the_receiver_was_away_is_not_told_and_the_alarm_of_it_ends(
    site: Site, receiver: Receiver, ingest: Any
) -> None:
    receiver.status = 503
    ingest.publish_now("1", alarms=(ALARM,))

    def standing() -> tuple[OwnAlarm, ...]:
        return site.server.server.services.own_alarms.standing

    eventually(standing, "no screen says that nothing is taken")
    ingest.publish_now("1")
    # by a word about the notifier itself, or about heartbeats that a busy machine made late
    eventually(lambda: [n for n in receiver.refused if not n["bed"]], "nobody asks")
    receiver.status = 200
    eventually(lambda: not standing(), "the alarm stays")
    assert of(receiver.taken, "1") == []


@pytest.mark.broker
def test_help_at_a_bed_is_told_and_is_over_when_a_person_ended_it(
    site: Site, receiver: Receiver, ingest: Any
) -> None:
    ingest.publish_now("1")
    site.post("/ward/north/bed/1/help", {})
    eventually(lambda: of(receiver.taken, "1") == ["raised"], "nobody is told")
    [told] = [notice for notice in receiver.taken if notice["bed"]]
    assert (told["label"], told["text"], told["priority"]) == ("Chair 1", "Help is called", "high")
    site.post("/ward/north/bed/1/end-help", {})
    eventually(lambda: of(receiver.taken, "1") == ["raised", "over"], "its end is not told")


@pytest.mark.broker
def test_what_ended_while_no_dashboard_ran_is_over_for_the_receiver(
    tmp_path: Path, receiver: Receiver, broker: Mosquitto, ingest: Any
) -> None:
    def start(**more: Any) -> Any:
        return clinic_site(
            tmp_path, mqtt_url=broker.url, clinic=impatient(), notify_url=receiver.url,
            notify_token="secret", **more,
        )  # fmt: skip

    with start() as site:
        connect(site)
        ingest.publish_now("1", alarms=(ALARM,))
        eventually(lambda: of(receiver.taken, "1") == ["raised"], "nothing came")
        chain = ward_chain(NORTH)
        eventually(lambda: site.record.chains.read(chain).events, "the record does not say so")
    ingest.publish_now("1")
    url = f"sqlite:///{tmp_path / 'record.sqlite3'}"
    with start(database_url=url, people=False) as again:
        connect(again)
        ingest.publish_now("1")
        eventually(lambda: of(receiver.taken, "1") == ["raised", "over"], "it stays open")
        assert [n["text"] for n in receiver.taken if n["bed"]][-1] == "SpO2 86 < 90"


@pytest.mark.broker
def test_after_a_restart_the_receiver_is_asked_again_and_the_alarm_goes_on_until_it_answers(
    tmp_path: Path, receiver: Receiver, broker: Mosquitto
) -> None:
    def start(**more: Any) -> Any:
        return clinic_site(
            tmp_path, mqtt_url=broker.url, clinic=two_wards(), notify_url=receiver.url,
            notify_token="secret", **more,
        )  # fmt: skip

    def trouble(site: Site) -> list[str]:
        standing = site.server.server.services.own_alarms.standing
        return [f"{alarm.since} {alarm.acknowledged_by}" for alarm in standing]

    def lines(site: Site) -> list[AlarmRecord]:
        records = alarm_log(site.record.chains.read(ward_chain(NORTH)).events)
        return [r for r in records if r.code is OwnAlarmCode.NOTICES_NOT_TAKEN]

    receiver.status = 503
    with start() as site:  # nobody speaks as ingest, which is worth a notice
        eventually(lambda: trouble(site), "no screen says so")
        site.post("/ward/north/alarms/acknowledge", {"alarm": "notifier"})
        eventually(
            lambda: [r for r in lines(site) if r.acknowledged_at], "who saw it is not recorded"
        )
        before = trouble(site)
    refused = len(receiver.refused)
    url = f"sqlite:///{tmp_path / 'record.sqlite3'}"
    with start(database_url=url, people=False) as again:
        assert trouble(again) == before
        eventually(lambda: len(receiver.refused) > refused + 1, "it is not asked again")
        assert trouble(again) == before
        receiver.status = 200
        eventually(lambda: trouble(again) == [], "the alarm stays")
        eventually(lambda: lines(again)[0].ended_at, "its end is not recorded")
        assert [record.times for record in lines(again)] == [1]
        assert receiver.taken, "any notice that is taken ends the alarm"


def a_notice() -> Notice:
    return Notice(
        id="n", what=NoticeWord.RAISED, alarm="a", ward=WardId("north"), bed="1", label="Chair 1",
        priority=AlarmPriority.HIGH, text="SpO2 86 < 90", since=START, step=0, said_at=START,
    )  # fmt: skip


@pytest.fixture
def documented() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The receiver as docs/operations.md has it, running; its address."""
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    [source] = [block for block in blocks if "class Receiver" in block]
    port = free_port()
    environment = os.environ | {"NOTIFY_TOKEN": "secret", "NOTIFY_PORT": str(port)}
    receiver = subprocess.Popen(
        [sys.executable, "-c", source], env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield f"http://127.0.0.1:{port}/", receiver
    receiver.kill()
    receiver.communicate()


def test_the_documented_receiver_takes_each_notice_once_and_only_with_the_token(
    documented: tuple[str, subprocess.Popen[str]],
) -> None:
    url, receiver = documented

    def answers() -> bool:
        try:
            post(url, "wrong", a_notice())
        except NotTaken as told:
            return "401" in str(told)
        raise AssertionError("it takes a wrong token")

    eventually(answers, "the documented receiver does not answer")
    post(url, "secret", a_notice())
    post(url, "secret", a_notice())
    post(url, "secret", msgspec.structs.replace(a_notice(), id="m", what=NoticeWord.OVER))
    assert receiver.stdout is not None
    lines = [receiver.stdout.readline().strip() for _ in range(2)]
    assert lines == ["Chair 1: SpO2 86 < 90 (raised)", "Chair 1: SpO2 86 < 90 (over)"]


@pytest.mark.parametrize("status", [302, 400, 500])
def test_only_a_plain_yes_counts_as_taken(receiver: Receiver, status: int) -> None:
    receiver.status = status
    with pytest.raises(NotTaken, match=str(status)):
        post(receiver.url, "", a_notice())
    assert len(receiver.refused) == 1, "no redirect is followed"


def test_a_receiver_that_is_not_there_is_said_so() -> None:
    with pytest.raises(NotTaken, match="the receiver cannot be reached"):
        post(f"http://127.0.0.1:{free_port()}/", "", a_notice())
