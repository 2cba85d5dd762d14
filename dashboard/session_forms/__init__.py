"""The forms of a session: one for each command that people may send (`infusion.commands`)."""

from typing import Final

from dashboard.session_forms import (
    accounting,
    adverse,
    alarm_review,
    amending,
    correcting,
    devices,
    handing_over,
    infusing,
    intervening,
    leaving,
    observing,
    ordering,
    preparing,
    profile,
    questions,
    reviewing,
    seconding,
)
from dashboard.session_forms.session_form import SessionForm

SESSION_FORMS: Final[tuple[SessionForm, ...]] = (
    *preparing.FORMS,
    *profile.FORMS,
    *questions.FORMS,
    *ordering.FORMS,
    *seconding.FORMS,
    *devices.FORMS,
    *correcting.FORMS,
    *infusing.FORMS,
    *leaving.FORMS,
    *observing.FORMS,
    *amending.FORMS,
    *intervening.FORMS,
    *adverse.FORMS,
    *handing_over.FORMS,
    *accounting.FORMS,
    *reviewing.FORMS,
    *alarm_review.FORMS,
)
"""Every form of a session; a new one is added to its module's FORMS."""


def find_form(name: str) -> SessionForm | None:
    """The form at `/session/<session>/do/<name>`."""
    return next((form for form in SESSION_FORMS if form.name == name), None)
