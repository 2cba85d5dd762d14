"""What a scripted ward holds: bed states with their readings, as ingest would publish them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from infusion.configuration import BedPlan, WardPlan
from vocabulary.ids import BedId, BootId, DeviceId, SessionId, WardId, WorkerId
from vocabulary.signals import SignalName
from vocabulary.states import (
    DeviceKind,
    DeviceLink,
    InvalidReason,
    PumpState,
    ReadingState,
    SessionState,
)
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

WARD = WardId("demo")
UP = {"state": "up", "since": None, "detail": ""}
ALL_UP = {"device": UP, "broker": UP, "ingest": UP, "record": UP}
LATE_S, STALE_S = 300.0, 900.0
"""What is held stays fresh for longer than a test takes; what is to age is given its own times."""
NIBP_LIMITS_S = (720.0, 900.0)


def down(detail: str = "", since: datetime | None = None) -> dict[str, Any]:
    """A link that is down, since now unless said otherwise."""
    return {"state": "down", "since": (since or datetime.now(UTC)).isoformat(), "detail": detail}


def ward_of(beds: int, devices: Mapping[str, tuple[str, ...]]) -> WardPlan:
    """A ward with so many chairs, and the devices that are fixed to them."""
    return WardPlan(
        ward=WARD,
        label="Demonstration ward",
        beds=tuple(
            BedPlan(
                bed=BedId(str(number)),
                label=f"Chair {number}",
                devices=tuple(DeviceId(name) for name in devices.get(str(number), ())),
            )
            for number in range(1, beds + 1)
        ),
    )


def times(
    age_s: float, now: datetime, *, late_s: float = LATE_S, stale_s: float = STALE_S
) -> ReadingTimes:
    """The times of a reading of this age, and when it is late and stale."""
    at = now - timedelta(seconds=age_s)
    return ReadingTimes(
        device_time=at,
        observed_at=at,
        received_at=at,
        fresh_since=at,
        late_after_s=late_s,
        stale_after_s=stale_s,
    )


def reading(
    name: SignalName,
    value: float | NibpValue | None,
    now: datetime,
    *,
    age_s: float = 0.3,
    reason: InvalidReason | None = None,
    delta: float | None = None,
) -> SignalView:
    """One vital sign; invalid where there is a reason, live otherwise (its age may say more)."""
    late_s, stale_s = NIBP_LIMITS_S if name is SignalName.NIBP else (LATE_S, STALE_S)
    return SignalView(
        state=ReadingState.LIVE if reason is None else ReadingState.INVALID,
        value=value,
        reason=reason,
        times=times(age_s, now, late_s=late_s, stale_s=stale_s),
        baseline_delta=delta,
        device=DeviceId("monitor-1"),
    )


def bed_state(bed: str = "1", *, now: datetime | None = None, **parts: Any) -> BedState:
    """A bed 40 minutes into its infusion, everything live; `parts` replaces what it is given."""
    now = now or datetime.now(UTC)
    state = {
        "signals": {
            SignalName.SPO2: reading(SignalName.SPO2, 97, now),
            SignalName.HR: reading(SignalName.HR, 78, now),
            SignalName.NIBP: reading(
                SignalName.NIBP, NibpValue(sys=138, dia=86, map=103), now, age_s=190, delta=22
            ),
            SignalName.RR: reading(SignalName.RR, 14, now),
            SignalName.ETCO2: reading(SignalName.ETCO2, 36, now),
            SignalName.TEMP: reading(SignalName.TEMP, 36.8, now),
        },
        "session": SessionView(
            state=SessionState.INFUSING,
            state_since=now - timedelta(minutes=40),
            started_at=now - timedelta(minutes=40),
            running_s=2400,
            is_running=True,
            planned_s=3600,
        ),
        "pump": PumpView(
            device=DeviceId(f"pump-{bed}"),
            reading=ReadingState.LIVE,
            state=PumpState.INFUSING,
            times=times(0.4, now),
            rate_ml_h=35.0,
            rate_set_ml_h=35.0,
            dose_rate_mg_kg_h=0.5,
            volume_ml=23.3,
            drug="ketamine",
            concentration_mg_ml=1.0,
            weight_kg=70.0,
        ),
        "dose": DoseView(given_mg=23.3, given_mg_per_kg=0.333),
        "devices": (
            DeviceView(
                device=DeviceId(f"monitor-{bed}"),
                kind=DeviceKind.MONITOR,
                link=DeviceLink.ONLINE,
                link_since=now - timedelta(minutes=50),
            ),
        ),
    }
    return BedState(
        ward=WARD,
        bed=BedId(bed),
        published_at=now,
        worker=WorkerId("ingest-1"),
        ingest_boot=BootId("i1"),
        **(state | parts),
    )


def identified(now: datetime) -> SessionView:
    """A confirmed session that says whose it is, as staff see it."""
    return SessionView(
        state=SessionState.INFUSING,
        id=SessionId("s1"),
        running_s=1200,
        is_running=True,
        planned_s=3600,
        state_since=now,
        number=4,
        of=6,
        initials="QZ",
        nurse="Berg",
    )
