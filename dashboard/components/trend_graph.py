"""A graph: the one place that puts one on a page, so that none can send itself away."""

from typing import Any

import htpy as h
import msgspec
from markupsafe import Markup

from dashboard import kept_files
from dashboard.trends.figure import CONFIG, SIGNS


def plotly_script() -> h.Element:
    """Plotly's script, from this server, kept by browsers until it changes."""
    return h.script(src=kept_files.plotly_script().address, defer=True)


def trend_graph(label: str, figure: dict[str, Any], **data: str) -> h.Element:
    """A graph that the page's script draws; `data`: its hooks, such as where its news come from."""
    held = {"figure": figure, "config": CONFIG}
    return h.div(".trend", role="group", aria_label=label, data_trend="", **data)[
        h.div(".trend-plot", data_trend_plot=""),
        h.p(".trend-wait")["Drawing …"],
        h.script(type="application/json", data_trend_figure="")[in_script(held)],
    ]


def mark_key() -> h.Element:
    """What the marks above a trend are; a finger on a screen points at none of them."""
    return h.p(".trend-key")[(h.span[f"{sign} {kind.value}"] for kind, sign in SIGNS.items())]


def in_script(value: Any) -> Markup:  # noqa: ANN401 - whatever JSON holds
    """JSON that can stand in a script element: nothing in it ends the element."""
    text = msgspec.json.encode(value).decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - every sign of HTML in it is escaped
