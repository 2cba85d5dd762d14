"""Going home over HTTP: not before everything is answered and well, and then at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from infusion.answers import Choice, Number
from infusion.observations.events import Basis, ObservationsRecorded, ObservedItem
from infusion.observations.values import Level, Value
from infusion.session_events import Discharged
from tests.fixtures.clinic_site import Site, clinic_site, form_of
from tests.fixtures.measured import monitor_between, store
from tests.fixtures.session import NORA, SESSION, recovering
from vocabulary.ids import ObservationId
from vocabulary.states import SessionState

DISCHARGE, HOME = f"/session/{SESSION}/do/discharge", f"/session/{SESSION}/do/home"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clinic_site(tmp_path) as running:
        running.take(SESSION, recovering().events)
        yield running


def yes(site: Site) -> dict[str, str]:
    """Every question before going home, answered with yes."""
    return {f"home-{item.item}": "yes" for item in site.clinic.discharge.items}


def observe(site: Site, **values: Value) -> None:
    now = datetime.now(UTC)
    found = ObservationsRecorded(
        session=SESSION, at=now, by=NORA, observation=ObservationId(f"o-{now.isoformat()}"),
        set="whole",
        observed=tuple(
            ObservedItem(item=item, value=value, basis=Basis.JUDGED)
            for item, value in values.items()
        ),
    )  # fmt: skip
    site.take(SESSION, [found])


def test_a_patient_goes_home_only_when_every_criterion_is_met(site: Site) -> None:
    page = site.get(DISCHARGE).text
    assert "Not yet, because" in page
    assert "MOAA/S missing" in page
    assert "Stands and walks steadily" in page
    refused = site.send(DISCHARGE, escort="Max", **yes(site))
    assert refused.status == 422
    assert "not yet, because" in refused.text
    assert site.session(SESSION).state is SessionState.RECOVERY
    assert site.session(SESSION).home_answers == {}

    now = datetime.now(UTC)
    store(site.record, monitor_between("monitor-1", now - timedelta(minutes=10), now))
    observe(
        site, sedation=Level(level=5), safety=Choice(option="none"),
        spo2=Number(value=Decimal(97), unit="%"),
    )  # fmt: skip
    assert site.send(HOME, **{"home-steady": "yes"}).status == 303
    page = site.get(DISCHARGE).text
    assert "not answered: Oriented, no dissociation" in page
    assert "not answered: Stands and walks steadily" not in page
    gone = site.send(DISCHARGE, escort="Max", **yes(site))
    assert gone.status == 303, gone.text
    session = site.session(SESSION)
    assert isinstance(session.closed, Discharged)
    assert session.home_answers == {item.item: True for item in site.clinic.discharge.items}


def test_a_high_safety_screen_keeps_the_patient_here(site: Site) -> None:
    now = datetime.now(UTC)
    store(site.record, monitor_between("monitor-1", now - timedelta(minutes=10), now))
    observe(
        site, sedation=Level(level=5), safety=Choice(option="high"),
        spo2=Number(value=Decimal(97), unit="%"),
    )  # fmt: skip
    refused = site.send(DISCHARGE, escort="Max", **yes(site))
    assert refused.status == 422
    assert "not yet, because: C-SSRS high" in refused.text


def test_a_handover_is_drafted_from_the_record_edited_and_signed(site: Site) -> None:
    observe(site, sedation=Level(level=5))
    handover = f"/session/{SESSION}/do/handover"
    page = site.get(handover).text
    assert "Situation" in page
    assert "Anna Muster (AM), recovery since" in page
    assert "Sedation (MOAA/S) 5" in page
    action, held = form_of(page)
    held["text"] = held["draft"] + "\nWaits for her sister."
    assert site.post(action, held | {"to": "Olga"}).status == 303
    (given,) = site.session(SESSION).handovers
    assert (given.by.printed_name, given.to) == ("Nora Nurse", "Olga")
    assert given.text.endswith("Waits for her sister.")
    assert given.drafted == held["draft"].replace("\r\n", "\n").strip()
