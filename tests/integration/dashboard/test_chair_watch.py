"""A patient whose chair was taken out of the plan is told on every screen."""

from pathlib import Path

import msgspec
import pytest

from dashboard import chair_watch
from dashboard.chair_watch import TROUBLE
from tests.fixtures.clinic import two_beds
from tests.fixtures.clinic_site import clinic_site
from tests.fixtures.dashboard import eventually
from tests.fixtures.session import SESSION, infusing
from vocabulary.alarms import AlarmPriority
from vocabulary.ids import BedId


def test_a_patient_whose_chair_is_not_in_the_plan_is_a_medium_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chair_watch, "LOOK_EVERY_S", 0.1)
    clinic = two_beds()
    (ward,) = (plan for plan in clinic.wards if plan.ward == "north")
    renamed = msgspec.structs.replace(
        ward, beds=(msgspec.structs.replace(ward.beds[0], bed=BedId("one")), *ward.beds[1:])
    )
    with clinic_site(tmp_path, clinic=msgspec.structs.replace(clinic, wards=(renamed,))) as site:
        own = site.server.server.services.own_alarms
        assert TROUBLE not in {alarm.name for alarm in own.standing}
        site.take(SESSION, infusing().events)
        eventually(lambda: TROUBLE in {alarm.name for alarm in own.standing}, "it is not told")
        (alarm,) = (alarm for alarm in own.standing if alarm.name == TROUBLE)
        assert "a patient is on no screen: chair 1 of" in alarm.text
        assert alarm.priority is AlarmPriority.MEDIUM
