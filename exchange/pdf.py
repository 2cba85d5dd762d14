"""A session on one page of A4: the same figures as on the screen, drawn without a browser.

The same report gives the same bytes. Fonts are embedded, the picture is in vectors, and the hash
of what was signed is printed, so that paper and record can be held against each other.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

import msgspec
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from exchange import figures, findings, seals
from exchange.figures import Clock, Line, clock_of
from exchange.paper import (
    AMISS,
    BOLD,
    FAINT,
    INK,
    MM,
    REGULAR,
    RULE,
    Block,
    Column,
    make_fonts_known,
    printable,
    width_of,
)
from exchange.picture import draw_picture
from infusion.report import SessionReport, content_hash, sealed_content

_WIDE, _HIGH = A4
_LEFT: Final = 12 * MM
_RIGHT: Final = _WIDE - 12 * MM
_TOP: Final = _HIGH - 10 * MM
_BOTTOM: Final = 15 * MM
_GAP: Final = 6 * MM
_PICTURE: Final = 96 * MM
_SIZES: Final = (7.8, 7.4, 7.0, 6.6, 6.2, 5.8, 5.4)
"""Points; the first at which everything fits is taken."""


class Letterhead(msgspec.Struct, frozen=True, kw_only=True):
    """What the clinic puts on its paper: its name, and the time zone (tz database) of its times."""

    clinic: str
    zone: str


def session_pdf(report: SessionReport, head: Letterhead) -> bytes:
    """One page of A4. What has no room even in the smallest print is counted on the page."""
    for size in _SIZES[:-1]:
        page, left_out = _drawn(report, head, size)
        if not left_out:
            return page
    return _drawn(report, head, _SIZES[-1])[0]


def _drawn(report: SessionReport, head: Letterhead, size: float) -> tuple[bytes, int]:
    buffer = BytesIO()
    make_fonts_known()
    canvas = Canvas(
        buffer,
        pagesize=A4,
        invariant=1,
        pageCompression=1,
        initialFontName=REGULAR,  # type: ignore[arg-type]  # its stubs say float, it is a name
        lang="en",
    )
    seal = content_hash(sealed_content(report))
    canvas.setTitle(printable(f"Infusion record {report.session}"))
    canvas.setAuthor(printable(head.clinic))
    canvas.setSubject(f"SHA-256 {seal}")
    canvas.setCreator("Hourglass")
    clock = clock_of(report, head.zone)
    top = _header(canvas, report, head, clock)
    top = _upper_blocks(canvas, report, clock, top, size)
    picture_bottom = top - _PICTURE
    draw_picture(canvas, report, (_LEFT, picture_bottom, _RIGHT, top), head.zone)
    left_out = _lower_blocks(canvas, report, clock, picture_bottom - 1 * MM, size)
    _footer(canvas, report, seal, left_out)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue(), left_out


def _header(canvas: Canvas, report: SessionReport, head: Letterhead, clock: Clock) -> float:
    y = _TOP - 4 * MM
    right = printable(f"{head.clinic} · infusion record")
    name = printable(f"{report.patient.family_name}, {report.patient.given_name}")
    date = printable(f"{clock.day}, times in {head.zone}")
    room = _RIGHT - _LEFT - max(width_of(words, REGULAR, 8) for words in (right, date)) - _GAP
    size = min(13.0, 13.0 * room / width_of(name, BOLD, 13.0))
    canvas.setFillColor(INK)
    canvas.setFont(BOLD, size)
    canvas.drawString(_LEFT, y, name)
    canvas.setFont(REGULAR, 8)
    canvas.setFillColor(FAINT)
    canvas.drawRightString(_RIGHT, y + 7, right)
    canvas.drawRightString(_RIGHT, y - 2, date)
    y -= 5 * MM
    _who(canvas, report, y)
    y -= 2.2 * MM
    for words in figures.warnings(report):
        y -= 3.4 * MM
        canvas.setFillColor(AMISS)
        canvas.setFont(BOLD, 8.5)
        canvas.drawString(_LEFT, y, words)
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.7)
    canvas.line(_LEFT, y - 1.2 * MM, _RIGHT, y - 1.2 * MM)
    return y - 1.6 * MM


def _who(canvas: Canvas, report: SessionReport, y: float) -> None:
    """Patient and session in one line, in a size at which it fits."""
    lines = figures.who(report)
    between = 9.0
    size = 7.4
    wide = sum(width_of(f"{line.label} {printable(line.text)}", REGULAR, size) for line in lines)
    size *= min(1.0, (_RIGHT - _LEFT - between * (len(lines) - 1)) / wide)
    x = _LEFT
    canvas.setFont(REGULAR, size)
    for line in lines:
        canvas.setFillColor(FAINT)
        canvas.drawString(x, y, line.label)
        x += width_of(f"{line.label} ", REGULAR, size)
        canvas.setFillColor(INK)
        text = printable(line.text)
        canvas.drawString(x, y, text)
        x += width_of(text, REGULAR, size) + between


def _upper_blocks(
    canvas: Canvas, report: SessionReport, clock: Clock, top: float, size: float
) -> float:
    """Order, times and dose side by side; returns where the lowest of them ends."""
    width = (_RIGHT - _LEFT - 2 * _GAP) / 3
    blocks = (
        Block(title="Order", lines=figures.order(report, clock)),
        Block(title="Infusion", lines=figures.times(report, clock)),
        Block(title="Dose", lines=figures.dose(report, clock)),
    )
    lowest = top
    for number, block in enumerate(blocks):
        column = Column(canvas, _LEFT + number * (width + _GAP), top, width, _BOTTOM, size)
        column.set(block, 2.2 * MM * size)
        lowest = min(lowest, column.top)
    return lowest


def _lower_blocks(
    canvas: Canvas, report: SessionReport, clock: Clock, top: float, size: float
) -> int:
    """Everything else in two columns; what the left one has no room for goes on in the right one.

    Returns how many lines had no room at all.
    """
    width = (_RIGHT - _LEFT - _GAP) / 2
    label_width = 2.5 * MM * size
    left = Column(canvas, _LEFT, top, width, _BOTTOM, size)
    right = Column(canvas, _LEFT + width + _GAP, top, width, _BOTTOM, size)
    over = [left.set(block, label_width) for block in _left_blocks(report, clock)]
    blocks = [*_right_blocks(report, clock), *(block for block in over if block is not None)]
    out = [right.set(block, label_width) for block in blocks]
    return sum(len(block.lines) for block in out if block is not None)


def _left_blocks(report: SessionReport, clock: Clock) -> list[Block]:
    deeds = findings.interventions(report, clock)
    numbered = [
        Line(line.label, f"({number}) {line.text}", line.is_amiss)
        for number, line in enumerate(deeds, start=1)
    ]
    return [
        _block("Preparation", findings.preparation(report, clock)),
        _block("Vital signs", figures.vital_signs(report, clock)),
        _block("Alarms", findings.alarms(report)),
        _block("Interventions", numbered),
        _block("Rate changes", figures.rate_changes(report, clock)),
        _block("Observations", findings.observations(report, clock)),
    ]


def _right_blocks(report: SessionReport, clock: Clock) -> list[Block]:
    return [
        _block("Signatures", seals.signatures(report)),
        *_addenda(report, clock),
        _block("Drug balance, mg", findings.balance(report)),
        _block("Discharge", findings.discharge(report, clock)),
        _block("Completeness", findings.completeness(report, clock)),
        _block("Devices", findings.devices(report)),
    ]


def _addenda(report: SessionReport, clock: Clock) -> list[Block]:
    lines = seals.addenda(report, clock)
    return [_block("Addenda", lines)] if lines else []


def _block(title: str, lines: Sequence[Line]) -> Block:
    return Block(title=title, lines=lines or (Line("", "none"),))


def _footer(canvas: Canvas, report: SessionReport, seal: str, left_out: int) -> None:
    y = _BOTTOM - 4 * MM
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.4)
    canvas.line(_LEFT, y + 3 * MM, _RIGHT, y + 3 * MM)
    canvas.setFont(REGULAR, 6)
    canvas.setFillColor(INK)
    canvas.drawString(_LEFT, y, f"SHA-256 of the content: {seal}")
    canvas.drawRightString(_RIGHT, y, printable(f"{report.session} · page 1 of 1"))
    y -= 8
    canvas.setFillColor(AMISS)
    canvas.setFont(BOLD, 6.5)
    if left_out:
        canvas.drawString(_LEFT, y, f"{left_out} more lines have no room here: see the record.")
    elif report.sealed and report.sealed != seal:
        canvas.drawString(_LEFT, y, "The content has changed since it was signed: see the addenda.")
