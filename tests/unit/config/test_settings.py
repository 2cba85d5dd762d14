"""Where settings come from, and how a bad one is told."""

import logging
import traceback
from pathlib import Path

import pytest

from config.broker_address import BrokerAddress, parse_mqtt_url
from config.problems import BadConfiguration
from config.settings import LogLevel, MqttClient, MqttProtocol, Settings, read_settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.upper().startswith("HOURGLASS_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refusal() -> list[str]:
    with pytest.raises(BadConfiguration) as caught:
        read_settings()
    return str(caught.value).splitlines()


def test_without_anything_set_the_documented_defaults_hold(tmp_path: Path) -> None:
    settings = read_settings()
    assert settings.data_dir == Path("data")
    assert settings.database_url == f"sqlite:///{tmp_path}/data/hourglass.sqlite3"
    assert settings.mqtt_url == "mqtt://127.0.0.1:1883"
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8050)
    assert (settings.metrics_host, settings.metrics_port) == ("127.0.0.1", 9108)
    assert settings.worker_id == "ingest-1"
    assert settings.wards == ()
    assert settings.mqtt_client is MqttClient.BUFFERED
    assert settings.mqtt_protocol is MqttProtocol.AUTO
    assert settings.log_level is LogLevel.INFO
    assert not settings.demonstration
    assert not settings.secure_cookies
    assert (settings.config_dir / "wards.yaml").is_file()


def test_the_database_and_the_broker_follow_the_data_dir_and_the_port(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOURGLASS_DATA_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("HOURGLASS_MQTT_PORT", "2883")
    settings = read_settings()
    assert settings.database_url == f"sqlite:///{tmp_path}/elsewhere/hourglass.sqlite3"
    assert settings.broker == BrokerAddress("127.0.0.1", 2883, None, None, tls=False)


def test_the_environment_comes_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "hourglass.toml").write_text('http_port = 9001\nworker_id = "night"\n')
    monkeypatch.setenv("HOURGLASS_HTTP_PORT", "9002")
    settings = read_settings()
    assert settings.http_port == 9002
    assert settings.worker_id == "night"


def test_a_settings_file_may_be_anywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "etc" / "clinic.toml"
    file.parent.mkdir()
    file.write_text('wards = ["a", "b"]\n')
    monkeypatch.setenv("HOURGLASS_SETTINGS", str(file))
    assert read_settings().wards == ("a", "b")


def test_lists_are_separated_by_commas_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOURGLASS_WARDS", "east, west")
    monkeypatch.setenv("HOURGLASS_PUBLIC_ORIGINS", "https://ward.example,https://ward.example:8443")
    settings = read_settings()
    assert settings.wards == ("east", "west")
    assert settings.public_origins == ("https://ward.example", "https://ward.example:8443")


def test_every_bad_value_is_told_with_its_source_key_and_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "hourglass.toml").write_text('max_batch = 0\nhttp_prot = 1\nlog_level = "LOUD"\n')
    monkeypatch.setenv("HOURGLASS_MQTT_URL", "http://broker")
    monkeypatch.setenv("HOURGLASS_MQTT_PORT", "abc")
    told = refusal()
    assert any(line.startswith("environment: HOURGLASS_MQTT_PORT: ") for line in told)
    assert "hourglass.toml: max_batch: should be greater than or equal to 1, not 0" in told
    assert "hourglass.toml: http_prot: no such key; check its spelling" in told
    assert any(line.startswith("hourglass.toml: log_level: should be 'DEBUG', ") for line in told)
    assert "environment: HOURGLASS_MQTT_URL: must begin with mqtt:// or mqtts://" in told
    assert len(told) == 5


def test_a_default_that_follows_from_a_bad_value_is_not_told_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOURGLASS_MQTT_PORT", "70000")
    assert refusal() == [
        "environment: HOURGLASS_MQTT_PORT: should be less than or equal to 65535, not '70000'"
    ]


def test_a_misspelt_variable_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOURGLASS_DATABASE_ULR", "postgresql://db/hourglass")
    assert refusal() == [
        "environment: HOURGLASS_DATABASE_ULR: no such setting; did you mean HOURGLASS_DATABASE_URL?"
    ]


def test_a_variable_of_something_else_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOURGLASS_DASHBOARD_SERVICE_HOST", "10.0.0.1")
    assert read_settings().http_host == "127.0.0.1"


