"""The live half of a screen, over a real broker and real sockets."""

import json
import socket
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from dashboard.live import MAX_SCREENS_PER_LOGIN
from tests.fixtures.dashboard import (
    SOUTH,
    STAFF_TOKEN,
    STAND_IN,
    MemoryAccounts,
    RunningServer,
    a_server,
    bed_state,
    eventually,
    kiosk,
    nurse,
    plain_tile,
    running,
    two_wards,
)
from tests.fixtures.mosquitto import Mosquitto
from vocabulary.ids import BedId
from vocabulary.roles import Audience
from wire.bed_state import BedState
from wire.published import encode

pytestmark = pytest.mark.broker
Frame = dict[str, Any]
WITHIN_S = 90.0
LONG_MS = 1500


@pytest.fixture
def site(start: Any, broker: Mosquitto) -> RunningServer:
    server: RunningServer = start(mqtt_url=broker.url)
    eventually(lambda: server.server.services.feed.connection.is_up, "the feed does not connect")
    return server


@pytest.fixture
def wall(store: MemoryAccounts) -> str:
    return store.enter("the-session-of-the-wall-0001", kiosk())


@pytest.fixture
def nina(store: MemoryAccounts) -> str:
    return store.enter("the-session-of-nina-0001", nurse())


def frame(screen: ClientConnection) -> Frame:
    return dict(json.loads(screen.recv(timeout=60)))


def frame_with(screen: ClientConnection, bed: str, **tile: Any) -> Frame:
    """The next frame in which the tile of `bed` says all of this."""
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        got = frame(screen)
        shown = got["beds"].get(bed, {}).get("tile") or {}
        if tile.items() <= shown.items():
            return got
    raise AssertionError(f"no frame with {tile} for bed {bed}")


def close_code(screen: ClientConnection) -> int:
    def read_on() -> None:
        until = time.monotonic() + WITHIN_S
        while time.monotonic() < until:
            screen.recv(timeout=WITHIN_S)

    with pytest.raises(ConnectionClosed) as closed:
        read_on()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def test_the_first_frame_has_every_bed_and_later_ones_what_changed(
    site: RunningServer, wall: str, ingest: Any
) -> None:
    ingest.publish_now("2", spo2=95)
    eventually(lambda: site.server.services.beds.of(bed_state().ward)[BedId("2")].state, "no state")
    with site.open_screen(wall) as screen:
        first = frame(screen)
        assert first["n"] == 1
        assert first["full"] is True
        assert first["ward"] == "north"
        assert set(first["links"]) == {"device", "broker", "ingest", "record"}
        assert first["beds"]["1"] == {"held_ms": 0, "tile": None}
        assert first["beds"]["2"]["tile"]["spo2"] == 95
        ingest.publish_now("1", spo2=97)
        later = frame_with(screen, "1", spo2=97)
        assert "full" not in later
        assert later["n"] > 1


def frame_with_stations(screen: ClientConnection, stations: int) -> Frame:
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        got = frame(screen)
        if got["stations"] == stations:
            return got
    raise AssertionError(f"never {stations} stations")


def test_every_screen_is_told_how_many_can_be_heard(
    site: RunningServer, wall: str, nina: str
) -> None:
    with site.open_screen(wall) as quiet:
        assert frame(quiet)["stations"] == 0
        with site.open_screen(nina) as station:
            station.send('{"sound": "on"}')
            frame_with_stations(quiet, 1)
            station.send("what no screen of ours says")
            station.send('{"sound": "blocked"}')
            frame_with_stations(quiet, 0)
            station.send('{"sound": "on"}')
            frame_with_stations(quiet, 1)
        frame_with_stations(quiet, 0)


def test_a_screen_hears_something_every_second_and_not_more_than_ten_times(
    site: RunningServer, wall: str, ingest: Any
) -> None:
    with site.open_screen(wall) as screen:
        until = time.monotonic() + WITHIN_S
        gaps = [LONG_MS]
        while max(gaps[-3:]) >= LONG_MS:  # a busy machine misses a second, but not all the time
            assert time.monotonic() < until, gaps
            frames = [frame(screen) for _ in range(4)]
            gaps = [b["sent_ms"] - a["sent_ms"] for a, b in pairwise(frames)]
        for number in range(60):
            ingest.publish_now("1", spo2=40 + number)
        busy = [frame(screen)]
        while busy[-1]["beds"].get("1", {}).get("tile", {}).get("spo2") != 99:
            busy.append(frame(screen))
        # ten a second over the whole: one that was held up may be followed sooner by the next
        assert busy[-1]["sent_ms"] - busy[0]["sent_ms"] >= 100 * (len(busy) - 2)


