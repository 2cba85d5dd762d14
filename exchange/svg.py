"""The picture of the paper as SVG, for a page that is printed: the same strokes, the same words."""

from html import escape
from typing import Final

from exchange.paper import MM
from exchange.picture import draw_picture
from exchange.svg_pen import SvgPen
from infusion.report import SessionReport

WIDE: Final = 190 * MM
HIGH: Final = 74 * MM


def picture_svg(report: SessionReport, zone: str, label: str) -> str:
    """The hour as an SVG element as wide as its place; `label` says what it is."""
    pen = SvgPen(HIGH)
    draw_picture(pen, report, (0.0, 0.0, WIDE, HIGH), zone)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE:.1f} {HIGH:.1f}" role="img" '
        f'aria-label="{escape(label)}">{"".join(pen.parts)}</svg>'
    )
