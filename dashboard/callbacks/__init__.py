"""What happens when somebody uses a page, and the shell around every page."""

from dash import Dash

from dashboard.callbacks import devices
from dashboard.components.shell import INDEX


def register_callbacks(app: Dash) -> None:
    """Declare every callback on `app`, and give it the document its pages stand in."""
    app.index_string = INDEX
    devices.register(app)