def test_the_audience_comes_from_the_login(
    site: RunningServer, store: MemoryAccounts, wall: str, nina: str, ingest: Any
) -> None:
    staff_wall = store.enter(
        "the-session-of-the-staff-wall", kiosk(Audience.STAFF, token=STAFF_TOKEN)
    )
    ingest.publish_now("1")
    for session, audience in ((wall, "public"), (staff_wall, "staff"), (nina, "staff")):
        with site.open_screen(session, path="/live") as screen:
            frame_with(screen, "1", audience=audience)


def test_screens_share_what_was_made_for_one(site: RunningServer, wall: str, ingest: Any) -> None:
    beds = site.server.services.beds
    with (
        site.open_screen(wall) as first,
        site.open_screen(wall) as second,
        site.open_screen(wall) as third,
    ):
        for number in range(5):
            made = beds.made_tiles
            ingest.publish_now("1", spo2=90 + number)
            shown = [frame_with(screen, "1", spo2=90 + number) for screen in (first, second, third)]
            assert beds.made_tiles - made == 1
            assert len({json.dumps(one["beds"]["1"]["tile"]) for one in shown}) == 1


def test_a_retained_state_is_shown_as_such_until_a_live_one_comes(
    start: Any, broker: Mosquitto, wall: str, ingest: Any
) -> None:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    ingest.publish(bed_state("1", published_at=hour_ago))
    site = start(mqtt_url=broker.url)
    with site.open_screen(wall) as screen:
        old = frame_with(screen, "1", retained=True)
        assert old["beds"]["1"]["tile"]["elapsed_s"] >= 3600
        ingest.publish_now("1")
        live = frame_with(screen, "1", retained=False)
        assert live["beds"]["1"]["tile"]["elapsed_s"] < WITHIN_S


def test_a_bed_that_is_gone_becomes_empty(site: RunningServer, wall: str, ingest: Any) -> None:
    with site.open_screen(wall) as screen:
        ingest.publish_now("1", spo2=97)
        frame_with(screen, "1", spo2=97)
        ingest.publish_raw("1", b"")
        while frame(screen)["beds"].get("1") != {"held_ms": 0, "tile": None}:
            pass


@pytest.mark.parametrize(
    "payload",
    [b"{", b"\xff\xfe", b"[]", b'{"ward": "north"}', b"x" * 100_000],
    ids=["half", "no text", "list", "half a state", "long"],
)
def test_what_is_no_state_harms_nothing(
    site: RunningServer, wall: str, ingest: Any, payload: bytes
) -> None:
    with site.open_screen(wall) as screen:
        ingest.publish_now("1", spo2=97)
        frame_with(screen, "1", spo2=97)
        ingest.publish_raw("1", payload)
        ingest.publish_now("2", spo2=96)
        frame_with(screen, "2", spo2=96)
    assert "hourglass_feed_refused_total 1.0" in site.ask("GET", "/metrics").text


def test_a_state_on_another_beds_topic_is_not_believed(
    site: RunningServer, wall: str, ingest: Any
) -> None:
    with site.open_screen(wall) as screen:
        ingest.publish_raw("1", encode(bed_state("2", spo2=50)))
        ingest.publish_now("2", spo2=96)
        first = frame_with(screen, "2", spo2=96)
        assert first["beds"].get("1", {}).get("tile") is None


def test_a_quiet_bed_grows_older_on_screen(site: RunningServer, wall: str, ingest: Any) -> None:
    with site.open_screen(wall) as screen:
        ingest.publish_now("1", spo2=97)
        frame_with(screen, "1", spo2=97)
        ages = []
        while len(ages) < 3:
            entry = frame(screen)["beds"].get("1")
            if entry is not None:
                ages.append(entry["tile"]["elapsed_s"] + entry["held_ms"] / 1000)
        assert ages == sorted(ages)
        assert ages[-1] > 2


def test_a_revoked_session_closes_an_open_screen(
    site: RunningServer, store: MemoryAccounts, wall: str
) -> None:
    with site.open_screen(wall) as screen:
        frame(screen)
        store.logins.clear()
        assert close_code(screen) == 4401


