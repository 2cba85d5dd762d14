"""Real brokers and real databases for the integration tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.mosquitto import MOSQUITTO, Mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running Mosquitto of this test's own."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    mosquitto = Mosquitto(tmp_path / "broker")
    mosquitto.start()
    yield mosquitto
    mosquitto.kill()
