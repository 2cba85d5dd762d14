"""What every test relies on: a clinic, a clock that is set by hand, and no unexpected errors."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from infusion.configuration import ClinicConfiguration
from tests.fixtures.clinic import ManualClock, two_beds

# how long an example takes is the machine's business: other tests run beside it
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """Recordings and reference values from real devices."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the recordings in ../shared/data are absent")
    return SHARED_DATA


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def clinic() -> ClinicConfiguration:
    return two_beds()


@pytest.fixture(autouse=True)
def _no_unexpected_errors(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """An ERROR in the log fails a test that did not say it expects one."""
    yield
    if request.node.get_closest_marker("expects_errors"):
        return
    errors = [
        record
        for phase in ("setup", "call")
        for record in caplog.get_records(phase)
        # paho calls every lost connection an error; what we make of it is logged by ours
        if record.levelno >= logging.ERROR and not record.name.startswith("paho")
    ]
    assert not errors, [record.getMessage() for record in errors]
