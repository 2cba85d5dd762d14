"""The container files and the systemd units say nothing that is not so."""

import configparser
import importlib.util
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import Settings

PROJECT = Path(__file__).resolve().parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
OPERATIONS = (PROJECT / "docs" / "operations.md").read_text()
KNOWN_VARIABLES = {f"HOURGLASS_{name.upper()}" for name in Settings.model_fields} | {
    "HOURGLASS_SETTINGS",
}


def module_of(command: str) -> str:
    python, dash_m, module = command.split()[:3]
    assert Path(python).name == "python"
    assert dash_m == "-m"
    return module


def variables_in(text: str) -> set[str]:
    return set(re.findall(r"\$\{([A-Z_]+)", text))


def test_every_part_of_the_house_is_there() -> None:
    assert set(SERVICES) == {
        "mosquitto", "postgresql", "migrate", "ingest", "dashboard", "simulator",
    }  # fmt: skip
    assert OURS == ["migrate", "ingest", "dashboard", "simulator"]
    assert SERVICES["simulator"]["profiles"] == ["simulator"]
    assert all("profiles" not in SERVICES[name] for name in SERVICES if name != "simulator")


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_a_module_that_can_be_run(name: str) -> None:
    module = module_of(SERVICES[name]["command"])
    assert importlib.util.find_spec(f"{module}.__main__"), f"python -m {module}"


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    given = SERVICES[name]["environment"]
    ours = {variable for variable in given if variable.startswith("HOURGLASS_")}
    assert ours
    assert ours <= KNOWN_VARIABLES


@pytest.mark.parametrize("name", ["ingest", "dashboard"])
def test_the_settings_of_a_service_are_accepted(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for variable, value in SERVICES[name]["environment"].items():
        filled = re.sub(r"\$\{HOURGLASS_PUBLIC_ORIGINS[^}]*\}", "https://ward.example", value)
        filled = re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", filled)
        monkeypatch.setenv(variable, re.sub(r"\$\{[^}]*\}", "abc123", filled))
    settings = Settings()
    assert settings.database_url == "postgresql://hourglass:abc123@postgresql:5432/hourglass"
    assert settings.broker.tls
    assert settings.broker.host == "mosquitto"
    assert settings.broker.password == "abc123"
    assert settings.mqtt_ca_file == Path("/etc/hourglass/ca.crt")
    assert not settings.demonstration


def test_no_password_is_written_down_and_none_has_a_default() -> None:
    text = (PROJECT / "docker-compose.yml").read_text()
    secrets = re.findall(r"\$\{(HOURGLASS_[A-Z]+_PASSWORD)(:.)([^}]*)\}", text)
    assert {name for name, _, _ in secrets} == {
        "HOURGLASS_POSTGRES_PASSWORD",
        "HOURGLASS_INGEST_PASSWORD",
        "HOURGLASS_DASHBOARD_PASSWORD",
        "HOURGLASS_SIMULATOR_PASSWORD",
    }
    for name, operator, said in secrets:
        if name == "HOURGLASS_SIMULATOR_PASSWORD":
            # a profile that is off must not ask; "none" is no login of any broker
            assert (operator, said) == (":-", "none")
        else:
            assert operator == ":?", name
            assert "password" in said
    for url in re.findall(r"\w+://([^@\s]*)@", text):
        assert re.fullmatch(r"[a-z0-9-]+:\$\{HOURGLASS_[A-Z]+_PASSWORD:.*\}", url), url


def test_every_variable_to_fill_in_is_in_the_guide() -> None:
    wanted = variables_in((PROJECT / "docker-compose.yml").read_text())
    optional = {"HOURGLASS_VERSION", "HOURGLASS_CLINIC_DIR"}
    missing = {name for name in wanted - optional if name not in OPERATIONS}
    assert not missing


def test_only_the_broker_is_open_to_the_clinic() -> None:
    ports = {name: service.get("ports", []) for name, service in SERVICES.items()}
    assert ports.pop("mosquitto") == ["8883:8883"]
    assert ports.pop("dashboard") == ["127.0.0.1:8050:8050"]
    assert not any(ports.values())


@pytest.mark.parametrize("name", OURS)
def test_our_containers_may_do_as_little_as_they_can(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_nothing_starts_before_the_record_is_migrated() -> None:
    for name in ("ingest", "dashboard"):
        waits_for = SERVICES[name]["depends_on"]
        assert waits_for["migrate"] == {"condition": "service_completed_successfully"}
        assert waits_for["mosquitto"] == {"condition": "service_healthy"}
    assert SERVICES["migrate"]["depends_on"]["postgresql"] == {"condition": "service_healthy"}


def test_every_named_volume_is_declared_and_every_mounted_file_is_there() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = re.sub(r"^\$\{[A-Z_]+:-([^}]*)\}", r"\1", volume).split(":")[0]
            if source.startswith("./"):
                assert (PROJECT / source).exists(), f"{name}: {source}"
            elif not source.startswith("$"):
                assert source in COMPOSE["volumes"], f"{name}: {source}"


def test_the_image_holds_every_room_and_is_not_root() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text()
    rooms = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    copied = set(re.findall(r"^COPY (\w+)/ ", dockerfile, re.MULTILINE))
    assert copied == set(rooms["root_packages"]) - {"demo"}
    users = re.findall(r"^USER (\w+)", dockerfile, re.MULTILINE)
    assert users == ["hourglass"]
    ignore = (PROJECT / ".dockerignore").read_text()
    assert all(f"!{room}/" in ignore for room in copied)


def units() -> dict[str, configparser.RawConfigParser]:
    """The units in docs/operations.md, by the name in the comment on their first line."""
    found = {}
    pattern = r"```ini\n# \S*/([a-z-]+\.service)\n(.*?)```"
    for name, text in re.findall(pattern, OPERATIONS, re.DOTALL):
        unit = configparser.RawConfigParser(strict=False)
        unit.optionxform = str  # type: ignore[assignment, method-assign] # systemd minds the case
        unit.read_string(text)
        found[name] = unit
    return found


def test_the_units_run_modules_that_exist() -> None:
    assert set(units()) == {
        "hourglass-migrate.service", "hourglass-ingest.service", "hourglass-dashboard.service",
    }  # fmt: skip
    for name, unit in units().items():
        module = module_of(unit["Service"]["ExecStart"])
        assert importlib.util.find_spec(f"{module}.__main__"), name
        assert unit["Service"]["User"] == "hourglass"


def test_every_variable_in_the_guide_exists() -> None:
    named = set(re.findall(r"\bHOURGLASS_[A-Z_]+[A-Z]", OPERATIONS))
    to_fill_in = variables_in((PROJECT / "docker-compose.yml").read_text())
    assert named - to_fill_in - KNOWN_VARIABLES == set()


def test_every_setting_is_in_the_guide() -> None:
    assert {name for name in KNOWN_VARIABLES if f"`{name}`" not in OPERATIONS} == set()
