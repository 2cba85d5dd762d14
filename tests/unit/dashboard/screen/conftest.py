"""A bed at one moment, to make tiles of."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vocabulary.ids import BedId, BootId, DeviceId, WardId, WorkerId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind, DeviceLink, PumpState, ReadingState, SessionState
from wire.bed_state import (
    BedState,
    DeviceView,
    DoseView,
    NibpValue,
    PumpView,
    ReadingTimes,
    SessionView,
    SignalView,
)

NOW = datetime(2026, 11, 23, 14, 3, 7, 250_000, tzinfo=UTC)

MakeBed = Callable[..., BedState]
MakeTimes = Callable[..., ReadingTimes]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def times() -> MakeTimes:
    """The times of a reading of an age in seconds, late and stale after some seconds."""

    def make(age_s: float = 0.0, late_s: float = 3.0, stale_s: float = 10.0) -> ReadingTimes:
        at = NOW - timedelta(seconds=age_s)
        return ReadingTimes(
            device_time=at - timedelta(minutes=24),
            observed_at=at,
            received_at=at + timedelta(milliseconds=40),
            fresh_since=at,
            late_after_s=late_s,
            stale_after_s=stale_s,
        )

    return make


@pytest.fixture
def bed(times: MakeTimes) -> MakeBed:
    """A bed twenty minutes into an infusion; what is given replaces what it has."""

    def make(**parts: Any) -> BedState:
        state: dict[str, Any] = {
            "signals": {
                SignalName.SPO2: SignalView(state=ReadingState.LIVE, value=97, times=times()),
                SignalName.NIBP: SignalView(
                    state=ReadingState.LIVE,
                    value=NibpValue(sys=138, dia=86, map=103),
                    times=times(190, 720, 900),
                    baseline_delta=22,
                ),
            },
            "session": SessionView(
                state=SessionState.INFUSING,
                state_since=NOW - timedelta(minutes=20),
                running_s=1200,
                is_running=True,
                planned_s=3600,
                number=4,
                of=6,
                initials="QZ",
                nurse="Berg",
            ),
            "pump": PumpView(
                device=DeviceId("pump-1"),
                reading=ReadingState.LIVE,
                state=PumpState.INFUSING,
                times=times(),
                rate_ml_h=35.0,
                volume_ml=12.25,
                remaining_ml=22.75,
                dose_rate_mg_kg_h=0.5,
                drug="ketamine",
                concentration_mg_ml=1.0,
                weight_kg=70.0,
            ),
            "dose": DoseView(
                given_mg=12.25,
                given_mg_per_kg=0.175,
                ordered_mg=35.0,
                predicted_end=NOW + timedelta(minutes=40),
            ),
            "devices": (
                DeviceView(
                    device=DeviceId("monitor-1"),
                    kind=DeviceKind.MONITOR,
                    link=DeviceLink.ONLINE,
                    link_since=NOW - timedelta(hours=1),
                    last_received_at=NOW,
                ),
            ),
        }
        return BedState(
            ward=WardId("north"),
            bed=BedId("1"),
            published_at=NOW,
            worker=WorkerId("ingest-1"),
            ingest_boot=BootId("i1"),
            **(state | parts),
        )

    return make
