"""How long from sending a set of observations until it is durable, and until two walls show it.

Twenty-four sessions that run: people's events in the record, devices that speak once a second,
real ingest, broker, dashboard and Chromium. Each session gets two sets: a normal one with a
pressure, after which the next set is due, and one of a drowsy patient, which asks for closer
checks.
"""

import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from playwright.sync_api import Page, expect, sync_playwright

from config.clinic import read_clinic
from infusion.happenings import author_of, patient_chain, session_chain
from infusion.patient import PatientId
from infusion.patient_events import PatientRegistered
from record.act import Act
from record.store import Record, open_record
from tests.benchmarks.figures import Spread
from tests.benchmarks.pixel import _encoded, _numerics
from tests.benchmarks.ward import Publisher, paced
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.fixtures.clinic_site import PINS, account, form_of
from tests.fixtures.dashboard import PASSWORD
from tests.fixtures.house import House
from tests.fixtures.running_hour import prepared_in
from tests.fixtures.session import ANNA, NORA
from vocabulary.ids import SessionId, WardId

SESSIONS: Final = 24
OPENED: Final = 200
SEEN_WITHIN_S: Final = 20.0
NORMAL: Final = {"sedation": "5", "airway": "clear", "bp-sys": "122", "bp-dia": "78"}
DROWSY: Final = {"sedation": "3", "airway": "clear"}
WATCH: Final = """() => {
    window.moved = [];
    new MutationObserver(changes => {
        const beds = new Set(changes.map(c => c.target.closest('[data-bed]').dataset.bed));
        requestAnimationFrame(() => {
            const at_ms = performance.timeOrigin + performance.now();
            beds.forEach(bed => window.moved.push([bed, at_ms]));
        });
    }).observe(document.querySelector('.grid'),
        {subtree: true, attributes: true, attributeFilter: ['data-next-due']});
}"""


@dataclass(frozen=True, slots=True)
class Saved:
    """Times in seconds: of opening a form, from sending a set to the answer, and to both walls."""

    opening: Spread
    durable: Spread
    seen: Spread
    never_seen: int


