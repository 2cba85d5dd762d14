"""The wards of the clinic, to choose a screen."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from infusion.configuration import WardPlan


def ward_list(wards: Sequence[WardPlan]) -> Component:
    """A link to each ward's screen, with its number of beds, and to what comes next there."""
    return html.Ul(
        className="ward-list",
        children=[
            html.Li(
                [
                    dcc.Link(
                        href=f"/ward/{plan.ward}",
                        className="ward-link",
                        children=[
                            html.Span(plan.label, className="ward-link-name"),
                            html.Span(_beds(plan), className="ward-link-beds"),
                        ],
                    ),
                    html.A("Next five minutes", href=f"/ward/{plan.ward}/next", className="quiet"),
                ]
            )
            for plan in wards
        ],
    )


def _beds(plan: WardPlan) -> str:
    return "1 bed" if len(plan.beds) == 1 else f"{len(plan.beds)} beds"
