"""The frame of the picture: panels with their scales, one axis of time, names, and marks above."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from reportlab.lib.colors import Color, HexColor

from exchange.paper import BOLD, FAINT, INK, MM, REGULAR, RULE, Pen, width_of
from infusion.report import SessionReport
from infusion.report.rows import CheckState
from vocabulary.alarms import AlarmPriority

SMALL: Final = 5.6
"""Points."""
_PAUSE: Final = HexColor(0xE6E6E6)


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """A panel: its place on the page (points), its time (UTC), and its scale from low to high."""

    left: float
    right: float
    bottom: float
    top: float
    begins: datetime
    ends: datetime
    low: float
    high: float

    def x(self, at: datetime) -> float:
        """Where a moment is."""
        share = (at - self.begins).total_seconds() / (self.ends - self.begins).total_seconds()
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Where a value is; beyond the scale it stands at its edge."""
        share = (value - self.low) / (self.high - self.low)
        return self.bottom + min(max(share, 0.0), 1.0) * (self.top - self.bottom)


def draw_grid(canvas: Pen, frame: Frame, step: float) -> None:
    """Lines of equal value, each with its number."""
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.3)
    canvas.setFont(REGULAR, SMALL)
    canvas.setFillColor(FAINT)
    value = frame.low
    while value <= frame.high:
        y = frame.y(value)
        canvas.line(frame.left, y, frame.right, y)
        canvas.drawRightString(frame.left - 2, y - 2, f"{value:g}")
        value += step


def draw_time_axis(canvas: Pen, report: SessionReport, frames: Sequence[Frame], zone: str) -> None:
    """Minutes since the first drug, and the time of the clinic below."""
    started = report.course.started_at
    if started is None:
        return
    bottom = frames[-1]
    minutes = int((bottom.ends - bottom.begins).total_seconds() // 60)
    every = next((step for step in (10, 20, 30, 60) if minutes / step <= 16), 120)
    first = -int((started - bottom.begins).total_seconds() // 60 // every) * every
    for minute in range(first, minutes + 1, every):
        at = started.timestamp() + 60 * minute
        moment = datetime.fromtimestamp(at, tz=ZoneInfo(zone))
        if moment > bottom.ends:
            break
        x = bottom.x(moment)
        canvas.setStrokeColor(INK if minute == 0 else RULE)
        canvas.setLineWidth(0.5 if minute == 0 else 0.3)
        for frame in frames:
            canvas.line(x, frame.bottom, x, frame.top)
        canvas.setFillColor(INK if minute == 0 else FAINT)
        canvas.setFont(REGULAR, SMALL)
        canvas.drawCentredString(x, bottom.bottom - 7, f"{minute:+d}" if minute else "0 min")
        canvas.drawCentredString(x, bottom.bottom - 13.5, f"{moment:%H:%M}")


def draw_names(canvas: Pen, frame: Frame, words: Sequence[tuple[str, Color]]) -> None:
    """What a panel shows, in its upper left corner, each word in the colour of its line."""
    x, y = frame.left + 3, frame.top - 6.5
    for word, color in words:
        canvas.setFont(BOLD, SMALL)
        canvas.setFillColor(Color(1, 1, 1))
        canvas.rect(x - 1, y - 1.2, width_of(word, BOLD, SMALL) + 2, 6.4, stroke=0, fill=1)
        canvas.setFillColor(color)
        canvas.drawString(x, y, word)
        x += width_of(word, BOLD, SMALL) + 7


def draw_marks(canvas: Pen, report: SessionReport, frame: Frame) -> None:
    """Above the panels, a row each: checks, interventions by their number, alarms."""
    y = frame.top + 4
    _legend(canvas, frame)
    canvas.setLineWidth(0.6)
    for check in report.observations:
        at = check.done_at or check.due_at
        if at is None or not frame.begins <= at <= frame.ends:
            continue
        is_done = check.state is not CheckState.MISSED
        canvas.setStrokeColor(FAINT)
        canvas.setFillColor(FAINT)
        canvas.circle(frame.x(at), y, 1.5, stroke=1, fill=int(is_done))
    for number, deed in enumerate(report.interventions, start=1):
        if frame.begins <= deed.at <= frame.ends:
            canvas.setFillColor(INK)
            canvas.setFont(BOLD, SMALL)
            canvas.drawCentredString(frame.x(deed.at), y + 3.6, f"({number})")
    for alarm in report.alarms:
        words = {AlarmPriority.HIGH: "!!!", AlarmPriority.MEDIUM: "!!"}.get(alarm.priority)
        if words is None or not frame.begins <= alarm.began_at <= frame.ends:
            continue
        x = frame.x(alarm.began_at)
        canvas.setFillColor(INK)
        canvas.setFont(BOLD, SMALL)
        canvas.drawCentredString(x, y + 10.4, words)
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(0.4)
        canvas.setDash(1, 1.5)
        canvas.line(x, y + 9, x, frame.bottom)
        canvas.setDash()


def _legend(canvas: Pen, frame: Frame) -> None:
    canvas.setFillColor(FAINT)
    canvas.setFont(REGULAR, SMALL)
    y = frame.top + 2.2
    for text, up in (("checks", 0.0), ("(n) interventions", 7.2), ("alarms, !!! high", 14.4)):
        canvas.drawRightString(frame.right + 10 * MM, y + up, text)


def shade_pauses(canvas: Pen, report: SessionReport, frames: Sequence[Frame]) -> None:
    """Grey where the infusion was paused, through all panels."""
    canvas.setFillColor(_PAUSE)
    for pause in report.course.pauses:
        first, last = frames[0], frames[-1]
        x = first.x(pause.begins)
        wide = first.x(pause.ends or first.ends) - x
        canvas.rect(x, last.bottom, wide, first.top - last.bottom, stroke=0, fill=1)