def measure_saving() -> Saved:
    """Two sets at each of 24 sessions, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), SESSIONS)
        devices = None
        try:
            house.start()
            devices = _Devices(house)
            with closing(open_record(house.database_url)) as record:
                names = _prepare(house, record)
            devices.begin()
            return _measure(house, names)
        finally:
            if devices is not None:
                devices.end()
            house.close()


def _prepare(house: House, record: Record) -> list[SessionId]:
    """A session that is ready for the start at every bed."""
    for login in PINS:
        record.accounts.add(account(login))
    clinic = read_clinic(house.folder / "config")
    names = []
    for bed in range(1, SESSIONS + 1):
        name, patient = SessionId(f"s{bed}"), PatientId(f"p{bed}")
        identity = msgspec.structs.replace(ANNA, patient=patient)
        now = datetime.now(UTC)
        driver = prepared_in(
            clinic, now - timedelta(minutes=16), str(bed),
            ward=WardId(house.ward), session=name, patient=identity,
        )  # fmt: skip
        act = Act(author=author_of(NORA.account), now=now, seen=0)
        known = PatientRegistered(patient=patient, at=now, by=NORA, identity=identity)
        record.act(patient_chain(patient), [known], act)
        record.act(session_chain(name), driver.events, act)
        names.append(name)
    return names


class _Devices:
    """A monitor and a pump at every bed, once a second; the pumps stand still until `begin`."""

    def __init__(self, house: House) -> None:
        self._ward, self._publisher = house.ward, Publisher(house.broker.port)
        self._begun, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """The pumps run."""
        self._begun.set()

    def end(self) -> None:
        """Stop speaking."""
        self._ended.set()
        self._thread.join(30)

    def _run(self) -> None:
        ran = [0] * (SESSIONS + 1)
        for turn in paced(SESSIONS, 3600):
            if self._ended.is_set():
                return
            bed, seq, now = turn % SESSIONS + 1, turn // SESSIONS, datetime.now(UTC)
            self._publish(f"monitor-{bed}", "vitals", _numerics(bed, seq, now))
            ran[bed] += self._begun.is_set()
            self._publish(f"pump-{bed}", "pump", _pump(seq, now, ran[bed]))

    def _publish(self, device: str, kind: str, payload: bytes) -> None:
        self._publisher.publish(f"hourglass/v1/{self._ward}/device/{device}/{kind}", payload)


def _pump(seq: int, now: datetime, ran_s: int) -> bytes:
    given_ml = round(35 / 3600 * ran_s, 4)
    return _encoded(
        seq, now, state="infusing" if ran_s else "stopped", rate=35.0 if ran_s else 0.0,
        volume=given_ml, counter="c", remaining=round(40 - given_ml, 4),
        concentration=1.0, weight=70.0,
    )  # fmt: skip


def _measure(house: House, names: list[SessionId]) -> Saved:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        walls = [browser.new_page(viewport={"width": 3840, "height": 2160}) for _ in range(2)]
        for wall in walls:
            wall.goto(house.enrol("staff"))
            running = wall.locator('[data-session-state="infusing"] [data-next-due]:not(:empty)')
            expect(running).to_have_count(SESSIONS, timeout=120_000)
        for wall in walls:  # what was due before the start is asked for until its window is over
            pressure = wall.locator("[data-next-due]", has_text="BP")
            expect(pressure).to_have_count(SESSIONS, timeout=240_000)
        nurse = _Nurse(house)
        opening = [nurse.open(names[number % SESSIONS])[0] for number in range(OPENED)]
        for wall in walls:
            wall.evaluate(WATCH)
        durable, seen, never = [], [], 0
        for answers in (NORMAL, DROWSY):
            for bed, name in enumerate(names, 1):
                sent_s, took_s = nurse.save(name, answers)
                durable.append(took_s)
                at_s = [_seen(wall, str(bed), sent_s) for wall in walls]
                if None in at_s:
                    never += 1
                else:
                    seen.append(max(at for at in at_s if at is not None) - sent_s)
        browser.close()
    return Saved(Spread(opening), Spread(durable), Spread(seen), never)


def _seen(wall: Page, bed: str, since_s: float) -> float | None:
    """When a wall painted that something else is next at a bed, Unix time."""
    until = time.monotonic() + SEEN_WITHIN_S
    while time.monotonic() < until:
        moved: list[Any] = wall.evaluate("window.moved")
        found = [at_ms / 1000 for of, at_ms in moved if of == bed and at_ms / 1000 > since_s]
        if found:
            return found[0]
        wall.wait_for_timeout(20)
    return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """The answer to a form is the redirect itself."""


class _Nurse:
    """Somebody who is logged in, as a browser asks and sends."""

    def __init__(self, house: House) -> None:
        self._url = house.url
        self._opener = urllib.request.build_opener(
            _NoRedirect, urllib.request.HTTPCookieProcessor()
        )
        status, page = self._ask("/login", {"login": "nora", "password": PASSWORD})
        assert status == 303, page

    def open(self, name: SessionId) -> tuple[float, str]:
        """Ask for the form of a quick set; how long it took, seconds, and the page."""
        began_s = time.perf_counter()
        status, page = self._ask(f"/session/{name}/do/observe?set=quick")
        assert status == 200, page
        return time.perf_counter() - began_s, page

    def save(self, name: SessionId, answers: dict[str, str]) -> tuple[float, float]:
        """Send a set; when (Unix time), and how long until it was on disk, seconds."""
        action, held = form_of(self.open(name)[1], "observe")
        sent_s, began_s = time.time(), time.perf_counter()
        status, page = self._ask(action, held | answers)
        assert status == 303, page
        return sent_s, time.perf_counter() - began_s

    def _ask(self, path: str, typed: dict[str, str] | None = None) -> tuple[int, str]:
        body = None if typed is None else urllib.parse.urlencode(typed).encode()
        request = urllib.request.Request(self._url + path, data=body)
        request.add_header("origin", self._url)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()
