"""The addresses of plain pages and forms, beside Dash."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter

from dashboard.routes import bed, patients, planning, preparing, session_forms

ROUTERS: Final[tuple[Callable[[], APIRouter], ...]] = (
    patients.routes,
    planning.routes,
    preparing.routes,
    session_forms.routes,
    bed.routes,
)
"""Each makes its routes anew for every server."""
