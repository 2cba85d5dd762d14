"""A component of Dash as plain HTML, so that a plain page shows the very tile of the ward."""

from typing import Any, Final

import htpy as h
from dash.development.base_component import Component

_NAMES: Final = {"className": "class", "tabIndex": "tabindex", "htmlFor": "for", "href": "href"}
_ELEMENTS: Final = {"Link": "a"}


def as_html(component: Any) -> h.Node:  # noqa: ANN401 - whatever Dash takes as a child
    """The same as HTML. Only what stands in `dash.html`, and links."""
    if component is None or isinstance(component, str | int | float):
        return None if component is None else str(component)
    if isinstance(component, list | tuple):
        return [as_html(child) for child in component]
    assert isinstance(component, Component)
    described = component.to_plotly_json()
    props = described["props"]
    name = _ELEMENTS.get(described["type"], described["type"].lower())
    attributes: dict[str, Any] = {
        _NAMES.get(key, key): value for key, value in props.items() if key != "children"
    }
    element: h.Element = getattr(h, name)(attributes)
    children = props.get("children")
    return element if children is None else element[as_html(children)]
