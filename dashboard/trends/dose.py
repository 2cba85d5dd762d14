"""Drug given so far, over time. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from infusion.delivered import DRUG
from infusion.report.dose import SegmentLine


def dose_steps(segments: Iterable[SegmentLine]) -> Iterator[tuple[datetime, float]]:
    """Moments (UTC) and the drug given by then, mg; it ends where what a pump held is unknown."""
    total = Decimal(0)
    for line in segments:
        if line.kind not in DRUG:
            continue
        if line.mg is None:
            return
        yield line.begins, float(total)
        total += line.mg
        yield line.ends, float(total)
