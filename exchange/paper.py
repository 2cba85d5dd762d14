"""Paper: fonts that are embedded, words that fit, lines under a heading.

Sizes are points (1/72 inch) from the lower left corner, as PDF has them.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from exchange.figures import Line
from exchange.svg_pen import SvgPen

REGULAR: Final = "Inter-Regular"
BOLD: Final = "Inter-SemiBold"
MM: Final = 72 / 25.4
INK: Final = HexColor(0x111111)
FAINT: Final = HexColor(0x6B6B6B)
RULE: Final = HexColor(0xC8C8C8)
AMISS: Final = HexColor(0x9A1B1B)
_FONTS: Final = Path(__file__).parent / "fonts"


Pen: TypeAlias = Canvas | SvgPen
"""What a picture is drawn with: on paper, or into a page."""


@cache
def make_fonts_known() -> frozenset[int]:
    """Make the fonts known to the library, once; returns the characters that both have."""
    known: list[set[int]] = []
    for name in (REGULAR, BOLD):
        font = TTFont(name, _FONTS / f"{name}.ttf")
        pdfmetrics.registerFont(font)
        known.append(set(font.face.charToGlyph))
    return frozenset(set.intersection(*known))


def printable(text: str) -> str:
    """`text` in characters that the fonts have: an accent less, or the character by its number.

    A name is never printed with a hole in it.
    """
    glyphs = make_fonts_known()
    if all(ord(character) in glyphs for character in text):
        return text
    found = []
    for character in unicodedata.normalize("NFC", text):
        plain = unicodedata.normalize("NFKD", character)
        known = "".join(part for part in plain if ord(part) in glyphs)
        if ord(character) in glyphs:
            found.append(character)
        elif known:
            found.append(known)
        elif character.isspace():
            found.append(" ")
        elif not unicodedata.combining(character):
            found.append(f"[U+{ord(character):04X}]")
    return "".join(found)


def width_of(text: str, font: str, size: float) -> float:
    """How wide printed text is."""
    make_fonts_known()
    return float(pdfmetrics.stringWidth(text, font, size))


def wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """`text` in lines that are no wider than `width`; a word that is wider is cut."""
    lines: list[str] = []
    line = ""
    for word in printable(text).split():
        while width_of(word, font, size) > width:
            if line:
                lines.append(line)
                line = ""
            cut = _fitting(word, font, size, width)
            lines.append(word[:cut])
            word = word[cut:]  # noqa: PLW2901 - the rest of the word goes on
        longer = f"{line} {word}" if line else word
        if line and width_of(longer, font, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines or [""]


def _fitting(word: str, font: str, size: float, width: float) -> int:
    count = len(word)
    while count > 1 and width_of(word[:count], font, size) > width:
        count -= 1
    return count


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Lines under a heading."""

    title: str
    lines: Sequence[Line]


class Column:
    """A column of the page into which blocks are set from the top until it is full."""

    def __init__(
        self, canvas: Canvas, left: float, top: float, width: float, bottom: float, size: float
    ) -> None:  # fmt: skip
        self._canvas = canvas
        self._left = left
        self._width = width
        self._bottom = bottom
        self._size = size
        self.top = top

    @property
    def _lead(self) -> float:
        return self._size * 1.28

    def set(self, block: Block, label_width: float) -> Block | None:
        """Set a block; returns what of it had no room, None if all had."""
        if self.top - 2.6 * self._lead < self._bottom:
            return block
        self._heading(block.title)
        for index, line in enumerate(block.lines):
            if not self._line(line, label_width):
                title = block.title if index == 0 else f"{block.title.partition(',')[0]}, continued"
                return Block(title=title, lines=block.lines[index:])
        self.top -= 0.45 * self._lead
        return None

    def _heading(self, title: str) -> None:
        canvas = self._canvas
        self.top -= self._lead
        canvas.setFillColor(INK)
        canvas.setFont(BOLD, self._size + 0.6)
        canvas.drawString(self._left, self.top, printable(title))
        self.top -= 0.28 * self._lead
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.4)
        canvas.line(self._left, self.top, self._left + self._width, self.top)

    def _line(self, line: Line, label_width: float) -> bool:
        canvas, size = self._canvas, self._size
        font = BOLD if line.is_amiss else REGULAR
        texts = wrapped(line.text, font, size, self._width - label_width)
        labels = wrapped(line.label, REGULAR, size, label_width - 4)
        height = max(len(texts), len(labels)) * self._lead
        if self.top - height < self._bottom:
            return False
        base = self.top
        canvas.setFillColor(FAINT)
        canvas.setFont(REGULAR, size)
        for number, text in enumerate(labels, start=1):
            canvas.drawString(self._left, base - number * self._lead, text)
        canvas.setFillColor(AMISS if line.is_amiss else INK)
        canvas.setFont(font, size)
        for number, text in enumerate(texts, start=1):
            canvas.drawString(self._left + label_width, base - number * self._lead, text)
        self.top -= height
        return True


def tinted(color: Color, share: float) -> Color:
    """A colour mixed with white."""
    return Color(
        1 - share * (1 - color.red), 1 - share * (1 - color.green), 1 - share * (1 - color.blue)
    )


def polyline(canvas: Pen, points: Iterable[tuple[float, float]]) -> None:
    """Draw a line through points; nothing for a single one."""
    found = list(points)
    if len(found) < 2:
        return
    if isinstance(canvas, SvgPen):
        canvas.polyline(found)
        return
    path = canvas.beginPath()
    path.moveTo(*found[0])
    for x, y in found[1:]:
        path.lineTo(x, y)
    canvas.drawPath(path, stroke=1, fill=0)
