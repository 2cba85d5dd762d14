"""Settings of the processes: where things are, not what is clinically right.

A setting is looked for in the environment (`HOURGLASS_HTTP_PORT`), then in the settings file
(`HOURGLASS_SETTINGS`, or `hourglass.toml` in the working directory, key `http_port`).
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from config.broker_address import BrokerAddress, parse_mqtt_url
from config.problems import BadConfiguration, Problem, shown_key, shown_path, shown_reason
from vocabulary.ids import NAME_PATTERN, WardId, WorkerId

PREFIX: Final = "HOURGLASS_"
DEFAULT_FILE: Final = "hourglass.toml"
_PROJECT: Final = Path(__file__).resolve().parent.parent
_FILE_VARIABLE: Final = f"{PREFIX}SETTINGS"
_DATABASE_SCHEMES: Final = ("sqlite", "postgresql", "postgresql+psycopg")


class MqttClient(str, Enum):
    """Which reader ingest uses: BUFFERED reads many packets a call, STOCK is paho as it comes."""

    BUFFERED = "buffered"
    STOCK = "stock"


class MqttProtocol(str, Enum):
    """Which MQTT to speak; AUTO tries 5 and falls back to 3.1.1 where a broker lacks it."""

    AUTO = "auto"
    V5 = "5"
    V311 = "3.1.1"


class LogLevel(str, Enum):
    """The least grave entry that is logged."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def _check_mqtt_url(url: str) -> str:
    parse_mqtt_url(url)
    return url


def _check_database_url(url: str) -> str:
    if url.partition("://")[0] not in _DATABASE_SCHEMES:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return url


def _check_origin(origin: str) -> str:
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.netloc or origin.count("/") != 2:
        raise ValueError("must look like https://hourglass.clinic.example, without a path")
    return origin


def _check_webhook(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("must look like https://pager.clinic.example/hourglass")
    return url


def _check_name(name: str) -> str:
    if not NAME_PATTERN.fullmatch(name):
        raise ValueError("must be 1 to 64 of a-z A-Z 0-9 _ -")
    return name


def _split_at_commas(value: Any) -> Any:  # noqa: ANN401 - whatever a file or the environment holds
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _default_database_url(known: dict[str, Any]) -> str:
    return f"sqlite:///{known['data_dir'].resolve() / 'hourglass.sqlite3'}"


def _default_mqtt_url(known: dict[str, Any]) -> str:
    return f"mqtt://127.0.0.1:{known['mqtt_port']}"


_Port = Annotated[int, Field(ge=1, le=65535)]
_PortOrOff = Annotated[int, Field(ge=0, le=65535)]
_Name = AfterValidator(_check_name)
_Wards = Annotated[
    tuple[Annotated[WardId, _Name], ...], NoDecode, BeforeValidator(_split_at_commas)
]
_Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_check_origin)], ...],
    NoDecode,
    BeforeValidator(_split_at_commas),
]