def test_an_open_screen_stays_while_the_record_does_not_answer(
    site: RunningServer, store: MemoryAccounts, wall: str, ingest: Any
) -> None:
    with site.open_screen(wall) as screen:
        frame(screen)
        store.is_gone = True
        while frame(screen)["links"]["record"]["state"] != "down":
            pass
        ingest.publish_now("1", spo2=93)
        frame_with(screen, "1", spo2=93)
        store.is_gone = False
        while frame(screen)["links"]["record"]["state"] != "up":
            pass


@pytest.mark.parametrize("ward", ["south", "west", ""])
def test_a_screen_may_not_see_another_ward(site: RunningServer, wall: str, ward: str) -> None:
    with site.open_screen(wall, ward=ward) as screen:
        assert close_code(screen) == 4403


def test_a_person_sees_every_ward(site: RunningServer, nina: str) -> None:
    with site.open_screen(nina, ward=SOUTH) as screen:
        assert frame(screen)["ward"] == "south"


@pytest.mark.parametrize(
    ("session", "origin", "path"),
    [
        (None, "", "/live"),
        ("not-a-session-of-anybody", "", "/live"),
        ("the-session-of-nina-0001", "http://evil.example", "/live"),
        ("the-session-of-nina-0001", "null", "/live"),
        ("the-session-of-nina-0001", "", "/_dash-ws-callback"),
        (None, "", "/_dash-ws-callback"),
    ],
)
def test_nobody_else_gets_a_socket(
    site: RunningServer, nina: str, session: str | None, origin: str, path: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        site.open_screen(session, path=path, origin=origin).close()
    assert refused.value.response.status_code == 403


def test_one_login_opens_so_many_screens_and_no_more(
    site: RunningServer, wall: str, nina: str
) -> None:
    with ExitStack() as screens:
        for _ in range(MAX_SCREENS_PER_LOGIN):
            frame(screens.enter_context(site.open_screen(wall)))
        with site.open_screen(wall) as one_more:
            assert close_code(one_more) == 4409
        with site.open_screen(nina) as another_login:
            frame(another_login)
    metrics = site.server.services.metrics.screens
    eventually(lambda: metrics._value.get() == 0, "screens are still counted")
    with site.open_screen(wall) as again:
        frame(again)


def test_a_screen_that_does_not_read_is_dropped_and_nothing_is_kept_for_it(
    start: Any, broker: Mosquitto, wall: str, nina: str, ingest: Any
) -> None:
    """Large tiles fill every buffer on the way to a screen that never reads."""
    site = start(mqtt_url=broker.url, clinic=two_wards(beds=4), screens=_WITH_LARGE_TILES)
    metrics = site.server.services.metrics
    with _open_and_never_read(site, wall), site.open_screen(nina) as quick:
        eventually(lambda: metrics.screens._value.get() == 2, "a screen does not open")
        rounds = quick_frames = 0
        begun = time.monotonic()
        while metrics.screens._value.get() == 2:
            assert time.monotonic() - begun < 2 * WITHIN_S, "the slow screen is still there"
            rounds += 1
            for bed in "1234":
                ingest.publish_now(bed, spo2=rounds)
            quick_frames = frame_with(quick, "4", spo2=rounds)["n"]
        slow_frames = metrics.frames._value.get() - quick_frames
    assert slow_frames < 15
    assert quick_frames > slow_frames + 5, "nobody waited for the slow one"


_PADDING = "x" * 200_000


def _large_tile(state: BedState, audience: Audience, elapsed_s: float, retained: bool) -> bytes:
    plain = plain_tile(state, audience, elapsed_s, retained)
    return plain[:-1] + f', "padding": "{_PADDING}"}}'.encode()


_WITH_LARGE_TILES = replace(STAND_IN, make_tile=_large_tile)


def _open_and_never_read(site: RunningServer, session: str) -> socket.socket:
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    slow.connect(("127.0.0.1", site.port))
    lines = (
        "GET /live?ward=north HTTP/1.1",
        f"Host: 127.0.0.1:{site.port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
        f"Origin: {site.origin}",
        f"Cookie: hourglass={session}",
    )
    slow.sendall("\r\n".join((*lines, "", "")).encode())
    return slow


def test_a_server_that_goes_away_says_so(
    start: Any, broker: Mosquitto, store: MemoryAccounts
) -> None:
    session = store.enter("the-session-of-the-wall-0001", kiosk())
    with ExitStack() as screens:
        with running(a_server(store, mqtt_url=broker.url)) as site:
            screen = screens.enter_context(site.open_screen(session))
            frame(screen)
        assert close_code(screen) == 1012
