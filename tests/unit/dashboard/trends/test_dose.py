"""The dose so far: only drug counts, and what is not known is not taken for nothing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from dashboard.trends.dose import dose_steps
from dashboard.trends.overlay import Lane, overlay_of
from infusion.delivered import SegmentKind
from infusion.report.dose import SegmentLine
from tests.fixtures.clinic import START
from vocabulary.ids import DeviceId

NO_CUFFS = pd.DataFrame(
    {"nibp_sys": [], "nibp_dia": []}, index=pd.DatetimeIndex([], tz="UTC"), dtype="float64"
)


def segment(minute: int, mg: str | None, kind: SegmentKind = SegmentKind.INFUSION) -> Any:
    return SegmentLine(
        device=DeviceId("pump-1"),
        kind=kind,
        begins=START + timedelta(minutes=minute),
        ends=START + timedelta(minutes=minute + 1),
        rate_ml_h=None,
        rate_mg_kg_h=None,
        volume_ml=Decimal(1),
        mg_ml=None,
        mg=None if mg is None else Decimal(mg),
        is_open=False,
        is_silent=False,
        is_by_hand=False,
    )


def test_priming_and_flush_give_nothing_and_kvo_does() -> None:
    told = [
        segment(0, "9", SegmentKind.PRIMING),
        segment(1, "1"),
        segment(2, "0.5", SegmentKind.KVO),
        segment(3, "9", SegmentKind.FLUSH),
    ]
    assert [mg for _, mg in dose_steps(told)] == [0, 1, 1, 1.5]


def test_the_line_ends_where_it_is_not_known_what_was_given_on_the_trend_and_the_overlay() -> None:
    told = [segment(0, "1"), segment(1, None), segment(2, "1")]
    assert [mg for _, mg in dose_steps(told)] == [0, 1]
    lane = Lane(name="1/6", started_at=START, cuffs=NO_CUFFS, segments=told)
    drawn = overlay_of([lane])["data"][1]
    assert drawn["y"] == [0, 1]
    assert drawn["x"] == pytest.approx([0, 1])
