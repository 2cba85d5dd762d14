"""The worklist says what is open of each session that waits, and never waits long for it itself."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, repeat
from pathlib import Path

import pytest

from dashboard.open_work import LONGEST_S, OpenWork
from dashboard.unsigned import unsigned
from tests.fixtures.clinic import two_beds
from tests.fixtures.clinic_site import PINS, Site, clinic_site
from tests.fixtures.dashboard import PASSWORD
from tests.fixtures.recorded import put
from tests.fixtures.whole_session import accounted, driver
from vocabulary.ids import SessionId


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Three that wait: two with things open, the second in time with nothing open."""
    with clinic_site(tmp_path, clinic=two_beds()) as running:
        put(running.record, driver(), "younger", days=2)
        put(running.record, accounted(driver()), "ready", days=1)
        put(running.record, driver(), "older")
        yield running


def waiting(site: Site) -> str:
    return site.get("/worklist").text.partition('data-worklist="unsigned"')[2]


def test_each_has_its_age_and_what_is_open_the_oldest_first(site: Site) -> None:
    for _ in range(10):  # a busy machine may need more than one look
        page = waiting(site)
        if "not worked out yet" not in page:
            break
    older, ready, younger = (
        page.partition(f'data-session-entry="{name}"')[2].partition("</li>")[0]
        for name in ("older", "ready", "younger")
    )
    assert page.index("older") < page.index("ready") < page.index("younger")
    for entry in (older, younger):
        assert 'data-open-count="3"' in entry
        assert "3 open: the drug is not accounted for; SpO2 missing 1 time" in entry
        assert "; and 1 more" in entry
    assert "nothing is open" in ready
    assert "· for " in older


def test_what_was_put_right_and_what_was_signed_show_at_once(site: Site) -> None:
    waiting(site)
    typed = {"line": "1.5", "wasted": "14.667", "vials_wasted": "450"}
    assert site.send("/session/older/do/reconcile", **typed).status == 303
    for of in ("syringe", "vials"):
        path = f"/session/older/do/witness?of={of}"
        sent = site.send(path, second="olga", pin=PINS["olga"], method="absorbent gel")
        assert sent.status == 303, sent.text
    page = waiting(site)
    assert "2 open: SpO2 missing 1 time" in page.partition('data-session-entry="ready"')[0]
    assert site.send("/session/ready/sign-off", form_="sign", password=PASSWORD).status == 303
    assert 'data-session-entry="ready"' not in waiting(site)


def test_a_long_list_is_worked_out_over_several_looks(site: Site) -> None:
    parts = site.server.server.services
    moments = chain([0.0, LONGEST_S / 2], repeat(LONGEST_S))
    work = OpenWork(parts.reports, site.clinic.dosing.balance, lambda: next(moments))
    kept = unsigned(parts.shelf.open().kept)
    assert [k.session.id for k in kept] == ["older", "ready", "younger"]
    first = work.of(kept, datetime.now(UTC))
    assert list(first) == [SessionId("older")]
    patient = OpenWork(parts.reports, site.clinic.dosing.balance, lambda: 0.0)
    assert len(patient.of(kept, datetime.now(UTC))) == 3
