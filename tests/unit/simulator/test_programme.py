"""The course of a pump: volumes, pauses, titrations, completion, alarms that stop the flow."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator.delivery import Delivery
from simulator.programme import plan_delivery
from simulator.scenario import Scenario
from vocabulary.states import PumpState
from wire.topics import MessageKind

MIN = 60_000
Write = Callable[..., Scenario]


def _delivery(scenario: Scenario, start_ms: int = 0) -> Delivery:
    alarms = tuple(alarm for alarm in scenario.alarms if alarm.device == "pump-1")
    return plan_delivery(scenario.beds[0], alarms, start_ms)


def _said(delivery: Delivery) -> list[tuple[float, object]]:
    return [
        (o.at_ms / MIN, o.body.get("event") or (o.body["alarm"], o.body["phase"]))
        for o in delivery.occurrences
    ]


def test_half_a_milligram_per_kilogram_flows_in_an_hour(write_scenario: Write) -> None:
    delivery = _delivery(write_scenario(pump={"kvo_ml_h": 0}))
    assert delivery.at(9 * MIN).state is PumpState.STANDBY
    assert delivery.at(10 * MIN).rate_ml_h == pytest.approx(35.0)
    assert delivery.total_ml(40 * MIN) == pytest.approx(17.5)
    assert delivery.total_ml(70 * MIN) == pytest.approx(35.0)
    assert delivery.total_ml(200 * MIN) == pytest.approx(35.0)
    assert delivery.at(71 * MIN).state is PumpState.STOPPED


def test_a_pause_moves_the_end_by_its_length(write_scenario: Write) -> None:
    changes = [{"do": "pause", "after_min": 20}, {"do": "resume", "after_min": 24}]
    delivery = _delivery(write_scenario(infusion={"changes": changes}))
    assert delivery.at(31 * MIN).state is PumpState.PAUSED
    assert delivery.at(31 * MIN).rate_ml_h == 0.0
    assert delivery.total_ml(34 * MIN) == pytest.approx(delivery.total_ml(30 * MIN))
    assert (74.0, "delivery_completed") in _said(delivery)


def test_a_titration_changes_the_rate_and_the_end(write_scenario: Write) -> None:
    changes = [{"do": "rate", "after_min": 30, "rate_mg_kg_h": 0.25}]
    delivery = _delivery(write_scenario(infusion={"changes": changes}))
    assert delivery.at(41 * MIN).rate_ml_h == pytest.approx(17.5)
    assert (100.0, "delivery_completed") in _said(delivery)
    changed = next(o for o in delivery.occurrences if o.body.get("event") == "rate_changed")
    assert (changed.body["rate_from"], changed.body["rate_to"]) == (35.0, 17.5)


def test_after_completion_the_vein_is_kept_open_and_that_is_counted(write_scenario: Write) -> None:
    delivery = _delivery(write_scenario(pump={"kvo_ml_h": 2, "kvo_for_min": 3}))
    assert delivery.at(71 * MIN).state is PumpState.KVO
    assert delivery.total_ml(73 * MIN) == pytest.approx(35.0 + 0.1)
    assert delivery.at(74 * MIN).state is PumpState.STOPPED


def test_events_and_alarms_of_a_whole_hour_come_in_order(write_scenario: Write) -> None:
    assert _said(_delivery(write_scenario())) == [
        (10.0, "delivery_started"),
        (64.0, ("near_end", "start")),
        (70.0, ("near_end", "end")),
        (70.0, "delivery_completed"),
        (70.0, ("complete", "start")),
        (70.0, "kvo_started"),
        (73.0, "kvo_ended"),
        (73.0, "delivery_stopped"),
        (73.0, ("complete", "end")),
    ]


def test_an_infusion_that_is_stopped_early_stays_stopped(write_scenario: Write) -> None:
    changes = [{"do": "stop", "after_min": 20}, {"do": "resume", "after_min": 30}]
    delivery = _delivery(write_scenario(infusion={"changes": changes}))
    assert delivery.at(200 * MIN).state is PumpState.STOPPED
    assert delivery.total_ml(200 * MIN) == pytest.approx(35.0 / 3)


def test_the_next_syringe_clears_the_counter_and_says_what_it_stood_at(
    write_scenario: Write,
) -> None:
    delivery = _delivery(write_scenario(infusion={"repeat_every_min": 130}))
    before, after = delivery.at(139 * MIN), delivery.at(141 * MIN)
    assert (before.counter, after.counter) == (1, 2)
    assert after.volume_ml == 0.0
    cleared = next(o for o in delivery.occurrences if o.body.get("event") == "counters_cleared")
    assert cleared.at_ms == 140 * MIN
    assert cleared.body["counter"] == "c1"
    assert cleared.body["volume"] == pytest.approx(35.05)
    assert delivery.total_ml(141 * MIN) == pytest.approx(35.05 + 35 / 60, abs=1e-6)


def test_an_alarm_that_stops_the_flow_does_so_while_it_lasts(write_scenario: Write) -> None:
    occlusion: dict[str, Any] = {
        "device": "pump-1",
        "alarm": "occlusion_downstream",
        "priority": "high",
        "at_min": 35,
        "for_min": 2,
        "stops_flow": True,
    }
    delivery = _delivery(write_scenario(alarms=[occlusion]))
    assert delivery.at(36 * MIN).state is PumpState.ALARM
    assert delivery.total_ml(37 * MIN) == pytest.approx(delivery.total_ml(35 * MIN))
    assert delivery.at(38 * MIN).state is PumpState.INFUSING
    alarms = [o for o in delivery.occurrences if o.kind is MessageKind.ALARM][:2]
    assert [(a.at_ms / MIN, a.body["phase"], a.body["priority"]) for a in alarms] == [
        (35.0, "start", "high"),
        (37.0, "end", "high"),
    ]
    assert (72.0, "delivery_completed") in _said(delivery)


def test_the_course_begins_when_the_scenario_does(write_scenario: Write, start_ms: int) -> None:
    delivery = _delivery(write_scenario(), start_ms)
    assert delivery.infusion_starts_ms == (start_ms + 10 * MIN,)
    assert delivery.total_ml(start_ms + 40 * MIN) == pytest.approx(17.5)