def test_a_settings_file_that_is_not_there_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOURGLASS_SETTINGS", "/nowhere/hourglass.toml")
    assert refusal() == [
        "environment: HOURGLASS_SETTINGS: there is no file /nowhere/hourglass.toml"
    ]


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "hourglass.toml").write_text("http_port: 8050\n")
    [told] = refusal()
    assert told.startswith("hourglass.toml: is not TOML: ")


def test_passwords_reach_neither_messages_nor_logs(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HOURGLASS_DATABASE_URL", "postgresql://u:s3cret-db@db/hourglass")
    monkeypatch.setenv("HOURGLASS_MQTT_URL", "mqtts://u:s3cret-mqtt@broker")
    settings = read_settings()
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("%r %s %r", settings, settings, settings.broker)
    assert "mqtts://u@broker:8883" in caplog.text
    assert "s3cret" not in caplog.text

    monkeypatch.setenv("HOURGLASS_DATABASE_URL", "mysql://u:s3cret-db@db/hourglass")
    monkeypatch.setenv("HOURGLASS_MQTT_URL", "mqtt://u:s3cret-mqtt@broker:port")
    with pytest.raises(BadConfiguration) as caught:
        read_settings()
    shown = "".join(traceback.format_exception(caught.value))
    assert "HOURGLASS_DATABASE_URL" in shown
    assert "HOURGLASS_MQTT_URL" in shown
    assert "s3cret" not in shown


def test_settings_do_not_change_while_a_process_runs() -> None:
    settings = Settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.http_port = 1  # type: ignore[misc] - that it is refused is the test


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://broker", BrokerAddress("broker", 1883, None, None, tls=False)),
        ("mqtts://broker/", BrokerAddress("broker", 8883, None, None, tls=True)),
        ("mqtt://a:b%40c@10.0.0.1:1884", BrokerAddress("10.0.0.1", 1884, "a", "b@c", tls=False)),
        ("mqtt://[::1]:1885", BrokerAddress("::1", 1885, None, None, tls=False)),
    ],
)
def test_a_broker_url_is_taken_apart(url: str, address: BrokerAddress) -> None:
    assert parse_mqtt_url(url) == address


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("broker:1883", "must begin with mqtt"),
        ("mqtt://", "names no host"),
        ("mqtt://broker:99999", "is not a URL"),
        ("mqtt://broker/topic", "ends with the port"),
    ],
)
def test_a_bad_broker_url_is_told_why(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_mqtt_url(url)


@pytest.mark.parametrize("origin", ["ward.example", "https://ward.example/", "ftp://ward.example"])
def test_an_origin_is_scheme_and_host_alone(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("HOURGLASS_PUBLIC_ORIGINS", origin)
    [told] = refusal()
    assert told.startswith("environment: HOURGLASS_PUBLIC_ORIGINS: must look like https://")


def test_downtime_sheets_go_to_a_folder_or_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (read_settings().downtime_dir, read_settings().downtime_every_s) == (None, 180)
    monkeypatch.setenv("HOURGLASS_DOWNTIME_DIR", "/mnt/second/hourglass")
    monkeypatch.setenv("HOURGLASS_DOWNTIME_EVERY_S", "300")
    settings = read_settings()
    assert settings.downtime_dir == Path("/mnt/second/hourglass")
    assert settings.downtime_every_s == 300
    monkeypatch.setenv("HOURGLASS_DOWNTIME_EVERY_S", "5")
    assert refusal()[0].startswith("environment: HOURGLASS_DOWNTIME_EVERY_S: ")


def test_alarms_are_sent_on_to_a_web_address_or_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().notify_url == ""
    monkeypatch.setenv("HOURGLASS_NOTIFY_URL", "https://pager.example/hourglass")
    monkeypatch.setenv("HOURGLASS_NOTIFY_TOKEN", "secret")
    settings = read_settings()
    assert settings.notify_url == "https://pager.example/hourglass"
    assert "secret" not in repr(settings)
    monkeypatch.setenv("HOURGLASS_NOTIFY_URL", "ftp://pager.example")
    assert refusal() == [
        "environment: HOURGLASS_NOTIFY_URL: must look like https://pager.clinic.example/hourglass"
    ]
