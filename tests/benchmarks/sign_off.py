"""The sign-off page of a full session: until its last byte, first and again; and its PDF.

A session of two and a half hours at 1 Hz, monitor and pump, titrated, paused, recovered; other
sessions of the same size in the record.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.figures import Spread
from tests.fixtures.clinic import two_beds
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.recorded import put
from tests.fixtures.session import SESSION
from tests.fixtures.whole_session import accounted, driver
from vocabulary.ids import SessionId

PAGE: Final = f"/session/{SESSION}/sign-off"
OPENED: Final = 40
OTHERS: Final = 10


@dataclass(frozen=True, slots=True)
class SignOff:
    """Times of the server's answer, and what one costs of a core in the same process, seconds.

    `prepared`: the first open after the server saw that the session is over; `first`: nothing of
    it is kept; `after_a_form`: its events changed; `again`: nothing changed since it was looked at.
    """

    prepared: Spread
    first: Spread
    first_cpu: Spread
    after_a_form: Spread
    again: Spread
    again_cpu: Spread
    pdf: Spread
    kilobytes: float


def measure_sign_off() -> SignOff:
    """The page and its PDF, from a real server over HTTP, on SQLite."""
    with tempfile.TemporaryDirectory() as name, clinic_site(Path(name), clinic=two_beds()) as site:
        put(site.record, accounted(driver()))
        for number in range(OTHERS):
            put(site.record, accounted(driver()), f"other-{number}", days=number + 1)
        kilobytes = len(site.get(PAGE).text) / 1000
        prepared, _ = _times(lambda: _prepare(site), lambda: site.get(PAGE))
        first, first_cpu = _times(lambda: _forget(site), lambda: site.get(PAGE))
        changed, _ = _times(lambda: _forget_the_chain(site), lambda: site.get(PAGE))
        again, again_cpu = _times(None, lambda: site.get(PAGE))
        pdf, _ = _times(lambda: _forget(site), lambda: site.get(f"/session/{SESSION}/export/pdf"))
        return SignOff(prepared, first, first_cpu, changed, again, again_cpu, pdf, kilobytes)


def _prepare(site: Site) -> None:
    """As once the server has seen that the session is over."""
    _forget(site)
    parts = site.server.server.services
    parts.reports.load(SessionId(SESSION), datetime.now(UTC))


def _forget(site: Site) -> None:
    """As if nobody had looked at the session since the start of the server."""
    parts = site.server.server.services
    parts.reports._kept.clear()
    parts.deliveries._held.clear()


def _forget_the_chain(site: Site) -> None:
    """As if somebody had sent a form since: the events are others, the numbers are the same."""
    kept = site.server.server.services.reports._kept
    for name, held in list(kept.items()):
        known = type(held.known)(
            **{f: getattr(held.known, f) for f in held.known.__struct_fields__ if f != "events"},
            events=held.known.events[:-1],
        )
        kept[name] = type(held)(known, held.marks, held.rows, held.export, held.content)


def _times(before: Callable[[], None] | None, ask: Callable[[], Any]) -> tuple[Spread, Spread]:
    took, used = [], []
    for _ in range(OPENED):
        if before is not None:
            before()
        began_s, cpu_s = time.perf_counter(), time.process_time()
        assert ask().status == 200
        took.append(time.perf_counter() - began_s)
        used.append(time.process_time() - cpu_s)
    return Spread(took), Spread(used)
