"""A signature before the patient leaves stands for what was read, whatever the devices tell."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from infusion.events import InfusionEnded
from infusion.signature_events import Meaning
from tests.fixtures.clinic_site import Site, clinic_site, form_of
from tests.fixtures.dashboard import PASSWORD
from tests.fixtures.measured import DEMO
from tests.fixtures.running_hour import record_hour
from tests.fixtures.session import fact
from vocabulary.ids import SessionId

S1 = SessionId("s1")
PAGE = "/session/s1/sign-off"
AUTHORISED = {"meaning": "discharge-authorised", "password": PASSWORD}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with clinic_site(tmp_path) as running:
        record_hour(running, is_measured=False)
        ended = msgspec.structs.replace(fact(InfusionEnded, datetime.now(UTC)), ward=DEMO)
        running.take(S1, [ended], "ingest")
        yield running


def test_a_discharge_is_authorised_while_time_passes_but_not_over_what_was_done_meanwhile(
    site: Site,
) -> None:
    action, held = form_of(site.get(PAGE, as_="paul").text, "cosign")
    assert site.send("/session/s1/do/note", text="feels well").status == 303
    changed = site.post(action, held | AUTHORISED, as_="paul")
    assert changed.status == 422
    assert "the session has changed since you looked at it" in changed.text
    signed = site.send(PAGE, as_="paul", form_="cosign", **AUTHORISED)
    assert signed.status == 303, signed.text
    [signature] = site.session(S1).signatures
    assert signature.meaning is Meaning.DISCHARGE_AUTHORISED
