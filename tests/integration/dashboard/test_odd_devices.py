"""Whatever the devices of a session told, its pages can be opened and it can be taken out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exchange.writing import Format
from infusion.ward_state import StreamState
from ingest.clocks import DeviceClocks
from ingest.stream import Sequencer
from tests.fixtures.chaos import MESSAGES, Chaos
from tests.fixtures.clinic_site import clinic_site
from tests.fixtures.running_hour import record_hour

BED = "/ward/demo/bed/1"
PATHS = (
    BED, f"{BED}/panel", f"{BED}/trend", "/patient/p1", "/worklist", "/ward/demo/next", "/devices",
    "/session/s1/observations", "/session/s1/prepare", "/session/s1/sign-off",
    "/session/s1/do/observe", *(f"/session/s1/export/{wanted.value}" for wanted in Format),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_every_page_and_every_export_can_be_had(tmp_path: Path, seed: int) -> None:
    with clinic_site(tmp_path / "record") as site:
        now = datetime.now(UTC)
        record_hour(site, now)
        clocks = DeviceClocks(site.clinic.clocks, {})
        reserve = site.record.reserve_positions
        sequencer = Sequencer(site.clinic, clocks, [], StreamState(), reserve)
        sequencer.reserve(10 * MESSAGES)
        batch = sequencer.order([*Chaos(seed, now - timedelta(minutes=50), "demo").messages()])
        with site.record.write() as transaction:
            transaction.store(batch.inputs)
        found = {path: site.get(path).status for path in PATHS}
    assert found == dict.fromkeys(PATHS, 200)
