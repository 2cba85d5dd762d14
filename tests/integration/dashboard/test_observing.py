"""Observations and interventions over HTTP: few taps, device values with source, both kept."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboard.beds import BedArrived
from infusion.interventions.events import (
    EmergencyStamped,
    HelpCalled,
    OxygenChanged,
    RescueDrugGiven,
)
from infusion.observations.events import Basis
from infusion.observations.values import Level, Pressure
from tests.fixtures.clinic import two_beds
from tests.fixtures.clinic_site import Site, clinic_site, form_of
from tests.fixtures.session import SESSION, infusing
from vocabulary.ids import BedId, BootId, DeviceId, SessionId, WardId, WorkerId
from vocabulary.signals import SignalName
from vocabulary.states import ReadingState, SessionState
from wire.bed_state import BedState, NibpValue, ReadingTimes, SessionView, SignalView

OBSERVE = f"/session/{SESSION}/do/observe"
QUICK = {"sedation": "5", "airway": "clear"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clinic_site(tmp_path, clinic=two_beds()) as running:
        running.take(SESSION, infusing().events)
        yield running


def forms(site: Site) -> tuple[Any, ...]:
    return site.session(SESSION).observations


def test_a_quick_set_takes_three_taps_and_nothing_judged_is_filled_in(site: Site) -> None:
    page = site.get(OBSERVE)
    assert page.status == 200
    assert "Sedation (MOAA/S)" in page.text
    assert "5 prompt reply to name in an ordinary voice" in page.text
    assert "checked" not in page.text
    done = site.send(OBSERVE, **QUICK)
    assert done.status == 303, done.text
    [recorded] = forms(site)
    assert [(e.item, e.basis) for e in recorded.observed] == [
        ("sedation", Basis.JUDGED), ("airway", Basis.JUDGED),
    ]  # fmt: skip
    assert recorded.observed[0].value == Level(level=5)
    assert recorded.by.printed_name == "Nora Nurse"


def test_what_is_not_answered_needs_a_reason_and_sedation_is_never_excused_by_sleep(
    site: Site,
) -> None:
    missing = site.send(OBSERVE, sedation="5")
    assert missing.status == 422
    assert "open: Breathing and airway" in missing.text
    asleep = site.send(OBSERVE, sedation="5", rest="asleep")
    assert "asleep does not excuse Breathing and airway before discharge" in asleep.text
    rest = site.send(f"{OBSERVE}?set=full", rest="asleep", **QUICK)
    assert rest.status == 303, rest.text
    [recorded] = forms(site)
    assert {n.item for n in recorded.not_observed} == {
        "dissociation", "perception", "nausea", "distress", "iv_site",
    }  # fmt: skip


def test_none_of_these_covers_nausea_distress_and_iv_site(site: Site) -> None:
    done = site.send(
        f"{OBSERVE}?set=full", dissociation="3", perception="pleasant", none="yes", **QUICK
    )
    assert done.status == 303, done.text
    [recorded] = forms(site)
    covered = {e.item for e in recorded.observed if e.basis is Basis.NONE_OF_THESE}
    assert covered == {"nausea", "distress", "iv_site"}


def test_two_nurses_at_once_the_second_is_told_and_both_are_kept_if_she_saves_again(
    site: Site,
) -> None:
    action, held = form_of(site.get(OBSERVE, as_="olga").text)
    site.send(OBSERVE, **QUICK)
    told = site.post(action, held | {"sedation": "4", "airway": "clear"}, as_="olga")
    assert told.status == 422
    assert "Nora Nurse entered Sedation (MOAA/S), Breathing and airway" in told.text
    assert 'value="4" checked' in told.text
    action, again = form_of(told.text)
    saved = site.post(action, again | {"sedation": "4", "airway": "clear"}, as_="olga")
    assert saved.status == 303, saved.text
    assert [f.by.printed_name for f in forms(site)] == ["Nora Nurse", "Olga Nurse"]


def test_a_form_sent_twice_is_saved_once(site: Site) -> None:
    action, held = form_of(site.get(OBSERVE).text)
    for _ in range(3):
        assert site.post(action, held | QUICK).status == 303
    assert len(forms(site)) == 1


def test_a_check_asks_for_what_is_due_and_is_marked_late(site: Site) -> None:
    due = site.session(SESSION).started_at
    assert due is not None
    link = f"{OBSERVE}?set=quick&due={due.isoformat().replace('+', '%2B')}&items=sedation,bp"
    page = site.get(link)
    assert "Breathing and airway" not in page.text
    assert site.send(link, sedation="5").status == 303
    [recorded] = forms(site)
    assert recorded.due_at == due
    assert recorded.late_s > 0


def signal(value: float | NibpValue, at: datetime) -> SignalView:
    times = ReadingTimes(
        device_time=at, observed_at=at, received_at=at, fresh_since=at,
        late_after_s=60, stale_after_s=120,
    )  # fmt: skip
    return SignalView(
        state=ReadingState.LIVE, value=value, times=times, device=DeviceId("monitor-1")
    )


def test_device_values_are_offered_with_their_time_and_both_are_kept_when_typed_over(
    site: Site,
) -> None:
    at = datetime.now(UTC) - timedelta(seconds=2)
    cuff = NibpValue(sys=128, dia=81, map=97)
    hold(site, {SignalName.RR: signal(14.4, at), SignalName.NIBP: signal(cuff, at)})
    page = site.get(OBSERVE)
    assert "from device" in page.text
    _, held = form_of(page.text)
    assert (held["rr"], held["bp-sys"], held["bp-dia"]) == ("14", "128", "81")
    assert site.send(OBSERVE, **{**QUICK, "rr": "12"}).status == 303
    [recorded] = forms(site)
    entries = {e.item: e for e in recorded.observed}
    assert entries["bp"].basis is Basis.DEVICE
    assert entries["bp"].value == Pressure(sys=128, dia=81, map=97)
    assert entries["rr"].basis is Basis.TYPED
    assert entries["rr"].offered.device == "monitor-1"
    assert abs(entries["rr"].offered.observed_at - at) < timedelta(seconds=1)
    assert (str(entries["rr"].value.value), str(entries["rr"].offered.value.value)) == ("12", "14")


def test_what_a_device_measured_long_ago_is_not_saved_as_of_now(site: Site) -> None:
    at = datetime.now(UTC) - timedelta(minutes=16)
    hold(site, {SignalName.RR: signal(14.4, at)})
    refused = site.send(OBSERVE, **QUICK)
    assert refused.status == 422
    assert "on this form was measured at" in refused.text
    assert forms(site) == ()
    assert site.send(OBSERVE, **{**QUICK, "rr": "12"}).status == 303


@pytest.mark.parametrize("how", [{"of": SessionId("s2")}, {"retained": True}])
def test_nothing_is_offered_from_another_session_or_from_the_brokers_memory(
    site: Site, how: dict[str, Any]
) -> None:
    hold(site, {SignalName.RR: signal(14.4, datetime.now(UTC))}, **how)
    page = site.get(OBSERVE)
    assert "no value from a device" in page.text
    assert "from device" not in page.text


def hold(
    site: Site,
    signals: dict[SignalName, SignalView],
    of: SessionId = SESSION,
    *,
    retained: bool = False,
) -> None:
    """What the dashboard holds of bed 1 of ward north, as if it had come just now."""
    now = datetime.now(UTC)
    state = BedState(
        ward=WardId("north"), bed=BedId("1"), published_at=now, worker=WorkerId("ingest-1"),
        ingest_boot=BootId("b1"), signals=signals,
        session=SessionView(state=SessionState.INFUSING, id=of),
    )  # fmt: skip
    held = site.server.server.services.beds.of(WardId("north"))[BedId("1")]
    held.state = state
    held.arrived = BedArrived(
        state.ward, state.bed, state, time.monotonic(), now, retained=retained
    )


def interventions(site: Site) -> tuple[Any, ...]:
    return site.session(SESSION).interventions


def test_oxygen_and_a_rescue_drug_take_two_taps(site: Site) -> None:
    assert site.send(f"/session/{SESSION}/do/oxygen").status == 303
    drug_form = f"/session/{SESSION}/do/rescue-drug?drug=ondansetron"
    assert site.send(drug_form, drug="ondansetron").status == 303
    oxygen, drug = interventions(site)
    assert isinstance(oxygen, OxygenChanged)
    assert oxygen.flow_l_min == 2
    assert isinstance(drug, RescueDrugGiven)
    assert (drug.drug, str(drug.dose), drug.unit, drug.route) == ("ondansetron", "4", "mg", "iv")


def test_help_and_emergency_are_one_page_and_one_tap(site: Site) -> None:
    assert site.send(f"/session/{SESSION}/do/help", as_="ada").status == 303
    assert isinstance(interventions(site)[0], HelpCalled)
    assert site.send(f"/session/{SESSION}/do/emergency").status == 303
    assert site.send(f"/session/{SESSION}/do/stamp?what=suction").status == 303
    assert isinstance(interventions(site)[-1], EmergencyStamped)
    assert site.send(f"/session/{SESSION}/do/end-emergency").status == 303
    assert len(interventions(site)) == 4


@pytest.mark.parametrize(
    ("form", "typed"),
    [
        ("call", {"about": "BP"}), ("answered", {"words": "lower"}),
        ("iv-failed", {"what": "swollen"}), ("iv-resited", {"site": "left hand"}),
        ("adverse-event", {"what": "vomiting", "grade": "2"}),
        ("symptoms", {"symptom-0": "yes"}), ("note", {"text": "likes music"}),
    ],
)  # fmt: skip
def test_everything_else_is_charted_through_its_form(
    site: Site, form: str, typed: dict[str, str]
) -> None:
    done = site.send(f"/session/{SESSION}/do/{form}", **typed)
    assert done.status == 303, done.text


DRAFT = f"/session/{SESSION}/draft/observe-quick"


def say(
    site: Site, typed: dict[str, str] | None, as_: str = "nora", seen: int = 0
) -> dict[str, Any]:
    body = {"typed": typed, "seen": seen}
    answer = site.server.ask("POST", DRAFT, session=site.cookie(as_), body=body)
    assert answer.status == 200, answer.text
    told: dict[str, Any] = json.loads(answer.text)
    return told


def test_a_draft_comes_back_to_its_person_and_others_are_told_who_is_there(site: Site) -> None:
    told = say(site, {"sedation": "5", "pin": "481516"})
    assert told["others"] == []
    assert say(site, {}, as_="olga")["others"] == ["Nora Nurse"]
    back = json.loads(site.get(DRAFT).text)
    assert back["typed"] == {"sedation": "5"}
    assert back["others"] == ["Olga Nurse"]


def test_a_page_on_which_nobody_has_typed_takes_no_draft_away(site: Site) -> None:
    say(site, {"sedation": "4"})
    assert say(site, None)["typed"] == {"sedation": "4"}
    assert say(site, None, as_="olga")["others"] == ["Nora Nurse"]
    assert say(site, None)["others"] == ["Olga Nurse"], "it says that it is open"
    assert say(site, {})["typed"] == {}, "what was typed and taken back is gone"


def test_who_has_a_form_open_is_told_what_another_saved_meanwhile(site: Site) -> None:
    _, held = form_of(site.get(OBSERVE, as_="olga").text)
    seen = int(held["form-seen"])
    site.send(OBSERVE, **QUICK)
    assert say(site, {}, as_="olga", seen=seen)["saved"] == ["Nora Nurse saved quick"]
    assert say(site, {}, seen=seen)["saved"] == []


def test_a_draft_that_was_saved_is_gone(site: Site) -> None:
    action, held = form_of(site.get(OBSERVE).text)
    say(site, {**QUICK, "form-token": held["form-token"]})
    assert json.loads(site.get(DRAFT).text)["typed"]["sedation"] == "5"
    site.post(action, held | QUICK)
    assert json.loads(site.get(DRAFT).text)["typed"] == {}


def test_drafts_are_for_people_and_for_sessions_that_are_there(site: Site) -> None:
    body = {"typed": {}, "seen": 0}
    for path in ("/session/nobody/draft/observe-quick", f"/session/{SESSION}/draft/a%20b"):
        answer = site.server.ask("POST", path, session=site.cookie("nora"), body=body)
        assert answer.status == 404
    bad = site.server.ask("POST", DRAFT, session=site.cookie("nora"), body={"typed": 1})
    assert bad.status == 400
    wall = site.server.ask("POST", DRAFT, session=site.cookie("wall"), body=body)
    assert wall.status == 403
