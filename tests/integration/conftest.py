"""Real brokers and real databases for the integration tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from record import connections
from record.database import Database
from record.migrate import migrate
from record.store import Record, open_record
from tests.fixtures.migrated import migrated_sqlite
from tests.fixtures.mosquitto import MOSQUITTO, Mosquitto
from tests.fixtures.postgresql import BINARIES, PostgreSql

HERE = Path(__file__).parent
LONGEST_S = 400
"""Of a test that has no limit of its own: what hangs is ended, what a busy machine slows is not."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Scores take minutes, most of them waiting: they begin first, and others run beside them."""
    items.sort(key=lambda item: item.path.parent.name != "simulator")
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LONGEST_S))


@pytest.fixture(scope="session", autouse=True)
def _idle_for_long() -> Iterator[None]:
    """A test that is held up amid a look at PostgreSQL is not thrown out after ten seconds."""
    options = connections._SERVER_OPTIONS
    longer = options.replace("session_timeout=10000", "session_timeout=300000")
    assert longer != options
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connections, "_SERVER_OPTIONS", longer)
        yield


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running Mosquitto of this test's own."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed: apt install mosquitto")
    mosquitto = Mosquitto(tmp_path / "broker")
    mosquitto.start()
    yield mosquitto
    mosquitto.kill()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """A running PostgreSQL of this test run's own."""
    if BINARIES is None:
        pytest.skip("postgresql is not installed: apt install postgresql")
    cluster = PostgreSql()
    cluster.start()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: PostgreSql) -> str:
    """The name of a database with the tables of this version, to be copied."""
    url = postgresql.new_database()
    database = Database(url)
    migrate(database, patience_s=60)
    database.close()
    return url.rpartition("/")[2]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated record, in each of the two databases."""
    if request.param == "sqlite":
        return migrated_sqlite(tmp_path / "record.sqlite3")
    cluster: PostgreSql = request.getfixturevalue("postgresql")
    return cluster.new_database(request.getfixturevalue("migrated_postgresql"))


@pytest.fixture
def record(database_url: str) -> Iterator[Record]:
    """A migrated record, opened."""
    opened = open_record(database_url)
    yield opened
    opened.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The database of a migrated record, as commands that look into it open it."""
    opened = Database(database_url)
    yield opened
    opened.close()
