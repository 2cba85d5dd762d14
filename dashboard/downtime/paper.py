"""A downtime sheet as one HTML file: nothing comes from elsewhere, and A4 when printed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Final

import htpy as h
from markupsafe import Markup

from dashboard.downtime.sheet import NUMBERS, DueLine, Sheet, VitalsLine
from infusion.patient import initials_of
from vocabulary.signals import SIGNALS

BLANK_LINES: Final = 12
WRITTEN: Final = ("BP", "HR", "SpO2", "RR", "Rate mL/h", "What was done", "Who")
"""What is written besides what a nurse judges."""
_STYLE: Final = """
@page { size: A4; margin: 10mm }
body { font: 12px/1.35 sans-serif; color: #000; background: #fff; margin: 1rem auto;
       max-width: 190mm }
h1 { font-size: 26px; margin: 0 } h2 { font-size: 14px; margin: 10px 0 3px;
     border-bottom: 1px solid #000 }
p, ul { margin: 2px 0 } ul { padding-left: 18px }
.made { border: 4px solid #000; padding: 6px 10px; margin: 0 0 8px }
.made strong { font-size: 34px; display: block } .made span { font-size: 20px; font-weight: bold }
.who { font-size: 16px } .parts { display: flex; gap: 16px } .parts > * { flex: 1 }
table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid #555; padding: 1px 4px; text-align: left; vertical-align: top }
.vitals td { font-variant-numeric: tabular-nums }
.paper td { height: 22px } .paper td:first-child { white-space: nowrap }
.overdue { font-weight: bold } .back { border: 1px solid #000; padding: 4px 8px; margin-top: 8px }
section { break-inside: avoid } .paper { break-inside: auto } tr { break-inside: avoid }
"""


def paper_of(sheet: Sheet) -> str:
    """The whole file of a sheet."""
    zone = sheet.zone
    return _file(
        f"{sheet.chair}, {_clock(sheet.made_at, zone)}",
        _made(sheet.made_at, zone),
        h.h1[f"{sheet.chair} · {sheet.state.value}"],
        _who(sheet),
        _list(sheet.around.situation[1:]),
        h.div(".parts")[
            h.section[h.h2["Order"], _list(sheet.order) or h.p["no order"]],
            h.section[h.h2["Dose so far"], _list(_dose(sheet))],
        ],
        h.section[
            h.h2[_alarms_title(sheet)],
            _list(sheet.alarms) or h.p["none" if sheet.heard_at else "not known"],
        ],
        h.section[h.h2["Background"], _list(sheet.around.background)],
        h.section[
            h.h2["Last observed, and what was done"],
            _list((*sheet.around.assessment, *sheet.around.happened)) or h.p["nothing"],
        ],
        _vitals(sheet.vitals, zone),
        _paper(sheet.due, sheet.columns, zone),
        _way_back(sheet),
    )


def cover_of(sheets: Sequence[tuple[str, Sheet]], made_at: datetime, zone: tzinfo) -> str:
    """The first file of the folder: which sheets there are, by file name, and of when."""
    return _file(
        f"Downtime sheets, {_clock(made_at, zone)}",
        _made(made_at, zone),
        h.h1["Downtime sheets"],
        h.p["Print each of them, and go on with paper. The bedside alarms are the alarms."],
        h.table[
            h.thead[h.tr[(h.th[name] for name in ("Ward", "Chair", "Patient", "State", "Made"))]],
            h.tbody[
                (
                    h.tr[
                        h.td[sheet.ward],
                        h.td[h.a(href=name)[sheet.chair]],
                        h.td[initials_of(sheet.patient)],
                        h.td[sheet.state.value],
                        h.td[_clock(sheet.made_at, zone)],
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
        h.strong[f"{made_at.astimezone(zone):%H:%M:%S}"],
        h.span[f"{made_at.astimezone(zone):%A %d %B %Y} · NOT LIVE: nothing here changes any more"],
    ]


def _who(sheet: Sheet) -> h.Element:
    patient = sheet.patient
    return h.p(".who")[
        h.strong[patient.name],
        f" · born {patient.date_of_birth:%d %B %Y} · {patient.identifier} · ",
        initials_of(patient),
        f" · session {sheet.session}",
    ]


def _dose(sheet: Sheet) -> Iterable[str]:
    yield from sheet.dose
    if sheet.ends_at is not None:
        yield f"ends about {_clock(sheet.ends_at, sheet.zone)} if it goes on like this"


def _alarms_title(sheet: Sheet) -> str:
    if sheet.heard_at is None:
        return "Alarms: this bed was not heard"
    return f"Alarms that stood at {sheet.heard_at.astimezone(sheet.zone):%H:%M:%S}"


def _list(lines: Iterable[str]) -> h.Node:
    found = list(lines)
    return h.ul[(h.li[line] for line in found)] if found else None


def _vitals(lines: Sequence[VitalsLine], zone: tzinfo) -> h.Element:
    if not lines:
        return h.section[h.h2["Vitals of the last hour"], h.p["none were measured"]]
    return h.section[
        h.h2["Vitals of the last hour, newest first"],
        h.table(".vitals")[
            h.thead[
                h.tr[
                    h.th["Time"],
                    (h.th[f"{SIGNALS[signal].label}"] for signal in NUMBERS),
                    h.th["BP mmHg"],
                ]
            ],
            h.tbody[
                (
                    h.tr[
                        h.td[_clock(line.at, zone)],
                        (h.td[line.numbers.get(signal, "")] for signal in NUMBERS),
                        h.td[line.pressure],
                    ]
                    for line in lines
                )
            ],
        ],
    ]


def _paper(due: Sequence[DueLine], columns: Sequence[str], zone: tzinfo) -> h.Element:
    written = (*columns, *WRITTEN)
    return h.section(".paper")[
        h.h2["Checks due, to be written here: the time it was seen, and what"],
        h.table[
            h.thead[h.tr[h.th["Due"], h.th["Check"], h.th["Seen at"],
                         (h.th[name] for name in written)]],
            h.tbody[
                (
                    h.tr(class_={"overdue": line.is_overdue})[
                        h.td[_clock(line.at, zone), " OVERDUE" if line.is_overdue else ""],
                        h.td[line.what],
                        h.td,
                        (h.td for _ in written),
                    ]
                    for line in due
                ),
                (h.tr[h.td, h.td, h.td, (h.td for _ in written)] for _ in range(BLANK_LINES)),
            ],
        ],
    ]  # fmt: skip


def _way_back(sheet: Sheet) -> h.Element:
    path = f"/session/{sheet.session}/do/observe"
    return h.p(".back")[
        "Back from paper: when Hourglass runs again, open the bed, Observations (",
        path,
        "), and enter each line with the time it was seen and the reason under ",
        h.strong["From paper, because"],
        ". The time of entry is kept beside it. One reason for the whole outage.",
    ]


def _clock(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"
