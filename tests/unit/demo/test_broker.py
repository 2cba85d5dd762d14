"""Which broker the demonstration takes, and what it is told."""

from pathlib import Path

import pytest

from config.settings import MqttProtocol, Settings
from demo.broker import choose_broker, find_mosquitto


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("HOURGLASS_MQTT_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_broker_that_is_named_is_taken_and_none_is_run(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir, mqtt_url="mqtts://ward:s3cret@broker.example")
    broker = choose_broker(settings)
    assert broker.url == "mqtts://ward:s3cret@broker.example"
    assert broker.command is None
    assert broker.told == "broker: mqtts://ward@broker.example:8883, as set"
    assert list(data_dir.iterdir()) == []


def test_a_broker_named_in_the_environment_counts_as_named(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOURGLASS_MQTT_URL", "mqtt://broker.example")
    assert choose_broker(Settings(data_dir=data_dir)).command is None


def test_an_installed_mosquitto_is_run_with_a_queue_that_loses_nothing(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir, mqtt_port=2883)
    broker = choose_broker(settings, lambda: Path("/usr/sbin/mosquitto"))
    assert broker.url == "mqtt://127.0.0.1:2883"
    assert broker.command == ("/usr/sbin/mosquitto", "-c", str(data_dir / "mosquitto.conf"))
    conf = (data_dir / "mosquitto.conf").read_text().splitlines()
    assert "listener 2883 127.0.0.1" in conf
    assert f"persistence_location {data_dir}/broker/" in conf
    assert "max_queued_messages 1000000" in conf
    assert "autosave_interval 1" in conf
    assert not any("$" in line for line in conf if not line.startswith("#"))


def test_without_any_the_embedded_broker_is_announced_for_what_it_is(data_dir: Path) -> None:
    broker = choose_broker(Settings(data_dir=data_dir, mqtt_port=2883), lambda: None)
    assert "demonstration broker: no durable queue" in broker.told
    assert broker.protocol is MqttProtocol.V311
    assert broker.command is not None
    assert Path(broker.command[0]).parts[-3:] == (".venv-broker", "bin", "python")
    assert broker.command[-2:] == ("127.0.0.1", "2883")


def test_mosquitto_is_found_off_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "mosquitto"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("demo.broker._WITHOUT_PATH", str(tmp_path))
    assert find_mosquitto() == program
    program.unlink()
    assert find_mosquitto() is None


def test_both_shipped_configurations_keep_the_same_queue() -> None:
    """The demonstration shows what a clinic runs; its numbers are explained in one file."""
    folder = Path(__file__).resolve().parents[3] / "config" / "mosquitto"

    def limits(name: str) -> dict[str, str]:
        lines = (folder / name).read_text().splitlines()
        return dict(
            line.split(maxsplit=1)
            for line in lines
            if line.startswith(("max_", "autosave_", "persistent_", "persistence "))
        )

    assert limits("demonstration.conf") == limits("mosquitto.conf")
    assert limits("mosquitto.conf")["max_inflight_messages"] == "2000"
