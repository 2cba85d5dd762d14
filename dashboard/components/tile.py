"""One bed of the ward screen, before the live page has filled it in."""

from typing import Final

from dash import html
from dash.development.base_component import Component

from dashboard.components.alarm_line import alarm_line
from dashboard.components.number import Shown, minor, vital
from infusion.configuration import BedPlan

VITALS: Final = (
    Shown("spo2", "SpO2", "%", "spo2"),
    Shown("nibp", "BP", "mmHg", "nibp"),
    Shown("hr", "HR", "/min", "hr"),
)
MINOR: Final = (
    Shown("rr", "RR", "/min", "resp"),
    Shown("etco2", "EtCO2", "mmHg", "resp"),
    Shown("temp", "Temp", "°C", "nibp"),
)
PUMP: Final = (
    Shown("pump_state", "", "", "drug", is_hook=False),
    Shown("rate", "", "mL/h", "drug"),
    Shown("dose_rate", "", "mg/kg/h", "drug", is_hook=False),
)
DOSE: Final = (
    Shown("dose", "", "", "drug"),
    Shown("volume", "", "mL", "drug", is_hook=False),
    Shown("remaining", "", "mL left", "drug", is_hook=False),
)
MEAN: Final = Shown("map", "mean", "", "nibp", is_hook=False)
_LONGEST_NUMBER = 4


def tile(plan: BedPlan, href: str = "", *, calls_help: bool = False) -> Component:
    """The tile of a bed: bed line, alarm line, vitals, what is due next, dose, past minutes.

    `href`: where its bed leads, for people; nowhere on an enrolled screen. `calls_help`: touching
    the bed asks whether to call for help there.
    """
    return html.Article(
        className="tile",
        children=[
            _bed_line(plan, href, calls_help=calls_help),
            html.Div(html.Div(className="bar-fill"), className="bar"),
            alarm_line(plan.label),
            html.Div([_vital(shown) for shown in VITALS], className="vitals"),
            html.Div([minor(shown) for shown in MINOR], className="row row-minor"),
            *_rows(),
        ],
        **{
            "data-bed": plan.bed,
            "data-alarm-priority": "none",
            "data-session-state": "none",
            "data-known": "no",
        },
    )


def _rows() -> list[Component]:
    """What is due, the pump, what is open, the dose, past minutes: dropped first, from the end."""
    due = [html.Span(className="due", **{"data-next-due": ""}), html.Span(className="note")]
    pump = [*(minor(shown) for shown in PUMP), html.Span(className="drug")]
    dose = [
        minor(DOSE[0]),
        html.Span(className="ordered"),
        *(minor(shown) for shown in DOSE[1:]),
        html.Span(className="ends"),
    ]
    sparks = [_spark("SpO2", "spo2", "spo2"), _spark("SBP", "sbp", "nibp")]
    return [
        html.Div(due, className="row row-due"),
        html.Div(pump, className="row row-pump"),
        html.Div(html.Span(className="steps"), className="row row-open"),
        html.Div(dose, className="row row-dose"),
        html.Div(sparks, className="row row-spark"),
    ]


def split_label(label: str) -> tuple[str, str]:
    """A bed's label as a word and what tells it from the others: "Chair 12" -> "Chair", "12"."""
    word, _, number = label.rpartition(" ")
    return (word, number) if word and len(number) <= _LONGEST_NUMBER else ("", label)


def _vital(shown: Shown) -> Component:
    return vital(shown, minor(MEAN)) if shown.name == "nibp" else vital(shown)


def _spark(label: str, name: str, colour: str) -> Component:
    """A small line of the past minutes; its picture is drawn by the page."""
    return html.Div(
        className=f"spark c-{colour}",
        children=[
            html.Span(label, className="label"),
            html.Span(
                className="spark-plot", role="img", **{"aria-label": f"{label}, nothing yet"}
            ),
        ],
        **{"data-spark": name, "data-state": "never"},
    )


def _bed_name(plan: BedPlan, href: str, *, calls_help: bool) -> Component | list[Component | str]:
    word, number = split_label(plan.label)
    long = " is-long" if len(number) > _LONGEST_NUMBER else ""
    name = [
        html.Span(word, className="bed-word"),
        " ",
        html.Span(number, className=f"bed-number{long}"),
    ]
    if href:
        return html.A(name, href=href, className="bed-link")
    if not calls_help:
        return name
    return html.Button(
        name,
        type="button",
        className="bed-link bed-call",
        **{"data-call-help": plan.label, "aria-label": f"{plan.label}: call for help"},
    )


def _bed_line(plan: BedPlan, href: str, *, calls_help: bool) -> Component:
    return html.Header(
        className="bed-line",
        children=[
            html.H2(className="bed", children=_bed_name(plan, href, calls_help=calls_help)),
            html.Div(
                className="session",
                children=[
                    html.Div(className="call", **{"data-call-text": ""}),
                    html.Div(
                        className="session-line",
                        children=[
                            html.Span(className="session-state"),
                            html.Span(className="session-since"),
                        ],
                    ),
                    html.Div(
                        className="session-about",
                        children=[
                            html.Span(className="initials"),
                            html.Span(className="series"),
                            html.Span(className="nurse"),
                            html.Span("simulated", className="simulated", hidden=True),
                        ],
                    ),
                ],
            ),
            html.Div(
                className="minutes",
                children=[
                    html.Span(className="minutes-number", **{"data-minutes": ""}),
                    html.Span(className="minutes-word"),
                ],
                **{"data-state": "never"},
            ),
        ],
    )
