"""The scores of the session, each with its reasons, and the forms of those that suit the moment."""

import htpy as h

from dashboard.bed_page.scene import BedScene
from dashboard.components.score_view import newest_of_each, score_view
from dashboard.session_forms.session_form import form_path
from infusion.decisions import allowed
from infusion.observations.commands import RecordObservations
from infusion.scored import scores_of


def score_section(scene: BedScene) -> h.Node:
    """What each scale said last, and where to enter it again."""
    session = scene.session
    if session is None:
        return None
    configuration = scene.parts.configuration
    may = RecordObservations in allowed(session, scene.by, configuration.sessions)
    forms = [
        form
        for form in configuration.observations.sets
        if may and form.scale and form.is_offered(session.state)
    ]
    found = newest_of_each(scores_of(session, configuration))
    if not forms and not found:
        return None
    return h.section(".card", aria_label="scores")[
        h.h2["Scores"],
        [score_view(score, scene.zone, scene.now) for score in found],
        h.div(".buttons")[
            (
                h.a(
                    ".link-button",
                    href=form_path(session.id, "observe", set=form.set, next=scene.path),
                    data_do=f"observe-{form.set}",
                )[form.label]
                for form in forms
            )
        ],
    ]
