"""The whole server over HTTP: login, tokens, pages, callbacks, what strangers get."""

import base64
import hashlib
import re
from dataclasses import replace
from typing import Any

import pytest
from fastapi import APIRouter

from dashboard.attempts import PER_LOGIN
from tests.fixtures.dashboard import (
    KIOSK_TOKEN,
    PASSWORD,
    STAND_IN,
    Answer,
    MemoryAccounts,
    RunningServer,
    kiosk,
    nurse,
)

Start = Any


@pytest.fixture
def site(start: Start) -> RunningServer:
    server: RunningServer = start()
    return server


@pytest.fixture
def nina(store: MemoryAccounts) -> str:
    return store.enter("the-session-of-nina-0001", nurse())


@pytest.fixture
def wall(store: MemoryAccounts) -> str:
    return store.enter("the-session-of-the-wall-0001", kiosk())


def log_in(site: RunningServer, login: str = "nina", password: str = PASSWORD) -> Answer:
    return site.ask(
        "POST", "/login", form={"login": login, "password": password, "next": "/ward/north"}
    )


def route_to(site: RunningServer, session: str, pathname: str, search: str = "") -> Answer:
    """What the browser asks Dash when somebody opens a page."""
    return site.ask(
        "POST",
        "/_dash-update-component",
        session=session,
        body={
            "output": ".._pages_content.children..._pages_store.data..",
            "outputs": [
                {"id": "_pages_content", "property": "children"},
                {"id": "_pages_store", "property": "data"},
            ],
            "inputs": [
                {"id": "_pages_location", "property": "pathname", "value": pathname},
                {"id": "_pages_location", "property": "search", "value": search},
            ],
            "changedPropIds": ["_pages_location.pathname"],
        },
    )


def test_a_nurse_logs_in_looks_and_logs_out(site: RunningServer) -> None:
    came = log_in(site)
    assert (came.status, came.header("location")) == (303, "/ward/north")
    session = came.session
    assert site.ask("GET", "/ward/north", session=session).status == 200
    assert site.ask("POST", "/logout", session=session).status == 303
    assert site.ask("GET", "/ward/north", session=session).status == 303


def test_a_login_ends_the_session_that_was_there_before(site: RunningServer, nina: str) -> None:
    came = site.ask(
        "POST", "/login", session=nina, form={"login": "nina", "password": PASSWORD, "next": "/"}
    )
    assert came.session not in ("", nina)
    assert site.ask("GET", "/", session=nina).status == 303


@pytest.mark.parametrize(
    ("login", "password"), [("nina", "wrong"), ("nobody", PASSWORD), ("", ""), ("nina", "")]
)
def test_a_wrong_login_says_so_and_tells_nothing_else(
    site: RunningServer, login: str, password: str
) -> None:
    refused = log_in(site, login, password)
    assert refused.status == 401
    assert "Login or password is wrong." in refused.text
    assert not refused.session


def test_a_login_is_shown_again_without_running_what_it_holds(site: RunningServer) -> None:
    refused = log_in(site, '"><script>alert(1)</script>')
    assert "<script>" not in refused.text


def test_something_that_is_no_form_is_a_wrong_login(site: RunningServer) -> None:
    assert site.ask("POST", "/login", body={"login": "nina"}).status == 401


def test_guessing_has_to_wait(site: RunningServer) -> None:
    for _ in range(PER_LOGIN):
        assert log_in(site, password="a guess").status == 401
    refused = log_in(site)
    assert refused.status == 429
    assert "Try again in 5 minutes." in refused.text


def test_login_says_so_when_the_record_does_not_answer(
    site: RunningServer, store: MemoryAccounts
) -> None:
    store.is_gone = True
    refused = log_in(site)
    assert refused.status == 503
    assert "The record does not answer" in refused.text


def test_a_token_opens_the_screen_and_is_gone_from_the_address(site: RunningServer) -> None:
    came = site.ask("GET", f"/ward/north?token={KIOSK_TOKEN}", origin=None)
    assert (came.status, came.header("location")) == (303, "/ward/north")
    assert site.ask("GET", "/ward/north", session=came.session, origin=None).status == 200


def test_the_first_request_after_a_start_gets_a_whole_page_whose_scripts_may_run(
    site: RunningServer, nina: str
) -> None:
    page = site.ask("GET", "/ward/north", session=nina)
    policy = page.header("content-security-policy")
    inline = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    scripts = [script for script in inline if "Internet Explorer" not in script]
    assert any("document.title" in script for script in scripts), "the page's title script"
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy, script
    assert "https://" not in policy


@pytest.mark.parametrize("path", ["/nowhere", "/ward/west", "/ward/north/x", "/docs", "/_mcp"])
def test_an_unknown_address_is_not_found(site: RunningServer, nina: str, path: str) -> None:
    assert site.ask("GET", path, session=nina).status == 404


