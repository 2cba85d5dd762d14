"""The ward's components as plain HTML."""

from dash import html

from dashboard.components.as_html import as_html
from dashboard.components.tile import tile
from infusion.configuration import BedPlan
from vocabulary.ids import BedId


def test_a_component_is_the_same_as_html() -> None:
    made = html.Div(
        ["a < b", html.Span("x", className="soft", hidden=True), None],
        className="row",
        tabIndex=0,
        **{"data-of": "hr"},  # Dash keeps no order of several such attributes
    )
    assert str(as_html(made)) == (
        '<div class="row" tabindex="0" data-of="hr">a &lt; b'
        '<span class="soft" hidden>x</span></div>'
    )


def test_a_tile_keeps_its_hooks() -> None:
    page = str(as_html(tile(BedPlan(bed=BedId("4"), label="Chair 4"))))
    assert 'data-bed="4"' in page
    assert 'data-signal="spo2"' in page
    assert 'data-alarm-priority="none"' in page
