"""What was delivered at a bed, in segments of one rate, and what follows: totals and the end.

Delivered is the rise of each volume counter since the pump came to the bed; the integral of the
rate is a cross-check. KVO delivers drug and counts.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

import msgspec

from infusion.dose import Concentration, mg_in
from infusion.pump import DeliveryPhase
from vocabulary.ids import CounterId, DeviceId
from vocabulary.states import StopReason

NANOLITRE = Decimal("0.000001")
"""Volumes, in mL, and rates, in mL/h, are exact to this."""
NOTHING = Decimal(0)
MICROSECOND = timedelta(microseconds=1)
_US_PER_H = Decimal(3_600_000_000)


class SegmentKind(str, Enum):
    """What flowed for: only a person can tell priming and flush from the infusion."""

    INFUSION = "infusion"
    KVO = "kvo"
    PRIMING = "priming"
    FLUSH = "flush"


DRUG = frozenset({SegmentKind.INFUSION, SegmentKind.KVO})
"""What gives drug to the patient."""


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One pump delivering at one rate from one counter. Times UTC.

    `rate_ml_h`: None while the pump was silent or its rate impossible. `volume_ml`: None if no
    volume was told. `is_open`: it still ran at `ends`, the newest fact. `running_s`: seconds of
    delivery, fewer than it lasted only where the pump was silent and stopped meanwhile.
    """

    device: DeviceId
    kind: SegmentKind
    begins: datetime
    ends: datetime
    rate_ml_h: Decimal | None
    volume_ml: Decimal | None
    counter: CounterId | None
    running_s: float
    is_silent: bool = False
    is_open: bool = False

    @property
    def integral_ml(self) -> Decimal | None:
        """Rate times duration, mL; None without a rate."""
        if self.rate_ml_h is None:
            return None
        microseconds = (self.ends - self.begins) // MICROSECOND
        return (self.rate_ml_h * microseconds / _US_PER_H).quantize(NANOLITRE)


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Time between two stretches of infusion; `ends` is None while it lasts.

    `reason`: what the pump said, None if it did not say.
    """

    begins: datetime
    ends: datetime | None
    reason: StopReason | None

    def lasted_s(self, now: datetime) -> float:
        """Seconds until its end, or until `now`."""
        return ((self.ends or now) - self.begins).total_seconds()


class RunMark(msgspec.Struct, frozen=True, kw_only=True):
    """A person says what a pump ran for: the whole run around `begins`, from start to stop."""

    device: DeviceId
    begins: datetime
    kind: SegmentKind


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """What the pumps at a bed delivered up to `observed_at`; None before any fact.

    `observed_at`: the newest fact of the pump that runs, or of all if none does.

    `rate_ml_h`: of the infusion now, of all pumps together; None while it does not run or a
    running pump's rate is unknown. `lost_marks`: those that met no run.
    """

    phase: DeliveryPhase
    segments: tuple[Segment, ...]
    pauses: tuple[Pause, ...]
    started_at: datetime | None
    running_s: float
    rate_ml_h: Decimal | None
    observed_at: datetime | None
    believed_for: timedelta
    lost_marks: tuple[RunMark, ...] = ()

    @property
    def drug_ml(self) -> Decimal:
        """Given to the patient by the counters, mL: infusion and KVO."""
        return self.volume_ml(*DRUG)

    def volume_ml(self, *kinds: SegmentKind) -> Decimal:
        """Delivered by the counters in segments of these kinds, mL."""
        return sum(
            (s.volume_ml for s in self.segments if s.kind in kinds and s.volume_ml is not None),
            NOTHING,
        )

    @property
    def integral_ml(self) -> Decimal:
        """Given to the patient by rate and time, mL, where the rate is known."""
        return sum(
            (ml for s in self.segments if s.kind in DRUG and (ml := s.integral_ml) is not None),
            NOTHING,
        )

    @property
    def last_drug_at(self) -> datetime | None:
        """When drug was last known to flow, KVO included; None before any."""
        return max((s.ends for s in self.segments if s.kind in DRUG), default=None)

    def running_s_at(self, now: datetime) -> float:
        """Seconds of infusion up to `now`, counting on while the last fact is believed."""
        if self.phase is not DeliveryPhase.RUNNING or self.observed_at is None:
            return self.running_s
        since = min(max(now - self.observed_at, timedelta(0)), self.believed_for)
        return self.running_s + since.total_seconds()

    def ends_by_volume(self, remaining_ml: Decimal, now: datetime) -> datetime | None:
        """When `remaining_ml` from now on will be in at the present rate.

        None while nothing flows, the rate is not known, or the pump is silent. A moment already
        past when less than nothing remains.
        """
        if not self._is_flowing(now) or self.observed_at is None or not self.rate_ml_h:
            return None
        hours = remaining_ml / self.rate_ml_h
        return self.observed_at + int(hours * _US_PER_H) * MICROSECOND

    def ends_by_minutes(self, ordered_min: Decimal, now: datetime) -> datetime | None:
        """When `ordered_min` of running will be over; None as in `ends_by_volume`."""
        if not self._is_flowing(now) or self.observed_at is None or self.rate_ml_h == 0:
            return None
        return self.observed_at + timedelta(seconds=float(ordered_min) * 60 - self.running_s)

    def _is_flowing(self, now: datetime) -> bool:
        return (
            self.phase is DeliveryPhase.RUNNING
            and self.observed_at is not None
            and now - self.observed_at <= self.believed_for
        )


def spans_of(segments: Iterable[Segment]) -> list[tuple[datetime, datetime]]:
    """When any of these flowed, from when until when; overlaps and neighbours joined.

    `segments` in the order of their beginning.
    """
    spans: list[tuple[datetime, datetime]] = []
    for segment in segments:
        if spans and segment.begins <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], segment.ends))
        else:
            spans.append((segment.begins, segment.ends))
    return spans


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """What a pump holds from `at` on."""

    device: DeviceId
    at: datetime
    concentration: Concentration


def given_mg(segments: Iterable[Segment], fills: Sequence[Fill]) -> Decimal | None:
    """Drug given, mg: the volume of each segment times what the pump held when it began.

    None if a pump gave drug and nobody said what it held.
    """
    total = NOTHING
    for segment in segments:
        if segment.kind not in DRUG or not segment.volume_ml:
            continue
        held = [f for f in fills if f.device == segment.device and f.at <= segment.begins]
        if not held:
            return None
        total += mg_in(segment.volume_ml, max(held, key=lambda f: f.at).concentration)
    return total
