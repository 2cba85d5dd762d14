"""Pages about alarms on a real record: cards, deeds, limits, the log with its CSV, the burden."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from infusion.alarms.events import (
    AlarmEnd,
    AlarmEnded,
    AlarmEscalated,
    AlarmId,
    AlarmRaised,
    AlarmsAcknowledged,
    LimitChanged,
    OffMonitorBegun,
    OffMonitorEnded,
    SignalsHeldBack,
)
from infusion.alarms.signal_rules import EscalationTarget
from infusion.happenings import session_chain, ward_chain
from infusion.sign_off_events import AlarmsReviewed, AlarmVerdict
from tests.fixtures.clinic_site import Site, clinic_site
from tests.fixtures.dashboard import bed_state, eventually
from tests.fixtures.measured import DEMO
from tests.fixtures.mosquitto import Mosquitto
from tests.fixtures.running_hour import record_hour
from tests.fixtures.session import NORA
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority, Inactivation, SignalState
from vocabulary.ids import BedId, DeviceId, SessionId
from vocabulary.signals import SignalName
from vocabulary.states import PumpState, ReadingState, SessionState
from wire.bed_state import (
    AlarmView,
    BedState,
    DoseView,
    PumpView,
    SessionView,
    SignalView,
)

pytestmark = pytest.mark.broker

BED, ALARMS = "/ward/demo/bed/1", "/ward/demo/alarms"
HIGH, MEDIUM, LOW = AlarmPriority.HIGH, AlarmPriority.MEDIUM, AlarmPriority.LOW


@pytest.fixture
def site(tmp_path: Path, broker: Mosquitto) -> Iterator[Site]:
    with clinic_site(tmp_path, mqtt_url=broker.url) as running:
        feed = running.server.server.services.feed
        eventually(lambda: feed.connection.is_up, "the feed does not connect")
        yield running


def spo2_low(**parts: Any) -> AlarmView:
    now = datetime.now(UTC)
    usual: dict[str, Any] = {
        "id": "demo.1.1", "priority": HIGH, "text": "SpO2 86 < 90", "since": now, "raised_at": now,
        "signal_state": SignalState.ACTIVE, "kind": AlarmKind.PHYSIOLOGICAL,
        "code": AlarmCode.SPO2_LOW, "value": 86.0, "limit": 90.0,
    }  # fmt: skip
    return AlarmView(**(usual | parts))


BATTERY = {
    "priority": LOW, "text": "pump-1 battery 18 %",
    "kind": AlarmKind.TECHNICAL, "code": AlarmCode.BATTERY, "subject": "pump-1",
}  # fmt: skip


def show(site: Site, ingest: Any, *alarms: AlarmView, **parts: Any) -> None:
    """Publish the state of chair 1 with these alarms, and wait until the dashboard has it."""
    usual: dict[str, Any] = {
        "ward": DEMO,
        "published_at": datetime.now(UTC),
        "alarms": alarms,
        "sound": HIGH if alarms else None,
        "session": SessionView(state=SessionState.INFUSING, id=SessionId("s1")),
        "signals": {SignalName.SPO2: SignalView(state=ReadingState.LIVE, value=91)},
        "dose": DoseView(given_mg=29.2, ordered_mg=35.0),
        "pump": PumpView(
            device=DeviceId("pump-1"), reading=ReadingState.LIVE, state=PumpState.INFUSING,
            rate_ml_h=28.0, dose_rate_mg_kg_h=0.4,
        ),
    }  # fmt: skip
    state: BedState = bed_state("1", **(usual | parts))
    ingest.publish(state)
    beds = site.server.server.services.beds
    eventually(lambda: state in list(beds.states(DEMO)), "the state did not arrive")


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def deeds(site: Site, kind: type[Any], chain: str = session_chain(SessionId("s1"))) -> list[Any]:
    return [e for e in site.record.chains.read(chain).events if isinstance(e, kind)]


def test_an_alarm_of_the_patient_has_its_card_and_a_technical_one_its_own_list(
    site: Site, ingest: Any
) -> None:
    record_hour(site)
    show(site, ingest, spo2_low(), spo2_low(id="demo.1.2", **BATTERY))
    for path in (f"{BED}/panel", f"{ALARMS}/now"):
        page = site.get(path)
        assert page.status == 200, page.text
        told = text_of(page.text)
        assert "!!! SpO2 86 < 90" in told, "trigger value and limit"
        assert "SpO2 now 91 %" in told, "the value now"
        assert "Dose so far 29.2 of 35.0 mg" in told
        assert "Rate 28.0 mL/h, 0.40 mg/kg/h" in told
        assert re.search(r"Rate unchanged for 1[4-7] min", told), told
        assert "Last observation none yet" in told
        assert "Baseline 97 %" in told
        technical = told[told.index("Technical") :]
        assert "! pump-1 battery 18 %" in technical
        assert "SpO2" not in technical[: technical.index("battery")]


@pytest.mark.usefixtures("alarms_of_links")
def test_without_live_data_no_card_says_what_a_number_is_now(
    site: Site, ingest: Any, broker: Mosquitto
) -> None:
    record_hour(site)
    show(site, ingest, spo2_low())
    eventually(
        lambda: "SpO2 now 91 %" in text_of(site.get(f"{ALARMS}/now").text), "it does not look live"
    )
    broker.kill()
    for path in (f"{BED}/panel", f"{ALARMS}/now"):
        eventually(lambda: "SpO2 now unknown" in text_of(site.get(path).text), "it looks live")  # noqa: B023 - asked at once
        told = text_of(site.get(path).text)
        assert "Dose so far 29.2 of 35.0 mg, last known" in told
        assert "Rate not known" in told


def test_an_alarm_that_nobody_answers_says_to_whom_it_went_on(site: Site, ingest: Any) -> None:
    record_hour(site)
    began = datetime.now(UTC)
    for step, told, who in ((1, (NORA.account,), "Nora Nurse"), (2, (), "the whole ward")):
        escalated = AlarmEscalated(
            ward=DEMO, at=began, cause=1, bed=BedId("1"), session=SessionId("s1"),
            alarm=AlarmId("demo.1.1"), code=AlarmCode.SPO2_LOW, kind=AlarmKind.PHYSIOLOGICAL,
            subject="", priority=HIGH, text="SpO2 86 < 90", value=86.0, limit=90.0,
            since=began, version="1", step=step, to=EscalationTarget.SECOND_NURSE, told=told,
        )  # fmt: skip
        with site.record.write() as transaction:
            transaction.append(session_chain(SessionId("s1")), [escalated], "ingest:one", began)
        show(site, ingest, spo2_low(escalated=step, raised_at=began))
        found = text_of(site.get(f"{BED}/panel").text)
        assert re.search(rf"escalated \d\d:\d\d to {who}", found), found


def test_acknowledging_needs_a_name_and_stands_in_the_record_once(site: Site, ingest: Any) -> None:
    record_hour(site)
    show(site, ingest, spo2_low())
    form = "acknowledge-demo.1.1"
    assert site.send(f"{BED}/panel", form_=form).status == 303
    [seen] = deeds(site, AlarmsAcknowledged)
    assert (seen.by.printed_name, seen.alarms) == ("Nora Nurse", ("demo.1.1",))

    name = {"acknowledged_by": "Nora Nurse", "acknowledged_at": datetime.now(UTC)}
    show(site, ingest, spo2_low(signal_state=SignalState.ACKNOWLEDGED, **name))
    again = site.post(f"{BED}/alarms/acknowledge", {"alarm": "demo.1.1"}, "olga")
    assert again.status == 409
    assert "Nora Nurse has acknowledged it already" in text_of(again.text)
    assert "✓ Nora Nurse" in text_of(site.get(f"{BED}/panel").text)
    refused = site.post(f"{BED}/alarms/acknowledge", {"alarm": "demo.1.1"}, "wall")
    assert refused.status == 403, "a screen has no name"
    assert len(deeds(site, AlarmsAcknowledged)) == 1


def test_a_staff_screen_pauses_the_sound_of_a_bed_without_a_login_and_nothing_else(
    site: Site, ingest: Any
) -> None:
    record_hour(site)
    show(site, ingest, spo2_low())
    assert site.post(f"{BED}/alarms/pause", {}, "wall").status == 303
    [held] = deeds(site, SignalsHeldBack)
    assert (held.by, held.screen, held.inactivation) == (None, "Wall", Inactivation.AUDIO_PAUSED)
    assert held.until - held.at == timedelta(minutes=2)
    show(site, ingest)
    nothing = site.post(f"{BED}/alarms/pause", {}, "nora")
    assert nothing.status == 409
    assert "no alarm sounds at this bed" in text_of(nothing.text)
    assert site.post(f"{BED}/limits/spo2_below_high", {}, "wall").status == 403


def test_alarms_are_paused_and_audio_is_off_by_name_for_a_reason_and_a_time(
    site: Site, ingest: Any
) -> None:
    record_hour(site)
    show(site, ingest, spo2_low())
    path = f"{BED}/hold-back"
    assert "audio off: no sound, 30 min" in text_of(site.get(path).text)
    assert site.send(path, how="audio_off", reason="").status == 422
    assert site.send(path, how="alarm_paused", reason="probe is moved").status == 303
    [held] = deeds(site, SignalsHeldBack)
    assert (held.inactivation, held.reason) == (Inactivation.ALARM_PAUSED, "probe is moved")
    assert held.until - held.at == timedelta(minutes=2)
    assert held.by == NORA
    assert site.post(path, {"how": "audio_off", "reason": "x"}, "wall").status == 403


def test_the_log_says_who_held_what_back_and_changed_which_limit(site: Site, ingest: Any) -> None:
    record_hour(site)
    show(site, ingest, spo2_low())
    site.send(f"{BED}/hold-back", how="audio_off", reason="probe is moved")
    site.send(f"{BED}/limits/spo2_below_high", amount="88", reason="COPD")
    told = text_of(site.get("/ward/demo/alarms/log").text)
    assert re.search(r"audio off Nora Nurse probe is moved \d\d:\d\d:\d\d", told), told
    assert "limit changed Nora Nurse spo2 below high: 90 to 88 (COPD) for the session" in told
    elsewhere = text_of(site.get("/ward/demo/alarms/log?bed=2").text)
    assert "limit changed" not in elsewhere


def test_a_limit_is_changed_within_its_bounds_with_who_and_why_and_for_this_session_only(
    site: Site, ingest: Any
) -> None:
    record_hour(site)
    show(site, ingest)
    path = f"{BED}/limits/spo2_below_high"
    outside = site.send(path, amount="70", reason="COPD")
    assert outside.status == 422
    assert "From 85 to 92" in text_of(outside.text)
    assert "needs a reason" in text_of(site.send(path, amount="88", reason="").text)
    assert site.send(path, amount="88", reason="COPD, usually 89").status == 303
    [changed] = deeds(site, LimitChanged)
    assert (changed.before, changed.amount, changed.by.printed_name) == (90, 88, "Nora Nurse")
    told = text_of(site.get(f"{BED}/limits").text)
    assert "to 88, Nora Nurse: COPD, usually 89" in told
    assert site.send(path, amount="", reason="").status == 303
    assert "back to the clinic's, Nora Nurse" in text_of(site.get(f"{BED}/limits").text)


def raised(name: str, at: datetime, **parts: Any) -> AlarmRaised:
    usual: dict[str, Any] = {
        "ward": DEMO, "at": at, "cause": None, "bed": BedId("1"), "session": SessionId("s1"),
        "alarm": AlarmId(name), "code": AlarmCode.SPO2_LOW, "kind": AlarmKind.PHYSIOLOGICAL,
        "subject": "", "priority": HIGH, "text": "SpO2 86 < 90", "value": 86.0, "limit": 90.0,
        "since": at, "version": "v1", "reasons": (),
    }  # fmt: skip
    return AlarmRaised(**(usual | parts))


def ended(alarm: AlarmRaised, after_s: float) -> AlarmEnded:
    fields = {name: getattr(alarm, name) for name in alarm.__struct_fields__ if name != "reasons"}
    at = alarm.at + timedelta(seconds=after_s)
    return AlarmEnded(**(fields | {"at": at, "how": AlarmEnd.CLEARED}))


def seen(alarm: AlarmRaised, after_s: float) -> AlarmsAcknowledged:
    at = alarm.at + timedelta(seconds=after_s)
    return AlarmsAcknowledged(
        ward=DEMO, bed=alarm.bed, session=alarm.session, at=at, by=NORA, alarms=(alarm.alarm,)
    )


def record_alarms(site: Site) -> datetime:
    """Three alarms at chair 1 and one at chair 2 without a session, in the last minutes."""
    now = datetime.now(UTC).replace(microsecond=0)
    first = raised("demo.1.1", now - timedelta(minutes=9))
    second = raised("demo.1.2", now - timedelta(minutes=5), priority=MEDIUM, text="=HR 134 > 120")
    third = raised("demo.1.3", now - timedelta(minutes=1), **BATTERY)
    lone = raised(
        "demo.2.1", now - timedelta(minutes=3), bed=BedId("2"), session=None,
        kind=AlarmKind.TECHNICAL, code=AlarmCode.DEVICE_LOST, text="monitor-2 silent",
    )  # fmt: skip
    review = AlarmsReviewed(
        session=SessionId("s1"), at=now, by=NORA, alarms=("demo.1.2",),
        verdict=AlarmVerdict.FALSE, note="movement",
    )  # fmt: skip
    chain = session_chain(SessionId("s1"))
    with site.record.write() as transaction:
        own = [first, seen(first, 8), ended(first, 95), second, ended(second, 8), third, review]
        transaction.append(chain, own, "ingest/x", now)
        transaction.append(ward_chain(DEMO), [lone], "ingest/x", now)
    return now


def rows_on(page: str) -> list[tuple[str, list[str]]]:
    found = re.findall(r'<tr data-alarm="([^"]+)"[^>]*>(.*?)</tr>', page, re.DOTALL)
    return [
        (name, [text_of(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", line, re.DOTALL)])
        for name, line in found
    ]


def test_the_csv_has_the_alarms_that_the_screen_shows(site: Site) -> None:
    record_hour(site)
    now = record_alarms(site)
    for query in ("", "?priority=high", "?bed=2", "?kind=technical", "?open=yes", "?to=2020-01-01"):
        page = site.get(f"{ALARMS}/log{query}")
        assert page.status == 200, page.text
        shown = rows_on(page.text)
        text = site.get(f"{ALARMS}/log.csv{query}").text
        written = list(csv.DictReader(io.StringIO(text)))
        assert [name for name, _ in shown] == [line["alarm"] for line in written], query
        for (_, cells), line in zip(shown, written, strict=True):
            assert cells[3] == line["text"].removeprefix("'")
            assert cells[2].endswith(line["priority"])
            assert cells[6] == (line["acknowledged_by"] or "nobody")
            assert (cells[5] == "still on") == (line["lasted_s"] == "")
    everything = list(csv.DictReader(io.StringIO(site.get(f"{ALARMS}/log.csv").text)))
    assert [line["alarm"] for line in everything] == [
        "demo.1.3", "demo.2.1", "demo.1.2", "demo.1.1",
    ]  # fmt: skip
    first = everything[-1]
    assert first["raised_at"] == (now - timedelta(minutes=9)).isoformat(timespec="milliseconds")
    assert (first["response_s"], first["lasted_s"]) == ("8", "95")
    reviewed = everything[2]
    assert (reviewed["verdict"], reviewed["note"]) == ("false", "movement")
    assert reviewed["text"] == "'=HR 134 > 120", "no spreadsheet runs it"
    assert len(rows_on(site.get(f"{ALARMS}/log?priority=high").text)) == 2
    assert len(rows_on(site.get(f"{ALARMS}/log?bed=2").text)) == 1


def test_an_alarm_is_reviewed_with_a_reason(site: Site) -> None:
    record_hour(site)
    record_alarms(site)
    path = "/session/s1/do/review-alarm?alarms=demo.1.1"
    assert "SpO2 86 < 90" in text_of(site.get(path).text)
    without = site.send(path, verdict="no_action_needed", note="")
    assert without.status == 422
    assert "needs a reason" in text_of(without.text)
    assert site.send(path, verdict="no_action_needed", note="turned to the side").status == 303
    assert "no action needed: turned to the side" in site.get(f"{ALARMS}/log").text


def test_the_burden_is_the_sum_of_the_log(site: Site) -> None:
    record_hour(site)
    record_alarms(site)
    page = site.get(f"{ALARMS}/burden")
    assert page.status == 200, page.text
    lines = {
        label: [text_of(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", line, re.DOTALL)]
        for label, line in re.findall(
            r'<tr data-burden="([^"]+)"[^>]*>(.*?)</tr>', page.text, re.DOTALL
        )
    }
    ward, chair = lines["Ward"], lines["Chair 1"]
    log = rows_on(site.get(f"{ALARMS}/log").text)
    assert ward[1] == str(len(log)) == "4"
    assert chair[1] == "3"
    assert ward[2] == "3", "the battery is silent"
    assert chair[4] == "50 %", "one of the two that sounded was seen"
    assert chair[5] == "0 %", "of one that was reviewed"
    assert chair[8] == "8 s"
    [session] = [cells for label, cells in lines.items() if label.startswith("Chair 1, ")]
    assert session == chair, "one session had the chair all the time"


def test_the_pages_about_alarms_are_for_people(site: Site) -> None:
    for path in ("", "/now", "/log", "/log.csv", "/burden"):
        assert site.get(f"{ALARMS}{path}").status == 200, path
        assert site.get(f"{ALARMS}{path}", "wall").status == 403, path
    assert site.get("/ward/nowhere/alarms").status == 404


def test_who_goes_off_the_monitor_is_shown_with_the_limit_and_comes_back(
    site: Site, ingest: Any
) -> None:
    record_hour(site)
    show(site, ingest)
    form = text_of(site.get(f"{BED}/off-monitor").text)
    assert "For 10 min at most" in form
    assert "pump alarms go on" in form
    assert "It ends by itself when the signals return" in form
    alone = site.send(f"{BED}/off-monitor", form_="off-monitor")
    assert alone.status == 422
    assert "pause at the pump, or say who accompanies the patient" in text_of(alone.text)
    assert deeds(site, OffMonitorBegun) == []
    gone = site.send(f"{BED}/off-monitor", form_="off-monitor", accompanied="Olga")
    assert gone.status == 303
    [begun] = deeds(site, OffMonitorBegun)
    assert (begun.by.printed_name, begun.accompanied_by) == ("Nora Nurse", "Olga")

    until = datetime.now(UTC) + timedelta(minutes=10)
    show(site, ingest, off_monitor_until=until)
    assert "Off the monitor until" in text_of(site.get(f"{BED}/panel").text)
    again = site.send(f"{BED}/off-monitor", form_="off-monitor", accompanied="Olga")
    assert "off the monitor already" in text_of(again.text)
    assert site.send(f"{BED}/panel", form_="end-off-monitor").status == 303
    [back] = deeds(site, OffMonitorEnded)
    assert back.by.printed_name == "Nora Nurse"
    assert site.post(f"{BED}/off-monitor", {"accompanied": "Olga"}, "wall").status == 403
