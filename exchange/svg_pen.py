"""Strokes and words as SVG: as much of ReportLab's canvas as a picture needs.

Sizes are points from the lower left corner, as on paper.
"""

from collections.abc import Iterable
from html import escape
from typing import Final

from reportlab.lib.colors import Color

_ANCHORS: Final = {"left": "start", "centre": "middle", "right": "end"}
_BOLD: Final = "SemiBold"


class SvgPen:
    """Draws into `parts`, SVG elements in their order; `height` of the whole, points."""

    def __init__(self, height: float) -> None:
        self.parts: list[str] = []
        self._height = height
        self._stroke = self._fill = "#000000"
        self._width = 1.0
        self._dash = ""
        self._font = 'font-family="Inter, sans-serif" font-size="8"'

    def setStrokeColor(self, color: Color, /) -> None:  # noqa: N802 - ReportLab's name
        """The colour of lines."""
        self._stroke = _hex(color)

    def setFillColor(self, color: Color, /) -> None:  # noqa: N802 - ReportLab's name
        """The colour of areas and words."""
        self._fill = _hex(color)

    def setLineWidth(self, width: float, /) -> None:  # noqa: N802 - ReportLab's name
        """How wide lines are."""
        self._width = width

    def setDash(self, *lengths: float) -> None:  # noqa: N802 - ReportLab's name
        """Strokes and gaps of lines; none for whole lines."""
        told = " ".join(f"{length:g}" for length in lengths)
        self._dash = f' stroke-dasharray="{told}"' if told else ""

    def setFont(self, name: str, size: float, /) -> None:  # noqa: N802 - ReportLab's name
        """The letters of words."""
        weight = ' font-weight="600"' if name.endswith(_BOLD) else ""
        self._font = f'font-family="Inter, sans-serif" font-size="{size:g}"{weight}'

    def line(self, x1: float, y1: float, x2: float, y2: float, /) -> None:
        """A straight line."""
        self.polyline([(x1, y1), (x2, y2)])

    def rect(self, x: float, y: float, wide: float, high: float, /, stroke: int, fill: int) -> None:
        """A rectangle."""
        self.parts.append(
            f'<rect x="{x:.2f}" y="{self._height - y - high:.2f}" width="{max(0.0, wide):.2f}" '
            f'height="{max(0.0, high):.2f}" {self._ink(stroke=stroke, fill=fill)}/>'
        )

    def circle(self, x: float, y: float, radius: float, /, stroke: int, fill: int) -> None:
        """A circle."""
        self.parts.append(
            f'<circle cx="{x:.2f}" cy="{self._height - y:.2f}" r="{radius:g}" '
            f"{self._ink(stroke=stroke, fill=fill)}/>"
        )

    def drawString(self, x: float, y: float, text: str, /) -> None:  # noqa: N802 - ReportLab's name
        """Words from a point on."""
        self._words((x, y), text, "left")

    def drawCentredString(self, x: float, y: float, text: str, /) -> None:  # noqa: N802 - as above
        """Words around a point."""
        self._words((x, y), text, "centre")

    def drawRightString(self, x: float, y: float, text: str, /) -> None:  # noqa: N802 - as above
        """Words up to a point."""
        self._words((x, y), text, "right")

    def polyline(self, points: Iterable[tuple[float, float]]) -> None:
        """A line through points."""
        told = " ".join(f"{x:.2f},{self._height - y:.2f}" for x, y in points)
        self.parts.append(f'<polyline points="{told}" {self._ink(stroke=1, fill=0)}/>')

    def _ink(self, *, stroke: int, fill: int) -> str:
        line = f'stroke="{self._stroke}" stroke-width="{self._width:g}"{self._dash}'
        area = self._fill if fill else "none"
        return f'fill="{area}" {line}' if stroke else f'fill="{area}"'

    def _words(self, at: tuple[float, float], text: str, side: str) -> None:
        x, y = at
        self.parts.append(
            f'<text x="{x:.2f}" y="{self._height - y:.2f}" text-anchor="{_ANCHORS[side]}" '
            f'fill="{self._fill}" {self._font}>{escape(text)}</text>'
        )


def _hex(color: Color) -> str:
    parts = (color.red, color.green, color.blue)
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)
