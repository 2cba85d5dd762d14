"""The addresses of the screens and what each lays out."""

import dash

from dashboard.pages import devices, home, ward


def register_pages() -> None:
    """Tell Dash of every page. Layouts are called for each request, with its login."""
    dash.register_page("ward", path_template="/ward/<ward>", title=ward.title, layout=ward.layout)
    dash.register_page("devices", path="/devices", title="Devices", layout=devices.layout)
    dash.register_page("home", path="/", title="Hourglass", layout=home.layout)
