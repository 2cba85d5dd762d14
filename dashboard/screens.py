"""The screens of Hourglass, as the server takes them."""

from typing import Final

from dashboard.app import Screens
from dashboard.callbacks import register_callbacks
from dashboard.pages import register_pages
from dashboard.routes import ROUTERS
from dashboard.view_models import tile_frame

SCREENS: Final = Screens(register_pages, register_callbacks, tile_frame, ROUTERS)
