"""What the demonstration plays, starts and tells."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from config.settings import Settings
from demo.broker import Broker
from demo.memory import RECORD, Hour, Memory, recall, remember
from demo.plan import (
    GOES_ON_FOR,
    HISTORY,
    Plan,
    base_url,
    choose_hour,
    environment_of,
    memory_file,
    ports_of,
    programs_of,
    where_to_look,
)

OWN_BROKER = Broker(url="mqtt://127.0.0.1:2883", told="", command=("mosquitto", "-c", "m.conf"))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return Settings(data_dir=tmp_path, http_port=8051, mqtt_port=2883, metrics_port=9109)


def plan_with(settings: Settings, broker: Broker) -> Plan:
    starts_at = datetime(2026, 3, 1, 8, 20, 30, 250_000, tzinfo=UTC)
    return Plan(settings, broker, Hour(seed=42, starts_at=starts_at))


def test_four_processes_stay_and_the_broker_is_a_child_of_none_of_them(settings: Settings) -> None:
    programs = programs_of(plan_with(settings, OWN_BROKER))
    assert [program.name for program in programs] == ["broker", "ingest", "dashboard", "devices"]
    assert [program.place for program in programs] == [1, 2, 3, 4]
    assert programs[0].command == OWN_BROKER.command
    assert programs[1].command == (sys.executable, "-m", "ingest")


def test_somebody_elses_broker_is_not_run(settings: Settings) -> None:
    theirs = Broker(url="mqtt://broker.example:1883", told="")
    names = [program.name for program in programs_of(plan_with(settings, theirs))]
    assert names == ["ingest", "dashboard", "devices"]
    assert "HOURGLASS_MQTT_PORT" not in [need.variable for need in ports_of(settings, theirs)]


def test_the_devices_go_on_where_their_history_ends(settings: Settings) -> None:
    plan = plan_with(settings, OWN_BROKER)
    assert plan.simulation[1:] == (
        "-m", "simulator", "run", "ward8", "--seed", "42",
        "--ward", "demo", "--start", "2026-03-01T08:20:30.250+00:00",
    )  # fmt: skip
    assert programs_of(plan)[-1].command == (
        *plan.simulation, "--connect-when", "http://127.0.0.1:9109/healthz"
    )  # fmt: skip


def test_devices_wait_for_nobody_where_ingest_tells_nothing_of_itself(settings: Settings) -> None:
    silent = settings.model_copy(update={"metrics_port": 0})
    plan = plan_with(silent, OWN_BROKER)
    assert programs_of(plan)[-1].command == plan.simulation


def test_every_port_that_is_listened_on_is_checked(settings: Settings) -> None:
    needs = {need.variable: need.port for need in ports_of(settings, OWN_BROKER)}
    assert needs == {
        "HOURGLASS_HTTP_PORT": 8051,
        "HOURGLASS_MQTT_PORT": 2883,
        "HOURGLASS_METRICS_PORT": 9109,
    }


def test_processes_are_given_the_broker_the_record_and_that_it_is_a_show(
    settings: Settings,
) -> None:
    given = environment_of(plan_with(settings, OWN_BROKER), {"HOME": "/home/nurse"})
    assert given["HOME"] == "/home/nurse"
    assert given["HOURGLASS_MQTT_URL"] == "mqtt://127.0.0.1:2883"
    assert given["HOURGLASS_DATABASE_URL"] == settings.database_url
    assert given["HOURGLASS_MQTT_PROTOCOL"] == "auto"
    assert given["HOURGLASS_DEMONSTRATION"] == "true"


def test_the_line_to_open_is_exactly_as_people_know_it(settings: Settings) -> None:
    settings = Settings(data_dir=settings.data_dir)
    memory = Memory(record="r", logins=(), token="t0ken")
    assert where_to_look(settings, memory)[0] == (
        "ward screen: http://127.0.0.1:8050/ward/demo?token=t0ken"
    )


def test_an_ipv6_address_is_written_in_brackets(settings: Settings) -> None:
    loopback = Settings(data_dir=settings.data_dir, http_host="::1", http_port=8050)
    assert base_url(loopback) == "http://[::1]:8050"


NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def a_record(settings: Settings) -> Path:
    """A record and a broker's store as a demonstration leaves them."""
    (settings.data_dir / "broker").mkdir()
    (settings.data_dir / "broker" / "mosquitto.db").touch()
    (settings.data_dir / f"{RECORD}-wal").touch()
    record = settings.data_dir / RECORD
    record.write_text("the first")
    return record


def remember_hour(settings: Settings, starts_at: datetime) -> Memory:
    memory = recall(memory_file(settings), settings.database_url)
    made = tuple(msgspec.structs.replace(login, made=True) for login in memory.logins)
    memory = msgspec.structs.replace(
        memory, logins=made, token="t0ken", hour=Hour(seed=7, starts_at=starts_at)
    )
    remember(memory_file(settings), memory)
    return memory


def test_the_first_ward_began_long_enough_ago_for_an_hour_to_be_complete(
    settings: Settings,
) -> None:
    said: list[str] = []
    memory, hour = choose_hour(settings, NOW, said.append)
    assert hour.starts_at == NOW - HISTORY
    assert memory.hour == hour
    assert recall(memory_file(settings), settings.database_url) == memory
    assert said == []


def test_a_young_ward_is_gone_on_with(settings: Settings) -> None:
    record = a_record(settings)
    before = remember_hour(settings, NOW - GOES_ON_FOR)
    said: list[str] = []
    memory, hour = choose_hour(settings, NOW, said.append)
    assert memory == before
    assert hour.seed == 7
    assert record.exists()
    assert said == ["going on with the ward of before"]


def test_an_old_ward_is_set_aside_and_nothing_of_it_is_lost(settings: Settings) -> None:
    record = a_record(settings)
    before = remember_hour(settings, NOW - GOES_ON_FOR - timedelta(seconds=1))
    said: list[str] = []
    memory, hour = choose_hour(settings, NOW, said.append)
    place = settings.data_dir / "earlier" / "2026-03-01T10-00-00"
    assert hour.starts_at == NOW - HISTORY
    assert memory.token is None
    assert [login.password for login in memory.logins] == [
        login.password for login in before.logins
    ]
    assert not record.exists()
    assert (place / RECORD).read_text() == "the first"
    assert sorted(path.name for path in place.iterdir()) == ["broker", RECORD, f"{RECORD}-wal"]
    assert list((settings.data_dir / "broker").iterdir()) == []
    assert said == [f"beginning anew; the record of before is in {place}"]


def test_a_record_that_was_deleted_is_begun_anew(settings: Settings) -> None:
    remember_hour(settings, NOW - HISTORY)
    memory, hour = choose_hour(settings, NOW, lambda _: None)
    assert hour.seed != 7
    assert not any(login.made for login in memory.logins)
    assert memory.token is None


def test_a_database_that_was_chosen_is_never_set_aside(settings: Settings, tmp_path: Path) -> None:
    chosen = settings.model_copy(update={"database_url": "postgresql://db/hourglass"})
    record = a_record(chosen)
    remember_hour(chosen, NOW - GOES_ON_FOR - timedelta(days=1))
    memory, hour = choose_hour(chosen, NOW, lambda _: None)
    assert hour.starts_at == NOW - HISTORY
    assert memory.token == "t0ken"
    assert record.exists()
