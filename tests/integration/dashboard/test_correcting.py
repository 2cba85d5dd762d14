"""One act puts right whose a device was: in both sessions, or in neither."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dashboard.context import asking
from dashboard.report_shelf import Reported
from dashboard.session_forms.delivery import delivery_of
from dashboard.shown import display_of
from infusion.association import find
from infusion.fold import fold
from infusion.report.content import CONTENT_FORMAT
from infusion.report.later import sealed_events
from infusion.session_events import AssociationCorrected, LeftBeforeReady
from infusion.signature_events import Meaning, SessionSigned
from infusion.signatures import addenda_of, corrections_waiting
from record.database import Database
from record.verify import verify_session
from tests.fixtures.clinic_site import CONFIG_DIR, Site, clinic_site
from tests.fixtures.dashboard import PASSWORD, Answer
from tests.fixtures.measured import DEMO
from tests.fixtures.running_hour import record_hour
from tests.fixtures.session import NORA, PUMP, Driver, plan
from tests.fixtures.signature_chain import broken_link
from vocabulary.ids import SessionId
from vocabulary.states import SessionState

MINE, OTHERS = SessionId("s1"), SessionId("s2")


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    """Chair 1 with an hour of its pump; somebody else in chair 2 all the time, with no pump."""
    with clinic_site(tmp_path, database_url=database_url) as running:
        record_hour(running)
        driver = Driver(datetime.now(UTC))
        driver.clinic = running.clinic
        driver.do(plan(ward=DEMO, planned_for=driver.now, session=OTHERS))
        running.take(OTHERS, driver.events)
        began = datetime.now(UTC) - timedelta(minutes=70)
        begun = running.send(f"/session/{OTHERS}/do/begin", bed="2", when=_typed(began)[11:16])
        assert begun.status == 303, begun.text
        yield running


def correct(site: Site, session: SessionId, **typed: str) -> Answer:
    since = datetime.now(UTC) - timedelta(minutes=20)
    typed = {"device": PUMP, "since": _typed(since), "reason": "pumps mixed up", **typed}
    return site.send(f"/session/{session}/do/correct", **typed)


def _typed(at: datetime) -> str:
    """A moment as the clinic's clock shows it."""
    return f"{at.astimezone(ZoneInfo(display_of(CONFIG_DIR).time_zone)):%Y-%m-%dT%H:%M:%S}"


def delivered_ml(site: Site, session: SessionId) -> Decimal:
    parts = site.server.server.services
    parts.deliveries._held.clear()
    with asking(parts, None):
        lines = delivery_of(parts, site.session(session)).segments
    return sum((line.volume_ml for line in lines if line.volume_ml is not None), Decimal(0))


def corrections(site: Site, session: SessionId) -> list[AssociationCorrected]:
    return list(site.session(session).corrections)


@pytest.mark.parametrize(
    ("at", "typed"),
    [(OTHERS, {"is_ours": "yes"}), (MINE, {"is_ours": "no", "other": OTHERS})],
    ids=["from whose it was", "from whose it was not"],
)
def test_one_act_corrects_both_sessions(site: Site, at: SessionId, typed: dict[str, str]) -> None:
    whole = delivered_ml(site, MINE)
    assert delivered_ml(site, OTHERS) == 0
    done = correct(site, at, **typed)
    assert done.status == 303, done.text[done.text.index("<main") :]
    [lost], [gained] = corrections(site, MINE), corrections(site, OTHERS)
    assert (lost.is_ours, gained.is_ours) == (False, True)
    assert lost.since == gained.since
    assert lost.reason == gained.reason == "pumps mixed up"
    left, got = delivered_ml(site, MINE), delivered_ml(site, OTHERS)
    assert got > Decimal(5)
    assert left < whole
    assert left + got == pytest.approx(whole, abs=Decimal("0.1"))
    held = find(site.session(OTHERS).associations, PUMP)
    assert held is not None
    assert not held.is_confirmed  # a second person has yet to see it


def test_both_are_corrected_in_one_transaction_and_what_is_lost_is_lost_first(site: Site) -> None:
    before = site.record.chains.newest()
    assert correct(site, OTHERS, is_ours="yes").status == 303
    acts = [
        next(act for act in reversed(site.record.chains.read(f"session/{name}").recorded))
        for name in (MINE, OTHERS)
    ]
    assert [act.event.is_ours for act in acts] == [False, True]
    assert acts[0].position > before
    assert acts[0].recorded_at == acts[1].recorded_at
    assert acts[1].position == acts[0].position + 1


def sign(site: Site, session: SessionId) -> str:
    """Anna's session is over and signed as it stands; the hash that was signed."""
    now = datetime.now(UTC)
    left = LeftBeforeReady(
        session=session, at=now, by=NORA, reason="own wish", is_iv_removed=True, escort="",
        prescriber_told="Paul", call_back="",
    )  # fmt: skip
    site.take(session, [left])
    seal = report(site, session).content
    signed = SessionSigned(
        session=session, at=datetime.now(UTC), by=NORA, meaning=Meaning.PERFORMED, seal=seal,
        zone="UTC", content_format=CONTENT_FORMAT,
        samples=site.record.sealed_samples(site.session(session), now),
    )  # fmt: skip
    site.take(session, [signed])
    return seal


