"""What was saved is put right by a new entry: version beside version, and nobody is overwritten."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from infusion.observations.events import Basis
from infusion.observations.values import Level, Pressure
from tests.fixtures.clinic_site import Site, clinic_site, form_of
from tests.fixtures.running_hour import record_hour
from vocabulary.ids import SessionId

S1 = SessionId("s1")
OBSERVE = "/session/s1/do/observe?set=quick"
TYPED = {"sedation": "5", "airway": "clear", "bp-sys": "182", "bp-dia": "81", "rr": "14"}
PAGE = "/session/s1/observations"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("record")
    with clinic_site(folder) as running:
        record_hour(running, is_measured=False)
        yield running


@pytest.fixture
def amend(site: Site) -> str:
    """The address of the form that amends a quick set of just now."""
    assert site.send(OBSERVE, **TYPED).status == 303
    name = site.session(S1).observations[-1].observation
    return f"/session/s1/do/amend?observation={quote(name)}"


def test_only_what_was_changed_is_a_new_entry_and_both_are_shown(site: Site, amend: str) -> None:
    action, held = form_of(site.get(amend, as_="olga").text)
    assert (held["sedation"], held["bp-sys"], held["rr"]) == ("5", "182", "14")
    done = site.post(action, held | {"bp-sys": "128", "reason": "typed wrong"}, as_="olga")
    assert done.status == 303, done.text
    change = site.session(S1).amendments[-1]
    [entry] = change.observed
    assert (entry.item, entry.value, entry.basis) == ("bp", Pressure(sys=128, dia=81), Basis.TYPED)
    assert (change.withdrawn, change.seen_at, change.by.printed_name) == ((), None, "Olga Nurse")
    for page in (PAGE, "/ward/demo/bed/1"):
        text = site.get(page).text
        assert "128/81 mmHg" in text
        assert "<del>182/81 mmHg</del>" in text
        assert "amended by Olga Nurse" in text
    sheet = site.get("/session/s1/sign-off").text
    assert "Quick set amended: BP was 182/81 mmHg, now 128/81 mmHg; typed wrong" in sheet


def test_an_amendment_needs_a_reason_and_a_change(site: Site, amend: str) -> None:
    without = site.send(amend, sedation="4")
    assert without.status == 422
    assert "Reason: needed" in without.text
    assert 'value="4" checked' in without.text
    same = site.send(amend, reason="typed wrong")
    assert "nothing was changed" in same.text


def test_what_was_not_observed_at_all_is_taken_back(site: Site, amend: str) -> None:
    done = site.send(amend, sedation="not-observed", rr="", reason="wrong patient")
    assert done.status == 303, done.text
    assert set(site.session(S1).amendments[-1].withdrawn) == {"sedation", "rr"}
    assert "not observed" in site.get(PAGE).text


def test_when_it_was_seen_is_put_right(site: Site, amend: str) -> None:
    before = site.session(S1).observations[-1].at
    _, held = form_of(site.get(amend).text)
    earlier = datetime.fromisoformat(held["seen_at"]) - timedelta(minutes=3)
    assert site.send(amend, seen_at=f"{earlier:%Y-%m-%dT%H:%M}", reason="wrong time").status == 303
    seen_at = site.session(S1).amendments[-1].seen_at
    assert seen_at is not None
    assert timedelta(minutes=2) < before - seen_at <= timedelta(minutes=4)
    assert "Seen</dt><dd>" in site.get(PAGE).text


def test_two_who_amend_at_once_are_told_before_anything_is_overwritten(
    site: Site, amend: str
) -> None:
    action, held = form_of(site.get(amend, as_="olga").text)
    assert site.send(amend, sedation="4", reason="looked again").status == 303
    mine = held | {"sedation": "3", "reason": "typed wrong"}
    told = site.post(action, mine, as_="olga")
    assert told.status == 422
    assert "Nora Nurse amended this observation" in told.text
    assert "looked again" in told.text
    action, again = form_of(told.text)
    assert again["sedation"] == "3"
    saved = site.post(action, again | {"reason": "typed wrong"}, as_="olga")
    assert saved.status == 303, saved.text
    last = site.session(S1).amendments[-1]
    assert last.observed[0].value == Level(level=3)


def test_half_a_pressure_is_told_and_not_left_behind(site: Site, amend: str) -> None:
    told = site.send(amend, **{"bp-dia": "", "reason": "typed wrong"})
    assert "BP has only one of its two numbers" in told.text
    half = site.send(OBSERVE, **{**TYPED, "bp-dia": ""})
    assert "BP has only one of its two numbers" in half.text


def test_there_is_nothing_to_amend_by_a_broken_link(site: Site) -> None:
    page = site.get("/session/s1/do/amend?observation=nothing")
    assert "There is no such observation" in page.text
    assert site.get(PAGE, as_="wall").status == 403
