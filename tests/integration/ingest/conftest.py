"""A worker as a process, and a device beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.ingest_side import Bedside
from tests.fixtures.mosquitto import Mosquitto
from tests.fixtures.processes import Program


@pytest.fixture
def environment(broker: Mosquitto, database_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings of this test's worker."""
    return {
        "HOURGLASS_MQTT_URL": broker.url,
        "HOURGLASS_DATABASE_URL": database_url,
        "HOURGLASS_DATA_DIR": str(tmp_path),
        "HOURGLASS_METRICS_PORT": "0",
    }


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator[Program]:
    """A worker that is not started yet."""
    program = Program(tmp_path / "ingest.log", "ingest", **environment)
    yield program
    program.kill()


@pytest.fixture
def bedside(broker: Mosquitto) -> Iterator[Bedside]:
    """A device that is connected, and hears what ingest says."""
    device = Bedside(broker)
    yield device
    device.close()