def report(site: Site, session: SessionId) -> Reported:
    return site.server.server.services.reports.load(session, datetime.now(UTC))


@pytest.mark.parametrize(
    ("at", "typed"),
    [(OTHERS, {"is_ours": "yes"}), (OTHERS, {"is_ours": "no", "other": MINE, "device": "pump-9"})],
    ids=["the signed one loses", "the signed one gains"],
)
def test_a_signed_session_is_worked_out_anew_and_marked_and_what_was_sealed_stays(
    site: Site, at: SessionId, typed: dict[str, str], database_url: str
) -> None:
    if typed.get("device"):
        assert correct(site, OTHERS, device="pump-9", is_ours="yes").status == 303
    seal = sign(site, MINE)
    signed = site.session(MINE).signed
    done = correct(site, at, **typed)
    assert done.status == 303, done.text[done.text.index("<main") :]
    session = site.session(MINE)
    assert session.state is SessionState.SIGNED
    assert session.signed == signed
    assert len(corrections_waiting(session)) == len(corrections(site, MINE)) == 1
    made = report(site, MINE)
    assert made.export.report.sealed == seal != made.content
    events = sealed_events(made.known.events)
    assert fold(events).signed == signed
    page = site.get(f"/session/{MINE}/sign-off").text
    assert "Recalculated since it was signed: a device was corrected." in page
    assert "Write an addendum that covers it." in page
    assert "RECALCULATED SINCE IT WAS SIGNED" in page
    assert "<dt>As signed</dt>" in page
    was = made.export.report.recalculated
    assert was is not None
    course = site.get("/patient/p1").text
    assert f"signed {was.sealed_mg:.2f} mg, recalculated since, no addendum yet" in course
    listed = site.get("/worklist").text
    assert "signed · recalculated since it was signed" in listed
    with closing(Database(database_url)) as database:
        assert verify_session(database, MINE).differences == ()


def test_an_addendum_answers_what_was_worked_out_anew_and_both_doses_stay_visible(
    site: Site,
) -> None:
    seal = sign(site, MINE)
    was = report(site, MINE).export.report.dose.by_volume_mg
    assert correct(site, OTHERS, is_ours="yes").status == 303
    now = report(site, MINE).export.report.dose.by_volume_mg
    assert was is not None
    assert now is not None
    assert now < was - 5
    form = site.get(f"/session/{MINE}/sign-off").text
    assert f'value="{was:.2f} mg"' in form
    assert f'value="{now:.2f} mg"' in form
    other = {"concerns": "escort", "reason": "told later", "becomes": "his sister"}
    done = site.send(f"/session/{MINE}/sign-off", form_="addendum", password=PASSWORD, **other)
    assert done.status == 303, done.text[done.text.index("<main") :]
    assert len(corrections_waiting(site.session(MINE))) == 1, "it is about something else"
    assert "recalculated since it was signed" in site.get("/worklist").text
    assert f"({was:.2f} mg, now {now:.2f} mg)" in form
    done = site.send(
        f"/session/{MINE}/sign-off", form_="addendum", password=PASSWORD, recalculated="yes"
    )
    assert done.status == 303, done.text[done.text.index("<main") :]
    session = site.session(MINE)
    assert corrections_waiting(session) == ()
    _, addendum = addenda_of(session)
    assert addendum.covers_recalculated is True
    assert (addendum.was, addendum.becomes) == (f"{was:.2f} mg", f"{now:.2f} mg")
    assert addendum.reason == "pumps mixed up"
    found = report(site, MINE)
    assert addendum.seal == found.content != seal
    page = site.get(f"/session/{MINE}/sign-off").text
    assert "Write an addendum" not in page
    assert f"<del>{was:.2f} mg</del>" in page
    assert f"{was:.2f} mg; recalculated since" in page
    assert "recalculated since" not in site.get("/worklist").text
    course = site.get("/patient/p1").text
    assert f"signed {was:.2f} mg, recalculated since<" in course
    assert broken_link(session.signatures) is None


def test_at_a_signed_session_itself_nothing_is_corrected(site: Site) -> None:
    sign(site, MINE)
    refused = correct(site, MINE, is_ours="no", other=OTHERS)
    assert refused.status == 422
    assert "write an addendum" in refused.text
    assert corrections(site, MINE) == corrections(site, OTHERS) == []


def test_whose_it_cannot_have_been_does_not_get_it(site: Site) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=72)
    refused = correct(site, MINE, is_ours="no", other=OTHERS, since=_typed(long_ago))
    assert refused.status == 422
    assert "took the chair" in refused.text
    assert corrections(site, MINE) == corrections(site, OTHERS) == []


def test_what_was_nobodys_is_lost_here_alone(site: Site) -> None:
    assert correct(site, MINE, is_ours="no", other="nobody").status == 303
    assert len(corrections(site, MINE)) == 1
    assert corrections(site, OTHERS) == []
