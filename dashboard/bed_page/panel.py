"""The panel beside the trend: sections in order, each a function of the scene. Blocks."""

from collections.abc import Callable
from typing import Final

import htpy as h

from dashboard.bed_page.alarms import bed_alarms_view
from dashboard.bed_page.checks import intervention_section, observation_section
from dashboard.bed_page.controls import session_controls
from dashboard.bed_page.scene import BedScene
from dashboard.bed_page.scores import score_section
from dashboard.components.device_list import device_list
from dashboard.components.last_time_card import last_time_card
from dashboard.components.open_list import open_list
from dashboard.components.session_head import session_head
from dashboard.components.unassigned_list import unassigned_list
from dashboard.summaries import sessions_of, summaries_of
from infusion.preparation import what_is_open
from infusion.summary import last_time

Section = Callable[[BedScene], h.Node]


def head_section(scene: BedScene) -> h.Node:
    """Whose chair it is."""
    return None if scene.session is None else session_head(scene.session, scene.now, scene.zone)


def alarm_section(scene: BedScene) -> h.Node:
    """Active and recent alarms of the bed."""
    return bed_alarms_view(scene)


def open_section(scene: BedScene) -> h.Node:
    """What is open before the start, or should have been done."""
    if scene.session is None:
        return None
    found = what_is_open(scene.session, scene.parts.configuration)
    return open_list(found, scene.session.state) if found else None


def last_time_section(scene: BedScene) -> h.Node:
    """What happened last time."""
    session = scene.session
    if session is None:
        return None
    kept = sessions_of(scene.parts, session.patient.patient)
    earlier = [one for one in kept if one.session.id != session.id]
    last = last_time(summaries_of(scene.parts, earlier), session.started_at or scene.now)
    return last_time_card(last, scene.zone, scene.now)


def device_section(scene: BedScene) -> h.Node:
    """This bed's devices, and those that stand at no bed."""
    known = {device.device: device for device in scene.facts.devices}
    own = (
        None
        if scene.session is None
        else device_list(scene.session, known, scene.heard, is_live=scene.is_live)
    )
    return [own, unassigned_list(scene.facts.unassigned(), scene.session, scene.zone)]


SECTIONS: Final[tuple[Section, ...]] = (
    head_section,
    alarm_section,
    session_controls,
    observation_section,
    score_section,
    intervention_section,
    open_section,
    last_time_section,
    device_section,
)
"""What stands beside the trend, from top to bottom."""


def panel(scene: BedScene) -> h.Element:
    """Every section; it is fetched again every few seconds and put in place if it changed."""
    session = "" if scene.session is None else scene.session.id
    return h.div(".panel-inner", data_panel_session=session)[
        (section(scene) for section in SECTIONS)
    ]
