"""The hour as a picture, in vectors: pressure and heart rate, oxygen, breathing, rate and dose.

One axis of time for all, by measurement. Gaps are gaps; a cuff reading is a bar; every line has its
own stroke, so that nothing depends on colour.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Final

import msgspec
from reportlab.lib.colors import Color, HexColor

from exchange.paper import FAINT, INK, MM, REGULAR, Pen, polyline, tinted
from exchange.picture_frame import (
    SMALL,
    Frame,
    draw_grid,
    draw_marks,
    draw_names,
    draw_time_axis,
    shade_pauses,
)
from infusion.configuration import Measure
from infusion.delivered import DRUG
from infusion.report import SessionReport
from infusion.report.trend import TrendLine
from vocabulary.signals import SignalName

_GREEN: Final = HexColor(0x1B7A2B)
_CYAN: Final = HexColor(0x00758F)
_OCHRE: Final = HexColor(0x8A6D00)
_VIOLET: Final = HexColor(0x6A2C91)


def draw_picture(
    canvas: Pen, report: SessionReport, place: tuple[float, float, float, float], zone: str
) -> None:
    """Draw the hour into `place` (left, bottom, right, top); a sentence if nothing was given."""
    left, bottom, right, top = place
    window = _window(report)
    if window is None:
        canvas.setFillColor(FAINT)
        canvas.setFont(REGULAR, 8)
        canvas.drawCentredString((left + right) / 2, (bottom + top) / 2, "No drug was given.")
        return
    heights = (0.40, 0.17, 0.15, 0.28)
    inner_left, inner_right = left + 9 * MM, right - 10 * MM
    area_bottom, area_top = bottom + 6 * MM, top - 9 * MM
    frames, above = [], area_top
    dose_high = _dose_high(report)
    scales = ((40.0, _pressure_high(report)), (80.0, 100.0), (0.0, 40.0), (0.0, _rate_high(report)))
    for share, (low, high) in zip(heights, scales, strict=True):
        height = share * (area_top - area_bottom)
        frames.append(
            Frame(
                left=inner_left, right=inner_right, bottom=above - height + 2.2 * MM, top=above,
                begins=window[0], ends=window[1], low=low, high=high,
            )
        )  # fmt: skip
        above -= height
    shade_pauses(canvas, report, frames)
    for frame, steps in zip(frames, (40.0, 10.0, 20.0, 20.0), strict=True):
        draw_grid(canvas, frame, steps)
    draw_time_axis(canvas, report, frames, zone)
    _pressure(canvas, report, frames[0])
    _oxygen(canvas, report, frames[1])
    _breathing(canvas, report, frames[2])
    _rate_and_dose(canvas, report, frames[3], dose_high)
    draw_marks(canvas, report, frames[0])


def _window(report: SessionReport) -> tuple[datetime, datetime] | None:
    """From the baseline on, or the chair, until the patient left or the newest number."""
    started = report.course.started_at
    if started is None:
        return None
    baseline = report.preparation.baseline
    firsts = [started] if baseline is None else [r.observed_at for r in baseline.readings]
    begins = min(started, *firsts)
    lasts = [segment.ends for segment in report.segments]
    lasts += [_last_number(line) for line in report.trend]
    ends = report.course.closed_at or max(lasts, default=started)
    return (begins, ends) if ends > begins else None


def _last_number(line: TrendLine) -> datetime:
    """Where the numbers of a signal end: an open session is drawn as far as it is known."""
    indexes = [index for index, value in enumerate(line.values) if value is not None]
    return line.moment(indexes[-1]) if indexes else line.begins


def _pressure_high(report: SessionReport) -> float:
    highest = max((cuff.sys for cuff in report.cuffs if cuff.sys is not None), default=0.0)
    return 160.0 if highest <= 160 else 200.0 if highest <= 200 else 260.0


def _rate_high(report: SessionReport) -> float:
    rates = [float(s.rate_ml_h) for s in report.segments if s.rate_ml_h is not None]
    return max(20.0, 20.0 * -(-max(rates, default=0.0) // 20))


def _dose_high(report: SessionReport) -> float:
    ordered = float(report.dose.ordered_mg or 0)
    given = float(report.dose.by_volume_mg or 0)
    return max(10.0, 10.0 * -(-max(ordered, given) * 1.05 // 10))


def _runs(line: TrendLine, frame: Frame) -> Iterator[list[tuple[float, float]]]:
    """The points of a signal, broken where it has no number."""
    run: list[tuple[float, float]] = []
    for index, value in enumerate(line.values):
        at = line.moment(index)
        if value is not None and frame.begins <= at <= frame.ends:
            run.append((frame.x(at), frame.y(value)))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _signal(
    canvas: Pen, report: SessionReport, frame: Frame, signal: SignalName, color: Color
) -> bool:
    lines = [line for line in report.trend if line.signal is signal]
    for line in lines:
        canvas.setStrokeColor(color)
        canvas.setLineWidth(0.8)
        for run in _runs(line, frame):
            polyline(canvas, run)
    return bool(lines)


def _pressure(canvas: Pen, report: SessionReport, frame: Frame) -> None:
    baseline = report.preparation.baseline
    values = {} if baseline is None else {v.measure: v.value for v in baseline.values}
    canvas.setDash(2, 2)
    canvas.setLineWidth(0.5)
    for measure, color in ((Measure.NIBP_SYS, INK), (Measure.NIBP_DIA, INK), (Measure.HR, _GREEN)):
        if measure in values:
            canvas.setStrokeColor(tinted(color, 0.6))
            y = frame.y(values[measure])
            canvas.line(frame.left, y, frame.right, y)
    canvas.setDash()
    _signal(canvas, report, frame, SignalName.HR, _GREEN)
    canvas.setStrokeColor(INK)
    for cuff in report.cuffs:
        if cuff.sys is None or cuff.dia is None or not frame.begins <= cuff.at <= frame.ends:
            continue
        x = frame.x(cuff.at)
        canvas.setLineWidth(0.9)
        canvas.line(x, frame.y(cuff.dia), x, frame.y(cuff.sys))
        for value in (cuff.sys, cuff.dia):
            canvas.line(x - 1.7, frame.y(value), x + 1.7, frame.y(value))
        if cuff.map is not None:
            canvas.setFillColor(INK)
            canvas.circle(x, frame.y(cuff.map), 1.0, stroke=0, fill=1)
    draw_names(
        canvas, frame,
        (("BP mmHg: bar sys to dia, dot mean", INK), ("HR /min", _GREEN),
         ("dashed: baseline", FAINT)),
    )  # fmt: skip


def _oxygen(canvas: Pen, report: SessionReport, frame: Frame) -> None:
    _signal(canvas, report, frame, SignalName.SPO2, _CYAN)
    draw_names(canvas, frame, (("SpO2 %", _CYAN),))


def _breathing(canvas: Pen, report: SessionReport, frame: Frame) -> None:
    words = []
    if _signal(canvas, report, frame, SignalName.RR, _OCHRE):
        words.append(("RR /min", _OCHRE))
    canvas.setDash(3, 1.5)
    if _signal(canvas, report, frame, SignalName.ETCO2, INK):
        words.append(("EtCO2 mmHg, dashed", INK))
    canvas.setDash()
    draw_names(canvas, frame, words)


def _rate_and_dose(canvas: Pen, report: SessionReport, frame: Frame, dose_high: float) -> None:
    canvas.setFillColor(tinted(_VIOLET, 0.18))
    canvas.setStrokeColor(_VIOLET)
    canvas.setLineWidth(0.7)
    for line in report.segments:
        if line.kind not in DRUG or line.rate_ml_h is None:
            continue
        x, y = frame.x(line.begins), frame.y(float(line.rate_ml_h))
        canvas.rect(x, frame.bottom, frame.x(line.ends) - x, y - frame.bottom, stroke=1, fill=1)
    dose = msgspec.structs.replace(frame, low=0.0, high=dose_high)
    if report.dose.ordered_mg is not None:
        canvas.setDash(2, 2)
        y = dose.y(float(report.dose.ordered_mg))
        canvas.line(frame.left, y, frame.right, y)
        canvas.setDash()
    points = _dose_points(report)
    canvas.setLineWidth(1.3)
    polyline(canvas, [(dose.x(at), dose.y(mg)) for at, mg in points])
    canvas.setFillColor(_VIOLET)
    canvas.setFont(REGULAR, SMALL)
    for value in (0.0, dose_high / 2, dose_high):
        canvas.drawString(frame.right + 2, dose.y(value) - 2, f"{value:g} mg")
    draw_names(
        canvas, frame,
        (("Rate mL/h (area)", _VIOLET), ("dose mg (line), ordered (dashed)", _VIOLET)),
    )  # fmt: skip


def _dose_points(report: SessionReport) -> list[tuple[datetime, float]]:
    """How the dose grew: level in pauses, straight within a segment."""
    total = 0.0
    points: list[tuple[datetime, float]] = []
    for line in sorted(report.segments, key=lambda line: line.begins):
        if line.kind not in DRUG or line.mg is None:
            continue
        points.append((line.begins, total))
        total += float(line.mg)
        points.append((line.ends, total))
    if points and report.course.closed_at is not None:
        points.append((report.course.closed_at, total))
    return [point for point, after in pairwise(points) if point != after] + points[-1:]