def test_pages_are_laid_out_for_people_and_screens(
    site: RunningServer, nina: str, wall: str
) -> None:
    for session in (nina, wall):
        answer = route_to(site, session, "/ward/north")
        assert answer.status == 200
        assert "ward north" in answer.text
    assert "devices" in route_to(site, nina, "/devices").text


@pytest.mark.parametrize(
    ("pathname", "search"),
    [
        ("/ward/south", ""),
        ("/ward/north", "?ward=south"),
        ("/devices", ""),
        ("/devices", "?ward=north"),
        ("/", ""),
    ],
)
def test_a_screen_gets_no_other_page_past_its_address(
    site: RunningServer, wall: str, pathname: str, search: str
) -> None:
    assert route_to(site, wall, pathname, search).status == 403


def test_nobody_gets_a_ward_that_does_not_exist(site: RunningServer, nina: str) -> None:
    assert route_to(site, nina, "/ward/west").status == 403


def callback(site: RunningServer, session: str, output: str, source: str, value: Any) -> Answer:
    """One callback of the stand-in screens."""
    component, prop = output.split(".")
    from_component, from_prop = source.split(".")
    return site.ask(
        "POST",
        "/_dash-update-component",
        session=session,
        body={
            "output": output,
            "outputs": {"id": component, "property": prop},
            "inputs": [{"id": from_component, "property": from_prop, "value": value}],
            "changedPropIds": [source],
        },
    )


def test_a_screen_may_not_use_a_callback_that_writes(
    site: RunningServer, nina: str, wall: str
) -> None:
    written = callback(site, nina, "said.children", "write.n_clicks", 1)
    assert written.status == 200
    assert "written by Nina" in written.text
    refused = callback(site, wall, "said.children", "write.n_clicks", 1)
    assert refused.status == 403
    assert "needs the role nurse" in refused.text


def test_a_callback_shows_a_screen_its_own_ward_alone(site: RunningServer, wall: str) -> None:
    assert callback(site, wall, "w.data", "said.children", "north").status == 200
    assert callback(site, wall, "w.data", "said.children", "south").status == 403


@pytest.mark.expects_errors
def test_a_callback_that_fails_is_logged_and_tells_the_browser_nothing(
    site: RunningServer, nina: str, caplog: pytest.LogCaptureFixture
) -> None:
    failed = callback(site, nina, "failed.children", "write.n_clicks", 1)
    assert failed.status == 500
    assert "ZeroDivisionError" not in failed.text
    assert "ZeroDivisionError" in caplog.text


def test_a_callback_whose_record_does_not_answer_says_so(site: RunningServer, nina: str) -> None:
    looked = callback(site, nina, "looked.children", "write.n_clicks", 1)
    assert looked.status == 503
    assert "try again in a moment (it is locked)" in looked.text


def test_who_is_logged_out_meanwhile_is_told_what_to_do_on_a_page_that_leads_on(
    site: RunningServer,
) -> None:
    refused = site.ask("POST", "/session/s1/do/note", form={"text": "pale"})
    assert refused.status == 401
    assert "Nothing was saved. Log in again" in refused.text
    assert '<a href="/login">Log in</a>' in refused.text


def test_every_refusal_of_a_page_says_why_and_leads_on(site: RunningServer, wall: str) -> None:
    refused = callback(site, wall, "said.children", "write.n_clicks", 1)
    assert "<h1>Not for this login</h1>" in refused.text
    assert '<a href="/">To the wards</a>' in refused.text


@pytest.mark.expects_errors
def test_a_page_that_fails_says_so_with_what_to_do(start: Start, nina: str) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    router = APIRouter()
    router.add_api_route("/worklist", fail)
    site: RunningServer = start(screens=replace(STAND_IN, routers=(lambda: router,)))
    failed = site.ask("GET", "/worklist", session=nina)
    assert failed.status == 500
    assert "Watch the bedside monitors" in failed.text
    assert "ZeroDivisionError" not in failed.text


def test_health_tells_of_the_process_and_nothing_of_patients(site: RunningServer) -> None:
    health = site.ask("GET", "/healthz", origin=None)
    assert health.status == 200
    assert health.text == '{"status":"up","version":"0.1.0","feed":"down","record":"up"}'


def test_metrics_can_be_read_on_this_machine(site: RunningServer) -> None:
    metrics = site.ask("GET", "/metrics", origin=None)
    assert "hourglass_screens 0.0" in metrics.text
    assert "bed" not in metrics.text


def test_component_files_come_after_login_alone(site: RunningServer, nina: str) -> None:
    page = site.ask("GET", "/", session=nina).text
    script = re.search(r'src="(/_dash-component-suites/[^"]+)"', page)
    assert script is not None
    assert site.ask("GET", script[1], session=nina).status == 200
    assert site.ask("GET", script[1]).status == 401
