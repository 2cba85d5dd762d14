"""The lower half of a sheet: the checks that fall due, and lines to write them on by hand.

Blank lines fill what is left of the page: those that find no room stand in a column beyond its
edge and are not printed, so that the sheet is one page whatever else stands on it.
"""

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Final

import htpy as h

from dashboard.downtime.sheet import DueLine
from dashboard.local_time import clock_text

DUE_SHOWN: Final = 8
"""Checks with a line of their own; of later ones is told how many, and until when."""
BLANK_LINES: Final = 24
"""More than a page has room for."""
NOTE_LINES: Final = 1
_VITAL: Final = ("BP", "HR", "SpO2", "RR", "Rate mL/h")
_DONE: Final = ("What was done", "Who")
_WIDTHS_MM: Final = {
    "Due": 37, "Seen at": 13, "BP": 20, "HR": 11, "SpO2": 13, "RR": 10, "Rate mL/h": 14, "Who": 14,
}  # fmt: skip
"""Wide enough for a hand; what a nurse judges and what was done share the rest."""

STYLE: Final = """
.lines > div, .blank > div { display: grid; grid-template-columns: var(--columns); width: 100% }
.lines { border-top: 2px solid #000 }
.lines span, .blank span { border: 0 solid #000; border-width: 0 1px 1px 0; padding: 1px 3px;
    min-height: 7.6mm; font-size: 10px; line-height: 1.2; overflow-wrap: anywhere }
.lines span:first-child, .blank span:first-child { border-left-width: 1px }
.head span { font-weight: bold; min-height: 0 }
.overdue span { font-weight: bold }
.blank { flex: 1 1 0; min-height: 23mm; display: flex; flex-flow: column wrap; overflow: hidden }
.notes { flex: none } .notes p { border-bottom: 1px solid #000; height: 7.6mm; margin: 0;
    font-size: 10px }
"""


def lines_to_write(due: Sequence[DueLine], columns: Sequence[str], zone: tzinfo) -> h.Fragment:
    """The checks that fall due, each with its line, and blank lines; `columns`: what is judged."""
    written = ("Seen at", *columns, *_VITAL, *_DONE)
    widths = " ".join(_width(name) for name in ("Due", *written))
    shown, later = due[:DUE_SHOWN], due[DUE_SHOWN:]
    return h.fragment[
        h.h2["Checks due: write the time it was seen, and what"],
        h.div(".lines", style=f"--columns: {widths}")[
            h.div(".head")[h.span["Due"], (h.span[name] for name in written)],
            (_line(line, len(written), zone) for line in shown),
            h.p[_told(later, zone)] if later else None,
        ],
        h.div(".blank", aria_hidden="true", style=f"--columns: {widths}")[
            (h.div[h.span, (h.span for _ in written)] for _ in range(BLANK_LINES))
        ],
        h.div(".notes")[
            h.p["Notes, drugs given, prescriber called, who was told:"],
            (h.p for _ in range(NOTE_LINES)),
        ],
    ]


def _width(name: str) -> str:
    known = _WIDTHS_MM.get(name)
    return "minmax(14mm, 1fr)" if known is None else f"{known}mm"


def _line(line: DueLine, cells: int, zone: tzinfo) -> h.Element:
    late = " OVERDUE" if line.is_overdue else ""
    return h.div(class_={"overdue": line.is_overdue})[
        h.span[f"{clock_text(line.at, zone)}{late} {line.what}"], _empty(cells)
    ]


def _empty(cells: int) -> Iterable[h.Element]:
    return (h.span for _ in range(cells))


def _told(later: Sequence[DueLine], zone: tzinfo) -> str:
    more = "one more check" if len(later) == 1 else f"{len(later)} more checks"
    until = clock_text(later[-1].at, zone)
    return f"and {more} until {until}: on the blank lines, then on the back of this page"
