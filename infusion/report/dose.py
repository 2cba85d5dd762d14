"""The dose of a session as it is reported: given against ordered, each segment, each rate change.

By the pump's volume, and by rate and time as a cross-check. Priming and flush are apart.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from infusion.delivered import DRUG, NOTHING, Delivered, Fill, Segment, SegmentKind, given_mg
from infusion.order import EndsBy, Order
from infusion.report.delivery import rate_mg_kg_h
from infusion.session import Session
from infusion.session_events import RateChangeExplained
from infusion.weight import DosingWeight
from vocabulary.ids import DeviceId

_MICRO: Final = Decimal("0.000001")


class SegmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One pump at one rate, UTC; None where rate, volume or concentration is not known.

    `is_by_hand`: a person charted it.
    """

    device: DeviceId
    kind: SegmentKind
    begins: datetime
    ends: datetime
    rate_ml_h: Decimal | None
    rate_mg_kg_h: Decimal | None
    volume_ml: Decimal | None
    mg_ml: Decimal | None
    mg: Decimal | None
    is_open: bool
    is_silent: bool
    is_by_hand: bool


class RateChangeLine(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the rate at the pump, and why. `reason` is empty where nobody said.

    `after_pause`: the pump stood in between.
    """

    device: DeviceId
    at: datetime
    from_ml_h: Decimal
    to_ml_h: Decimal
    from_mg_kg_h: Decimal | None
    to_mg_kg_h: Decimal | None
    after_pause: bool
    reason: str
    explained_by: str


class DoseGiven(msgspec.Struct, frozen=True, kw_only=True):
    """Given against ordered. None where a number is not known.

    `by_volume_mg`: by the pump's volume, infusion and KVO. `by_integral_mg`: by rate and time.
    `difference_mg`: volume minus integral, where both are known; `unheard_mg` was given while
    the pump was silent and counts in the volume only.
    """

    ordered_mg: Decimal | None
    ordered_min: Decimal | None
    ends_by: EndsBy | None
    by_volume_ml: Decimal
    by_volume_mg: Decimal | None
    mg_kg: Decimal | None
    by_integral_ml: Decimal
    by_integral_mg: Decimal | None
    unheard_mg: Decimal | None
    difference_mg: Decimal | None
    kvo_ml: Decimal
    priming_ml: Decimal
    flush_ml: Decimal

    @property
    def percent_of_order(self) -> Decimal | None:
        """Given of ordered, %; None if either is not known."""
        if self.by_volume_mg is None or not self.ordered_mg:
            return None
        return self.by_volume_mg * 100 / self.ordered_mg

    @property
    def difference_percent(self) -> Decimal | None:
        """Volume against integral, % of the volume; None if either is not known."""
        if self.difference_mg is None or not self.by_volume_mg:
            return None
        return self.difference_mg * 100 / self.by_volume_mg


def dose_given(order: Order | None, delivered: Delivered, fills: Sequence[Fill]) -> DoseGiven:
    """The dose of a session, mg."""
    by_volume = given_mg(delivered.segments, fills)
    by_integral = _integral_mg(delivered.segments, fills)
    unheard = given_mg((s for s in delivered.segments if s.rate_ml_h is None), fills)
    difference = None
    if by_volume is not None and by_integral is not None and unheard is not None:
        difference = by_volume - unheard - by_integral
    mg_kg = None
    if order is not None and by_volume is not None:
        mg_kg = (by_volume / order.weight.kg).quantize(_MICRO)
    return DoseGiven(
        ordered_mg=None if order is None else order.planned_mg,
        ordered_min=None if order is None else order.planned_min,
        ends_by=None if order is None else order.ends_by,
        by_volume_ml=delivered.drug_ml,
        by_volume_mg=by_volume,
        mg_kg=mg_kg,
        by_integral_ml=delivered.integral_ml,
        by_integral_mg=by_integral,
        unheard_mg=unheard,
        difference_mg=difference,
        kvo_ml=delivered.volume_ml(SegmentKind.KVO),
        priming_ml=delivered.volume_ml(SegmentKind.PRIMING),
        flush_ml=delivered.volume_ml(SegmentKind.FLUSH),
    )


def segment_lines(
    session: Session, delivered: Delivered, fills: Sequence[Fill]
) -> tuple[SegmentLine, ...]:
    """Each segment with its dose rate and its mg."""
    weight = None if session.order is None else session.order.weight
    by_hand = {run.device for run in session.runs if run.is_manual}
    return tuple(_line(segment, fills, weight, by_hand) for segment in delivered.segments)


def rate_since(lines: Iterable[SegmentLine]) -> datetime | None:
    """Since when (UTC) the patient gets what they get now: a rate, KVO, or nothing again.

    None before the first drug.
    """
    since: datetime | None = None
    before: SegmentLine | None = None
    for line in sorted(lines, key=lambda line: line.begins):
        if line.kind not in DRUG or line.rate_ml_h is None:
            continue
        goes_on = (
            before is not None
            and (before.device, before.rate_ml_h) == (line.device, line.rate_ml_h)
            and line.begins <= before.ends
        )
        since = since if goes_on else line.begins
        before = line
    return since if before is None or before.is_open else before.ends


def rate_changes(
    session: Session, lines: Sequence[SegmentLine], within: timedelta
) -> tuple[RateChangeLine, ...]:
    """Each change of an infusion's rate; a reason given for a moment `within` of it is its own."""
    found: list[RateChangeLine] = []
    last: dict[DeviceId, SegmentLine] = {}
    for line in lines:
        if line.kind is not SegmentKind.INFUSION or line.rate_ml_h is None:
            continue
        before = last.get(line.device)
        last[line.device] = line
        if before is None or before.rate_ml_h is None or before.rate_ml_h == line.rate_ml_h:
            continue
        word = _word(session.rate_changes, line, within)
        found.append(
            RateChangeLine(
                device=line.device,
                at=line.begins,
                from_ml_h=before.rate_ml_h,
                to_ml_h=line.rate_ml_h,
                from_mg_kg_h=before.rate_mg_kg_h,
                to_mg_kg_h=line.rate_mg_kg_h,
                after_pause=before.ends < line.begins,
                reason="" if word is None else word.reason,
                explained_by="" if word is None else word.by.printed_name,
            )
        )
    return tuple(found)


def _word(
    words: Iterable[RateChangeExplained], line: SegmentLine, within: timedelta
) -> RateChangeExplained | None:
    """The last word on the moment nearest to the change."""
    near = [
        word
        for word in words
        if word.device == line.device and abs(word.changed_at - line.begins) <= within
    ]
    return min(reversed(near), key=lambda word: abs(word.changed_at - line.begins), default=None)


def _line(
    segment: Segment, fills: Sequence[Fill], weight: DosingWeight | None, by_hand: set[DeviceId]
) -> SegmentLine:
    mg_ml = _held_mg_ml(segment, fills)
    known = mg_ml is not None and segment.volume_ml is not None
    return SegmentLine(
        device=segment.device,
        kind=segment.kind,
        begins=segment.begins,
        ends=segment.ends,
        rate_ml_h=segment.rate_ml_h,
        rate_mg_kg_h=None if weight is None else rate_mg_kg_h(segment.rate_ml_h, mg_ml, weight.kg),
        volume_ml=segment.volume_ml,
        mg_ml=mg_ml,
        mg=(segment.volume_ml or NOTHING) * mg_ml if known and mg_ml is not None else None,
        is_open=segment.is_open,
        is_silent=segment.is_silent,
        is_by_hand=segment.device in by_hand,
    )


def _held_mg_ml(segment: Segment, fills: Iterable[Fill]) -> Decimal | None:
    held = [f for f in fills if f.device == segment.device and f.at <= segment.begins]
    return max(held, key=lambda f: f.at).concentration.mg_ml if held else None


def _integral_mg(segments: Iterable[Segment], fills: Sequence[Fill]) -> Decimal | None:
    total = NOTHING
    for segment in segments:
        ml = segment.integral_ml
        if segment.kind not in DRUG or not ml:
            continue
        mg_ml = _held_mg_ml(segment, fills)
        if mg_ml is None:
            return None
        total += ml * mg_ml
    return total
