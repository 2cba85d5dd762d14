"""The addresses of plain pages and forms, beside Dash."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter

from dashboard.routes import (
    bed,
    course,
    drafts,
    next_five,
    patients,
    planning,
    preparing,
    session_forms,
    sign_off,
    worklist,
)

ROUTERS: Final[tuple[Callable[[], APIRouter], ...]] = (
    patients.routes,
    planning.routes,
    preparing.routes,
    session_forms.routes,
    sign_off.routes,
    bed.routes,
    course.routes,
    worklist.routes,
    drafts.routes,
    next_five.routes,
)
"""Each makes its routes anew for every server."""
