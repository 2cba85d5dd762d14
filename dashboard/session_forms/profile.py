"""The form that chooses which checks a session has, before its first drug."""

from typing import Final

import htpy as h

from dashboard.forms.fields import ChoiceField, Field, TextField
from dashboard.forms.form import Sent
from dashboard.session_forms.infusing import REASON
from dashboard.session_forms.session_form import Commands, Scene, SessionForm
from infusion import commands as c
from infusion.configuration import ClinicConfiguration
from infusion.observations.commands import ChooseProfile
from infusion.patient import Person
from infusion.schedule import plan_of, usual_plan

PROFILE: Final = "profile"
PROFILE_REASON: Final = "profile_reason"
PROFILE_REASONS: Final = (
    "first infusion", "dissociated long last time", "two hours as a rule", "also in pain",
)  # fmt: skip


def profile_field(configuration: ClinicConfiguration, initial: str = "") -> ChoiceField:
    """Which checks; without an answer those that are usual for the indication."""
    profiles = configuration.schedule.profiles
    return ChoiceField(
        name=PROFILE,
        label="Checks",
        options=[(profile.profile, profile.label) for profile in profiles],
        initial=initial,
        as_list=False,
    )


def profile_fields_of_plan(configuration: ClinicConfiguration) -> tuple[Field, ...]:
    """As they are asked while a session is planned: whoever says nothing gets the usual ones."""
    profiles = configuration.schedule.profiles
    return (
        ChoiceField(
            name=PROFILE,
            label="Checks",
            options=[("", "As usual"), *((p.profile, p.label) for p in profiles)],
            as_list=False,
            is_required=False,
            aside="as usual for the indication",
        ),
        TextField(
            name=PROFILE_REASON,
            label="Why other checks than usual",
            suggestions=PROFILE_REASONS,
            is_required=False,
        ),
    )


def chosen_at_planning(
    sent: Sent, plan: c.PlanSession, configuration: ClinicConfiguration, by: Person
) -> tuple[ChooseProfile, ...]:
    """The choice, where it is another one than the usual."""
    wanted = sent.get(PROFILE)
    if wanted is None or usual_plan(plan.indication, configuration).profile == wanted:
        return ()
    return (ChooseProfile(by=by, profile=wanted, reason=sent.get(PROFILE_REASON) or ""),)


def _fields(scene: Scene) -> tuple[Field, ...]:
    configuration = scene.parts.configuration
    held = plan_of(scene.session, configuration)
    return (
        profile_field(configuration, held.profile),
        TextField(name=REASON, label="Reason", suggestions=PROFILE_REASONS),
    )


def _explain(scene: Scene) -> h.Node:
    configuration = scene.parts.configuration
    held = plan_of(scene.session, configuration)
    usual = usual_plan(scene.session.indication, configuration)
    return h.p[
        "Now: ",
        h.strong[held.label],
        (
            f" (usual for this indication: {usual.label}). The checks are laid out when the first "
            "drug goes in, and cannot be changed after that; closer checks come by themselves."
        ),
    ]


def _make(scene: Scene, sent: Sent) -> Commands:
    return ChooseProfile(by=scene.by, profile=sent.values[PROFILE], reason=sent.values[REASON])


FORMS: Final = (
    SessionForm(
        name="profile",
        title="Which checks",
        submit="Choose these checks",
        command=ChooseProfile,
        fields=_fields,
        explain=_explain,
        make=_make,
        done="Checks chosen",
    ),
)
