"""A number that the live page fills in, with its label, unit, change and state."""

from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

NOTHING_YET = "··"
"""Stands where no reading has come yet; looks like no number."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How a number is shown: its name, label, unit and colour; `is_hook` where tests rely on it.

    `colour` is one of hr, spo2, resp, nibp, drug (ward.md, Look).
    """

    name: str
    label: str
    unit: str
    colour: str
    is_hook: bool = True


def vital(shown: Shown, beside: Component | None = None) -> Component:
    """A large number: label and unit above it, its age or what is wrong with it below.

    `beside` stands next to the age.
    """
    return html.Div(
        className=f"vital vital-{shown.name} c-{shown.colour}",
        children=[
            html.Div(
                className="vital-label",
                children=[
                    html.Span(shown.label, className="label"),
                    html.Span(shown.unit, className="unit"),
                    html.Span(className="delta"),
                ],
            ),
            digits(shown),
            html.Div(
                className="vital-below",
                children=[html.Span(className="sub"), *([] if beside is None else [beside])],
            ),
        ],
        **{"data-of": shown.name},
    )


def minor(shown: Shown) -> Component:
    """A small number in a line: label, number, unit; its age or what is wrong beside it."""
    return html.Span(
        className=f"minor c-{shown.colour}",
        children=[
            *([html.Span(shown.label, className="label")] if shown.label else []),
            digits(shown),
            *([html.Span(shown.unit, className="unit")] if shown.unit else []),
            html.Span(className="sub"),
        ],
        **{"data-of": shown.name},
    )


def digits(shown: Shown) -> Component:
    """The number itself, before anything is known of it."""
    hooks = {"data-number": shown.name, "data-state": "never"}
    if shown.is_hook:
        hooks["data-signal"] = shown.name
    return html.Span(NOTHING_YET, className="number", **hooks)
