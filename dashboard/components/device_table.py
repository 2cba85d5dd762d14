"""The devices of the clinic, one a line."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.inventory import DeviceRow
from vocabulary.states import DeviceLink

_HEADINGS = (
    "Device",
    "Place",
    "Kind",
    "Link",
    "Since",
    "Last seen",
    "Clock",
    "Power",
    "Missing",
    "Refused",
    "Make",
    "Serial",
    "Firmware",
)


def device_table(rows: Sequence[DeviceRow]) -> Component:
    """A table of devices; those at no bed are named as such."""
    if not rows:
        return html.P("No device has been heard yet, and none is fixed to a bed.")
    head = html.Thead(html.Tr([html.Th(text, scope="col") for text in _HEADINGS]))
    body = html.Tbody([_line(row) for row in rows])
    return html.Table([head, body], className="table")


def _line(row: DeviceRow) -> Component:
    cells = [
        html.Th(_name(row), scope="row"),
        html.Td(row.place, className="" if row.is_placed else "unplaced"),
        html.Td(row.kind),
        html.Td(_link(row)),
        html.Td(row.link_since),
        html.Td(row.last_seen),
        html.Td(html.Span(row.clock, className="badge" if row.clock_over_limit else "")),
        html.Td(row.power),
        html.Td(str(row.missing), className="count"),
        html.Td(_refused(row), className="count"),
        html.Td(row.make),
        html.Td(row.serial),
        html.Td(row.firmware),
    ]
    return html.Tr(cells, **{"data-device": row.device})


def _name(row: DeviceRow) -> list[Component | str]:
    simulated = [" ", html.Span("simulated", className="simulated")] if row.is_simulated else []
    return [row.device, *simulated]


def _link(row: DeviceRow) -> Component:
    state = "up" if row.link is DeviceLink.ONLINE else "down"
    return html.Span(row.link_text, className="device-link", **{"data-state": state})


def _refused(row: DeviceRow) -> Component | str:
    if row.refused == 0:
        return "0"
    return dcc.Link(str(row.refused), href=f"/devices?device={row.device}")
