"""Help for any bed: with a session or without, by a person or a staff screen, ended by a person."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infusion.bed_help import BedHelpCalled, BedHelpEnded
from infusion.happenings import ward_chain
from infusion.interventions.events import HelpCalled, HelpEnded
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.dashboard import Answer, eventually
from tests.fixtures.measured import DEMO
from tests.fixtures.running_hour import record_hour
from vocabulary.ids import SessionId

S1 = SessionId("s1")
FREE, TAKEN = "/ward/demo/bed/2", "/ward/demo/bed/1"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clinic_site(tmp_path) as running:
        record_hour(running, is_measured=False)
        yield running


def pressed(site: Site, path: str) -> Answer:
    """What a staff screen that nobody is logged in at gets for pressing Help."""
    return site.server.ask(
        "POST", path, session=site.cookie("wall"), form={}, headers={"accept": "application/json"}
    )


def shown_calls(site: Site) -> list[tuple[str, str]]:
    told = json.loads(site.get("/calls").text)
    return [(call["what"], call["label"]) for call in told]


def kept(site: Site) -> list[object]:
    return list(site.record.chains.read(ward_chain(DEMO)).events)


def test_a_staff_screen_calls_help_at_a_bed_with_a_session(site: Site) -> None:
    assert pressed(site, f"{TAKEN}/help").status == 200
    called = site.session(S1).interventions[-1]
    assert isinstance(called, HelpCalled)
    assert called.by.printed_name == "Wall"
    eventually(lambda: shown_calls(site) == [("help", "Chair 1")], "the call is not shown")
    again = pressed(site, f"{TAKEN}/help")
    assert again.status == 409
    assert "help is called since" in json.loads(again.text)["reason"]


def test_help_at_a_bed_without_a_session_is_kept_and_ends_by_a_name(site: Site) -> None:
    assert pressed(site, f"{FREE}/help").status == 200
    eventually(lambda: shown_calls(site) == [("help", "Chair 2")], "the call is not shown")
    bed = site.get(FREE).text
    assert "Help is called by Wall" in bed
    assert f"{FREE}/end-help" in bed
    ended = site.server.ask("POST", f"{FREE}/end-help", session=site.cookie("wall"), form={})
    assert ended.status == 403
    done = site.send(f"{FREE}/end-help", as_="olga")
    assert done.status == 303, done.text
    eventually(lambda: shown_calls(site) == [], "the call is still shown")
    called, over = kept(site)
    assert isinstance(called, BedHelpCalled)
    assert isinstance(over, BedHelpEnded)
    assert (called.bed, called.by.printed_name) == ("2", "Wall")
    assert (over.bed, over.by.printed_name) == ("2", "Olga Nurse")


def test_a_person_calls_and_ends_help_at_both(site: Site) -> None:
    for bed in (FREE, TAKEN):
        assert site.send(f"{bed}/help", as_="ada").status == 303
    eventually(lambda: len(shown_calls(site)) == 2, "a call is missing")
    twice = site.send(f"{FREE}/help")
    assert twice.status == 422
    assert "help is called since" in twice.text
    for bed in (FREE, TAKEN):
        assert site.send(f"{bed}/end-help").status == 303
    assert isinstance(site.session(S1).interventions[-1], HelpEnded)
    eventually(lambda: shown_calls(site) == [], "a call is still shown")
    nothing = site.send(f"{FREE}/end-help")
    assert "nobody called for help" in nothing.text


def test_only_a_bed_of_the_ward_can_be_called_to_and_only_help_is_a_screens(site: Site) -> None:
    assert pressed(site, "/ward/demo/bed/99/help").status == 404
    assert pressed(site, "/ward/elsewhere/bed/1/help").status == 403
    assert pressed(site, "/session/s1/do/help").status == 403


def test_a_call_that_nobody_ended_is_there_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "again"
    folder.mkdir()
    with clinic_site(folder) as first:
        assert first.send(f"{FREE}/help").status == 303
        logins = first.logins
    with clinic_site(folder, people=False) as second:
        second.logins.update(logins)
        eventually(lambda: shown_calls(second) == [("help", "Chair 2")], "the call is forgotten")
