"""Forms of a session over HTTP, on a real record: done once, refused with why, never lost."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infusion.events import InfusionStarted
from infusion.session_events import PauseConfirmed
from record.act import Overtaken
from record.faults import RecordUnavailable
from record.store import Record
from tests.fixtures.clinic_site import Site, clinic_site, form_of
from tests.fixtures.session import SESSION, asked, fact, infusing
from vocabulary.ids import WardId
from vocabulary.states import SessionState

PAUSE = f"/session/{SESSION}/do/pause"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clinic_site(tmp_path) as running:
        yield running


@pytest.fixture
def running_session(site: Site) -> Site:
    """Infusing since ten minutes, in the record."""
    site.take(SESSION, infusing().events)
    assert site.session(SESSION).state is SessionState.INFUSING
    return site


def pauses(site: Site) -> list[PauseConfirmed]:
    events = site.record.chains.read(f"session/{SESSION}").events
    return [event for event in events if isinstance(event, PauseConfirmed)]


def test_a_nurse_confirms_a_pause(running_session: Site) -> None:
    page = running_session.get(PAUSE)
    assert "Pause at the pump, then confirm here." in page.text
    assert "Muster, Anna" in page.text
    done = running_session.send(PAUSE, reason="bathroom")
    assert done.status == 303
    assert done.header("location").startswith("/ward/north/bed/1?done=")
    [pause] = pauses(running_session)
    assert pause.reason == "bathroom"
    assert pause.by.printed_name == "Nora Nurse"
    assert abs(pause.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_form_sent_twice_is_done_once(running_session: Site) -> None:
    action, held = form_of(running_session.get(PAUSE).text)
    answers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(
                running_session.post(action, held | {"reason": "bathroom"}).status
            )
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303] * 4
    assert len(pauses(running_session)) == 1


def test_what_is_missing_is_asked_for_and_the_rest_is_kept(running_session: Site) -> None:
    answer = running_session.send(PAUSE, reason="", when="99:99")
    assert answer.status == 422
    assert "Reason: needed" in answer.text
    assert "When: Enter a time" in answer.text
    assert 'value="99:99"' in answer.text
    assert pauses(running_session) == []


def test_a_refusal_says_why_and_keeps_the_words(site: Site) -> None:
    site.take(SESSION, asked().events)
    page = site.get(PAUSE)
    assert page.status == 200
    assert "cannot confirm a pause" in page.text
    answer = site.send(PAUSE, reason="because <b>")
    assert answer.status == 422
    assert "cannot confirm a pause: the session&#39;s state is preparing" in answer.text
    assert "because &lt;b&gt;" in answer.text


def test_a_role_that_may_not_is_told_whom_to_ask(running_session: Site) -> None:
    answer = running_session.send(PAUSE, as_="ada", reason="bathroom")
    assert answer.status == 422
    assert "administrator may not confirm a pause" in answer.text
    assert "ask a nurse or prescriber" in answer.text


def test_a_screen_neither_sees_nor_sends_a_form(running_session: Site) -> None:
    assert running_session.get(PAUSE, as_="wall").status == 403
    assert running_session.post(PAUSE, {"reason": "x"}, as_="wall").status == 403


def test_an_unknown_session_or_form_is_not_found(running_session: Site) -> None:
    assert running_session.get("/session/nobody/do/pause").status == 404
    assert running_session.get(f"/session/{SESSION}/do/fly").status == 404
    assert running_session.post("/session/nobody/do/pause", {}).status == 404


def test_a_record_that_does_not_answer_loses_no_words(
    running_session: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    action, held = form_of(running_session.get(PAUSE).text)

    def gone(*_: Any) -> Any:
        raise RecordUnavailable("it is locked")

    with monkeypatch.context() as patched:
        patched.setattr(Record, "act_on_several", gone)
        kept = running_session.post(action, held | {"reason": "a long reason"})
    assert kept.status == 503
    assert "The record does not answer" in kept.text
    assert "a long reason" in kept.text
    assert pauses(running_session) == []
    again, kept_words = form_of(kept.text, "again")
    assert running_session.post(again, kept_words).status == 303
    assert running_session.post(again, kept_words).status == 303
    assert [pause.reason for pause in pauses(running_session)] == ["a long reason"]


def test_whoever_is_overtaken_looks_and_decides_anew(
    running_session: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, overtaken = Record.act_on_several, iter(range(2))

    def overtake(record: Record, *arguments: Any) -> list[int]:
        if next(overtaken, None) is not None:
            with record.write() as transaction:
                event = fact(InfusionStarted, datetime.now(UTC))
                transaction.append(f"session/{SESSION}", [event], "ingest/w1", datetime.now(UTC))
            raise Overtaken("somebody was quicker")
        return act(record, *arguments)

    monkeypatch.setattr(Record, "act_on_several", overtake)
    assert running_session.send(PAUSE, reason="bathroom").status == 303
    assert len(pauses(running_session)) == 1


def test_who_is_overtaken_again_and_again_is_told(
    running_session: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtake(*_: Any) -> list[int]:
        raise Overtaken("somebody was quicker")

    monkeypatch.setattr(Record, "act_on_several", overtake)
    answer = running_session.send(PAUSE, reason="bathroom")
    assert answer.status == 422
    assert "others write to the same record" in answer.text


def test_after_it_is_done_a_browser_goes_only_to_our_own_pages(running_session: Site) -> None:
    there = running_session.send(f"{PAUSE}?next=/ward/demo", reason="x")
    assert there.header("location").startswith("/ward/demo?done=")
    evil = running_session.send(f"{PAUSE}?next=https://evil.example/", reason="y")
    assert evil.header("location").startswith("/?done=")
    assert WardId("demo") in {ward.ward for ward in running_session.clinic.wards}
