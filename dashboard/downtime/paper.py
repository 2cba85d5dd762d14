"""A downtime sheet as one HTML file: nothing comes from elsewhere, and A4 when printed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Final

import htpy as h
from markupsafe import Markup

from dashboard.downtime import lines
from dashboard.downtime.sheet import NUMBERS, Sheet, VitalsLine
from dashboard.local_time import clock_text, second_text
from infusion.baseline import CuffPressure
from infusion.handover import Sbar
from infusion.patient import initials_of
from vocabulary.signals import SIGNALS

ALARMS_SHOWN: Final = 4
HAPPENED_SHOWN: Final = 7
"""Of what was done the last; of the rest is told how much there is. What a patient must not be
given is never left out.
"""
_STYLE: Final = (
    """
@page { size: A4; margin: 8mm }
* { box-sizing: border-box }
:root { color-scheme: light }
body { font: 10.5px/1.25 "Liberation Sans", Arial, Helvetica, sans-serif; color: #000;
       background: #fff; margin: 1rem auto; width: 194mm }
h1 { font-size: 22px; margin: 0 } h2 { font-size: 12px; margin: 5px 0 2px;
     border-bottom: 1px solid #000 }
p, ul { margin: 1px 0 } ul { padding-left: 14px }
.sheet { height: 280mm; display: flex; flex-direction: column; margin: 0 }
.made { border: 4px solid #000; padding: 3px 8px; margin: 0 0 4px; display: flex; flex-wrap: wrap;
        align-items: baseline; justify-content: space-between; column-gap: 12px }
.made strong { font-size: 44px; line-height: 1.05 }
.made span { font-size: 16px; font-weight: bold }
.who { font-size: 14px } .parts { display: flex; gap: 10px; align-items: flex-start }
.parts > * { flex: 1 } .parts > .numbers { flex: 0 0 84mm }
table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid #000; padding: 0 4px; text-align: left; vertical-align: top }
.vitals td { font-variant-numeric: tabular-nums }
.back { border: 1px solid #000; padding: 2px 6px; margin: 4px 0 0 }
@media print { body { margin: 0 } }
"""
    + lines.STYLE
)


def paper_of(sheet: Sheet) -> str:
    """The whole file of a sheet: one page."""
    zone = sheet.zone
    return _file(
        f"{sheet.chair}, {clock_text(sheet.made_at, zone)}",
        h.main(".sheet")[
            _made(sheet.made_at, zone),
            h.h1[f"{sheet.chair} · {sheet.state.value}"],
            _who(sheet),
            _list(sheet.around.situation[1:]),
            h.div(".parts")[
                h.div[_known(sheet)],
                h.div(".numbers")[_vitals(sheet.vitals, sheet.highest, zone), _seen(sheet.around)],
            ],
            lines.lines_to_write(sheet.due, sheet.columns, zone),
            _way_back(sheet),
        ],
    )


def cover_of(sheets: Sequence[tuple[str, Sheet]], made_at: datetime, zone: tzinfo) -> str:
    """The first file of the folder: which sheets there are, by file name, and of when."""
    return _file(
        f"Downtime sheets, {clock_text(made_at, zone)}",
        _made(made_at, zone),
        h.h1["Downtime sheets"],
        h.p["Print each of them, one page, and go on with it. The bedside alarms are the alarms."],
        h.table[
            h.thead[h.tr[(h.th[name] for name in ("Ward", "Chair", "Patient", "State", "Made"))]],
            h.tbody[
                (
                    h.tr[
                        h.td[sheet.ward],
                        h.td[h.a(href=name)[sheet.chair]],
                        h.td[initials_of(sheet.patient)],
                        h.td[sheet.state.value],
                        h.td[clock_text(sheet.made_at, zone)],
                    ]
                    for name, sheet in sheets
                )
            ],
        ]
        if sheets
        else h.p["Nobody was in a chair."],
    )  # fmt: skip


def _file(title: str, *children: h.Node) -> str:
    page = h.html(lang="en")[
        h.head[
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            h.title[title],
            h.style[Markup(_STYLE)],  # noqa: S704 - our own text
        ],
        h.body[children],
    ]
    return str(page)


def _made(made_at: datetime, zone: tzinfo) -> h.Element:
    return h.div(".made")[
        h.strong[second_text(made_at, zone)],
        h.span[f"{made_at.astimezone(zone):%A %d %B %Y}", h.br, "NOT LIVE: nothing here changes"],
    ]


def _who(sheet: Sheet) -> h.Element:
    patient = sheet.patient
    return h.p(".who")[
        h.strong[patient.name],
        f" · born {patient.date_of_birth:%d %B %Y} · {patient.identifier} · ",
        initials_of(patient),
        f" · session {sheet.session}",
    ]


def _known(sheet: Sheet) -> h.Fragment:
    """What was ordered and given, what stands, and whom it concerns."""
    return h.fragment[
        h.h2["Order"],
        _list(sheet.order) or h.p["no order"],
        h.h2["Dose so far"],
        _list(_dose(sheet)),
        h.h2[_alarms_title(sheet)],
        _list(_first(sheet.alarms)) or h.p["none" if sheet.heard_at else "not known"],
        h.h2["Background"],
        _list(sheet.around.background),
    ]


def _seen(around: Sbar) -> h.Fragment:
    return h.fragment[
        h.h2["Last observed, and what was done"],
        _list((*around.assessment, *_last(around.happened))) or h.p["nothing"],
    ]


def _first(alarms: Sequence[str]) -> Iterable[str]:
    yield from alarms[:ALARMS_SHOWN]
    if len(alarms) > ALARMS_SHOWN:
        yield f"and {len(alarms) - ALARMS_SHOWN} more"


def _last(happened: Sequence[str]) -> Iterable[str]:
    if len(happened) > HAPPENED_SHOWN:
        yield f"{len(happened) - HAPPENED_SHOWN} earlier: see the record"
    yield from happened[-HAPPENED_SHOWN:]


def _dose(sheet: Sheet) -> Iterable[str]:
    yield from sheet.dose
    if sheet.ends_at is not None:
        yield f"ends about {clock_text(sheet.ends_at, sheet.zone)} if it goes on like this"


def _alarms_title(sheet: Sheet) -> str:
    if sheet.heard_at is None:
        return "Alarms: this bed was not heard"
    return f"Alarms that stood at {second_text(sheet.heard_at, sheet.zone)}"


def _list(lines: Iterable[str]) -> h.Node:
    found = list(lines)
    return h.ul[(h.li[line] for line in found)] if found else None


def _vitals(vitals: Sequence[VitalsLine], highest: CuffPressure | None, zone: tzinfo) -> h.Fragment:
    title = h.h2["Vitals of the last hour, newest first"]
    if not vitals:
        return h.fragment[title, h.p["none were measured"], _highest(highest, zone)]
    names = ("Time", *(SIGNALS[signal].label for signal in NUMBERS), "BP mmHg, at")
    return h.fragment[
        title,
        h.table(".vitals")[
            h.thead[h.tr[(h.th[name] for name in names)]],
            h.tbody[
                (
                    h.tr[
                        h.td[clock_text(line.at, zone)],
                        (h.td[line.numbers.get(signal, "")] for signal in NUMBERS),
                        h.td["" if line.cuff is None else _pressure(line.cuff, zone)],
                    ]
                    for line in vitals
                )
            ],
        ],
        _highest(highest, zone),
    ]


def _highest(cuff: CuffPressure | None, zone: tzinfo) -> h.Element | None:
    return None if cuff is None else h.p[f"highest BP so far {_pressure(cuff, zone)}"]


def _pressure(cuff: CuffPressure, zone: tzinfo) -> str:
    return f"{cuff.sys:.0f}/{cuff.dia:.0f}, {clock_text(cuff.observed_at, zone)}"


def _way_back(sheet: Sheet) -> h.Element:
    path = f"/session/{sheet.session}/do/observe"
    return h.p(".back")[
        "Back from paper: when Hourglass runs again, open the bed, Observations (",
        path,
        "), and enter each line with the time it was seen and the reason under ",
        h.strong["From paper, because"],
        ". The time of entry is kept beside it. One reason for the whole outage.",
    ]