class Settings(BaseSettings):
    """Everything a process needs to know before it starts; read it with `read_settings`.

    `wards` and `public_origins` are lists in the file and separated by commas in the
    environment; an empty `wards` means all of the clinic. URLs hold passwords and are not shown.
    Where the record is a SQLite file, one writes at a time: `ingest_wait_ms` is how long ingest
    waits for another before its loop turns on and tries again, `database_wait_ms` how long a form
    or a command waits before it is refused.
    `notify_url`: where alarms are sent on to (`dashboard.notifying`), empty for nowhere;
    `notify_token` goes with them as bearer token.
    `downtime_dir`: a folder on another disk for the sheets that paper takes over from
    (`dashboard.downtime`), None for none; written anew every `downtime_every_s`.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="forbid",
        frozen=True,
        validate_default=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Path("data")
    config_dir: Path = _PROJECT / "config"
    log_level: LogLevel = LogLevel.INFO
    demonstration: bool = False

    database_url: Annotated[str, AfterValidator(_check_database_url)] = Field(
        default_factory=_default_database_url, repr=False
    )
    database_wait_ms: Annotated[int, Field(ge=1, le=60_000)] = 3000
    ingest_wait_ms: Annotated[int, Field(ge=1, le=5000)] = 250

    mqtt_port: _Port = 1883
    mqtt_url: Annotated[str, AfterValidator(_check_mqtt_url)] = Field(
        default_factory=_default_mqtt_url, repr=False
    )
    mqtt_ca_file: Path | None = None
    mqtt_client: MqttClient = MqttClient.BUFFERED
    mqtt_protocol: MqttProtocol = MqttProtocol.AUTO

    http_host: str = "127.0.0.1"
    http_port: _Port = 8050
    secure_cookies: bool = False
    public_origins: _Origins = ()

    notify_url: Annotated[str, AfterValidator(_check_webhook)] = Field(default="", repr=False)
    notify_token: str = Field(default="", repr=False)

    downtime_dir: Path | None = None
    downtime_every_s: Annotated[int, Field(ge=10, le=3600)] = 180

    worker_id: Annotated[WorkerId, _Name] = WorkerId("ingest-1")
    wards: _Wards = ()
    metrics_host: str = "127.0.0.1"
    metrics_port: _PortOrOff = 9108
    max_batch: Annotated[int, Field(ge=1, le=100_000)] = 2000
    window_max_ms: Annotated[int, Field(ge=0, le=5000)] = 50

    @property
    def database_wait_s(self) -> float:
        """How long a form or a command waits for another writer, seconds."""
        return self.database_wait_ms / 1000

    @property
    def broker(self) -> BrokerAddress:
        """Where the broker is and how to log in to it, from `mqtt_url`."""
        return parse_mqtt_url(self.mqtt_url)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - named by pydantic-settings
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the file."""
        file = settings_file(os.environ)
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, toml_file=file if file.exists() else None),
        )


def settings_file(environment: Mapping[str, str]) -> Path:
    """The settings file that `environment` names, or the default one in the working directory."""
    return Path(environment.get(_FILE_VARIABLE) or DEFAULT_FILE)


def read_settings() -> Settings:
    """The settings of this process. Raises BadConfiguration naming source, key and reason."""
    problems = _misspelt_variables(os.environ) + _missing_file(os.environ)
    if problems:
        raise BadConfiguration(problems)
    try:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        file = shown_path(settings_file(os.environ))
        raise BadConfiguration([Problem(file, "", f"is not TOML: {error}")]) from error
    except ValidationError as error:
        raise BadConfiguration(_problems_with_their_source(error)) from error


def _misspelt_variables(environment: Mapping[str, str]) -> list[Problem]:
    """Variables that are almost a setting: ignored silently, they would look as if they worked."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    known.append(_FILE_VARIABLE)
    return [
        Problem("environment", name, f"no such setting; did you mean {close[0]}?")
        for name in sorted(environment)
        if name.upper().startswith(PREFIX)
        and name.upper() not in known
        and (close := difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.93))
    ]


def _missing_file(environment: Mapping[str, str]) -> list[Problem]:
    file = environment.get(_FILE_VARIABLE)
    if not file or Path(file).is_file():
        return []
    return [Problem("environment", _FILE_VARIABLE, f"there is no file {file}")]


def _problems_with_their_source(error: ValidationError) -> list[Problem]:
    """Each problem named after where its value came from."""
    return [
        Problem(*_source_and_key(detail["loc"]), shown_reason(detail))
        for detail in error.errors(include_url=False, include_context=False)
        # a default that could not be made follows from another problem, which is named
        if detail["type"] != "default_factory_not_called"
    ]


def _source_and_key(location: tuple[int | str, ...]) -> tuple[str, str]:
    name = PREFIX + str(location[0]).upper()
    for variable in os.environ:
        if variable.upper() == name:
            return "environment", variable
    return shown_path(settings_file(os.environ)), shown_key(location)
