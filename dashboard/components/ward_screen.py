"""The whole ward screen: strip, banner, one tile for each bed of the plan, veil."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.banner import banner
from dashboard.components.strip import strip
from dashboard.components.tile import tile
from dashboard.components.veil import veil
from infusion.configuration import WardPlan
from vocabulary.roles import Audience


def ward_screen(plan: WardPlan, audience: Audience, *, is_screen: bool) -> Component:
    """The screen of a ward; `is_screen` for one that is enrolled and that nobody touches."""
    hrefs = {} if is_screen else {bed.bed: f"/ward/{plan.ward}/bed/{bed.bed}" for bed in plan.beds}
    calls_help = is_screen and audience is Audience.STAFF
    return html.Main(
        className="ward",
        children=[
            strip(plan.label, audience, has_menu=not is_screen, ward=plan.ward),
            banner(),
            html.Section(
                className="grid",
                children=[
                    tile(bed, hrefs.get(bed.bed, ""), calls_help=calls_help) for bed in plan.beds
                ],
                **{"aria-label": "beds"},
            ),
            veil(),
        ],
        **{
            "data-ward": plan.ward,
            "data-audience": audience.value,
            "data-login": "screen" if is_screen else "person",
            "data-feed": "down",
        },
    )
