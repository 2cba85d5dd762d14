"""Since when the patient gets what they get now."""

from datetime import timedelta
from decimal import Decimal

import pytest

from infusion.delivered import SegmentKind
from infusion.report.dose import SegmentLine, rate_since
from tests.fixtures.clinic import START
from vocabulary.ids import DeviceId

KVO, PRIMING = SegmentKind.KVO, SegmentKind.PRIMING


def line(
    begins: int,
    ends: int,
    rate: str | None = "35",
    kind: SegmentKind = SegmentKind.INFUSION,
    *,
    is_open: bool = False,
) -> SegmentLine:
    return SegmentLine(
        device=DeviceId("pump-1"), kind=kind, begins=START + timedelta(minutes=begins),
        ends=START + timedelta(minutes=ends), rate_ml_h=None if rate is None else Decimal(rate),
        rate_mg_kg_h=None, volume_ml=None, mg_ml=None, mg=None, is_open=is_open, is_silent=False,
        is_by_hand=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "minute"),
    [
        ([], None),
        ([line(0, 5, kind=PRIMING)], None),
        ([line(0, 9, None), line(9, 30, is_open=True)], 9),
        ([line(0, 9, "42"), line(9, 30), line(30, 31, is_open=True)], 9),
        ([line(0, 20), line(24, 30, is_open=True)], 24),
        ([line(0, 20)], 20),
        ([line(0, 60), line(60, 62, "1", KVO, is_open=True)], 60),
    ],
    ids=["no drug", "primed", "one rate", "a change", "resumed", "paused", "KVO"],
)
def test_a_rate_a_pause_and_kvo_each_count_from_when_they_began(
    lines: list[SegmentLine], minute: int | None
) -> None:
    assert rate_since(lines) == (None if minute is None else START + timedelta(minutes=minute))
