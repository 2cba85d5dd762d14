"""The addresses of plain pages and forms, beside Dash."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter

from dashboard.routes import (
    alarm_deeds,
    alarms,
    bed,
    bed_help,
    course,
    drafts,
    fhir,
    hold_back,
    kept_files,
    limits,
    next_five,
    observations,
    off_monitor,
    own_alarms,
    patients,
    planning,
    preparing,
    self_test,
    session_forms,
    sign_off,
    worklist,
)

ROUTERS: Final[tuple[Callable[[], APIRouter], ...]] = (
    patients.routes,
    planning.routes,
    preparing.routes,
    session_forms.routes,
    observations.routes,
    sign_off.routes,
    bed.routes,
    course.routes,
    worklist.routes,
    drafts.routes,
    next_five.routes,
    bed_help.routes,
    alarms.routes,
    alarm_deeds.routes,
    hold_back.routes,
    own_alarms.routes,
    limits.routes,
    off_monitor.routes,
    self_test.routes,
    fhir.routes,
    kept_files.routes,
)
"""Each makes its routes anew for every server."""
