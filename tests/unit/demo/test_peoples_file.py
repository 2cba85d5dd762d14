"""What the people of scenarios do, through the clinic's rules, as a file for ingest."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.clinic import read_clinic
from demo.bedside import Played
from demo.peoples_file import PeoplesLine, play_earlier, play_people, write_people
from demo.script import BadPeople
from infusion.alarms.events import OffMonitorBegun
from infusion.configuration import BedPlan, ClinicConfiguration, WardPlan
from infusion.fold import fold
from infusion.interventions.events import SymptomsReported
from infusion.observations.events import ObservationsRecorded
from infusion.observations.values import Level
from infusion.preparation import what_is_open
from infusion.session_events import (
    DeviceAssociated,
    InfusionEndedEarly,
    PauseConfirmed,
    PreparationConfirmed,
    PumpRunExplained,
    SessionPlanned,
)
from simulator.scenario import Scenario, packaged_stories, read_scenario
from vocabulary.ids import BedId, DeviceId, WardId
from vocabulary.states import SessionState

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
CONFIG = Path(__file__).parents[3] / "config"


def clinic_of(scenario: Scenario, *, fixed: bool = True) -> ClinicConfiguration:
    """The clinic as it comes, with the beds of a scenario."""
    beds = tuple(
        BedPlan(
            bed=BedId(bed.bed),
            label=f"Chair {bed.bed}",
            devices=tuple(DeviceId(d.device) for d in (bed.monitor, bed.pump) if d and fixed),
        )
        for bed in scenario.beds
        if bed.monitor
    )
    ward = WardPlan(ward=WardId(scenario.ward), label=scenario.ward, beds=beds)
    return msgspec.structs.replace(read_clinic(CONFIG), wards=(ward,))


def play(scenario: Scenario, *, fixed: bool = True) -> list[PeoplesLine]:
    played = Played(scenario, WardId(scenario.ward), START, 1)
    return play_people(played, clinic_of(scenario, fixed=fixed))


def told(lines: Iterable[PeoplesLine], kind: type[Any]) -> list[Any]:
    return [line.event for line in lines if isinstance(line.event, kind)]


def with_people(scenario: Scenario, **changes: Any) -> Scenario:
    return msgspec.structs.replace(scenario, people=({"bed": "1"} | changes,))


@pytest.mark.parametrize("name", packaged_stories())
def test_the_people_of_every_story_can_do_what_they_do(name: str) -> None:
    scenario = read_scenario(name)
    lines = play(scenario)
    assert len(told(lines, SessionPlanned)) == len(scenario.people)
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert all(
        START <= line.at <= START + timedelta(minutes=scenario.history_min) for line in lines
    )


def test_a_session_is_ready_before_its_pump_starts() -> None:
    scenario = read_scenario("normal")
    lines = play(scenario)
    session = fold(line.event for line in lines)
    assert session.state is SessionState.PREPARING
    assert what_is_open(session, clinic_of(scenario)) == ()
    assert told(lines, PreparationConfirmed)[0].at < START + timedelta(minutes=12)
    assert session.baseline is not None
    assert {value.readings for value in session.baseline.values} == {2}


def test_devices_that_are_not_fixed_are_associated_by_hand() -> None:
    associated = told(play(read_scenario("normal"), fixed=False), DeviceAssociated)
    assert {a.device for a in associated} == {"normal-monitor", "normal-pump"}
    assert {a.basis.value for a in associated} == {"by_hand"}


def test_deeds_come_at_their_minute_with_what_was_said() -> None:
    paused = told(play(read_scenario("still_running")), PauseConfirmed)
    assert [(p.at, p.reason) for p in paused] == [(START + timedelta(minutes=22), "nausea")]
    ended = told(play(read_scenario("again_in_recovery")), InfusionEndedEarly)
    assert [e.reason for e in ended] == ["headache"]


def test_a_run_is_explained_once_it_was_seen() -> None:
    explained = told(play(read_scenario("unconfirmed")), PumpRunExplained)
    began = START + timedelta(minutes=12)
    assert [began <= e.began_at < began + timedelta(seconds=5) for e in explained] == [True]


def test_what_the_rules_refuse_names_bed_minute_and_reason() -> None:
    scenario = with_people(
        read_scenario("normal"), deeds=[{"do": "confirm_pause", "after_min": -5, "reason": "no"}]
    )
    with pytest.raises(BadPeople, match=r"bed 1, minute 7.0, ConfirmPause: .*preparing"):
        play(scenario)


def test_a_script_that_cannot_be_read_names_entry_and_key() -> None:
    scenario = with_people(read_scenario("normal"), weihgt_kg=70)
    with pytest.raises(BadPeople, match=r"people\[0\].*weihgt_kg"):
        play(scenario)


def test_what_is_left_open_stays_open() -> None:
    scenario = with_people(
        read_scenario("normal"), skip=["baseline", "confirm"], open_items=["bladder"]
    )
    session = fold(line.event for line in play(scenario))
    found = what_is_open(session, clinic_of(scenario))
    assert "Bladder emptied" in found
    assert "baseline" in found


def test_the_file_has_one_line_an_event_in_order_of_time(tmp_path: Path) -> None:
    file = tmp_path / "people.jsonl"
    lines = [play(read_scenario(name)) for name in ("normal", "still_running")]
    count = write_people(file, lines)
    read = [msgspec.json.decode(line, type=PeoplesLine) for line in file.read_bytes().splitlines()]
    assert len(read) == count == sum(map(len, lines))
    assert [line.at for line in read] == sorted(line.at for line in read)
    assert {line.chain for line in read} == {
        "session/normal-1-202611220812", "session/still_running-1-202611220812",
    }  # fmt: skip
    assert {line.author for line in read} == {
        "account/nurse", "account/second", "account/prescriber",
    }  # fmt: skip
    assert sorted(read, key=lambda line: (line.chain, line.at)) == sorted(
        (line for some in lines for line in some), key=lambda line: (line.chain, line.at)
    )


def test_the_demonstration_ward_has_its_eight_beds_at_eight_moments() -> None:
    scenario = read_scenario("ward8")
    played = Played(scenario, WardId("demo"), START, 1)
    clinic = read_clinic(CONFIG)
    now = START + timedelta(minutes=scenario.history_min)
    lines = play_people(played, clinic, now)
    assert max(line.at for line in lines) <= now
    sessions = {
        chain: fold(line.event for line in lines if line.chain == chain)
        for chain in {line.chain for line in lines}
    }
    found = {s.bed: what_is_open(s, clinic) for s in sessions.values() if s.closed is None}
    assert set(found) == {BedId(str(number)) for number in range(1, 9)}
    assert "Rescue drugs checked" in found[BedId("1")]
    assert all(not open_ for bed, open_ in found.items() if bed != "1")


def test_patients_of_the_demonstration_come_for_the_nth_time() -> None:
    scenario = read_scenario("ward8")
    played = Played(scenario, WardId("demo"), START, 1)
    lines = play_earlier(played, read_clinic(CONFIG))
    sessions = [
        fold(line.event for line in lines if line.chain == chain)
        for chain in {line.chain for line in lines if line.chain.startswith("session/")}
    ]
    assert {session.state for session in sessions} == {SessionState.DISCHARGED}
    assert all(session.has_drug for session in sessions)
    counts = Counter(session.patient.family_name for session in sessions)
    assert counts == {
        "Ahorn": 1, "Buche": 3, "Eibe": 3, "Esche": 2, "Fichte": 1, "Ginster": 2,
        "Hasel": 6,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_the_people_of_the_demonstration_manage_with_whatever_the_monitors_show(seed: int) -> None:
    scenario = read_scenario("ward8")
    lines = play_people(Played(scenario, WardId("demo"), START, seed), read_clinic(CONFIG))
    assert len(told(lines, PreparationConfirmed)) == 8


def test_a_nurse_does_each_check_within_its_window_on_the_form_it_asks_for() -> None:
    scenario = with_people(read_scenario("normal"), checks=True)
    recorded = told(play(scenario), ObservationsRecorded)
    minutes = [round((event.due_at - START) / timedelta(minutes=1)) for event in recorded]
    assert minutes == sorted(minutes)
    assert {12, 22, 32, 42, 52, 62, 72, 77, 82, 87} <= set(minutes)
    assert [event.set for event in recorded[:3]] == ["whole", "quick", "full"]
    assert all(event.late_s == 0 for event in recorded)
    filled = [o for event in recorded for o in event.observed if o.offered is not None]
    assert {o.item for o in filled} >= {"bp", "hr", "spo2", "rr", "etco2", "temp"}
    assert not any(event.not_observed for event in recorded)


def test_a_form_is_judged_as_the_story_says_and_filled_from_the_monitor() -> None:
    story = read_scenario("judged")
    [form] = [
        event
        for event in told(play(story), ObservationsRecorded)
        if event.session.startswith("judged-3") and event.at == START + timedelta(minutes=20)
    ]
    values = {entry.item: entry for entry in form.observed}
    assert values["dissociation"].value == Level(level=7)
    assert values["sedation"].value == Level(level=5)
    assert values["hr"].offered is not None


def test_going_off_the_monitor_is_a_deed_of_the_bed_in_the_chain_of_its_session() -> None:
    lines = play(read_scenario("off_monitor"))
    [line] = [line for line in lines if isinstance(line.event, OffMonitorBegun)]
    assert line.event.accompanied_by == "Nora Nurse"
    assert line.chain == f"session/{line.event.session}"
    assert line.at == START + timedelta(minutes=14)


def test_what_a_patient_tells_is_an_event_of_the_session() -> None:
    [told_] = told(play(read_scenario("judged_levels")), SymptomsReported)
    assert told_.symptoms == ("asks to stop",)
    assert told_.at == START + timedelta(minutes=20)
