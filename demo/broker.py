"""Which broker the demonstration uses: the one named, an installed Mosquitto, or a small one."""

import os
import pwd
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Final

import msgspec

from config.settings import MqttProtocol, Settings
from demo.memory import STORE
from demo.obstacles import CannotStart
from demo.steps import Steps

PROJECT: Final = Path(__file__).resolve().parent.parent
_TEMPLATE: Final = PROJECT / "config" / "mosquitto" / "demonstration.conf"
_REQUIREMENTS: Final = PROJECT / "demo" / "requirements-broker.txt"
_EMBEDDED: Final = PROJECT / "demo" / "embedded_broker.py"
_ENVIRONMENT: Final = PROJECT / ".venv-broker"
_STAMP: Final = "installed.txt"
_WITHOUT_PATH: Final = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
"""Where packages put `mosquitto` that are not on every user's PATH."""


class Broker(msgspec.Struct, frozen=True, kw_only=True):
    """A broker: where it is, what to tell the person, and the command if it is ours to run.

    `protocol` is what it speaks at most; whoever greets it in a newer one waits in vain.
    """

    url: str
    told: str
    command: tuple[str, ...] | None = None
    protocol: MqttProtocol = MqttProtocol.AUTO
    needs_install: bool = False


def find_mosquitto() -> Path | None:
    """The installed Mosquitto, on PATH or where packages put it; None if there is none."""
    path = os.pathsep.join((os.environ.get("PATH", ""), _WITHOUT_PATH))
    found = shutil.which("mosquitto", path=path)
    return None if found is None else Path(found)


def choose_broker(settings: Settings, find: Callable[[], Path | None] = find_mosquitto) -> Broker:
    """The broker to use, with its configuration written to the data directory."""
    if "mqtt_url" in settings.model_fields_set:
        return Broker(
            url=settings.mqtt_url,
            told=f"broker: {settings.broker!r}, as set",
            protocol=settings.mqtt_protocol,
        )
    url = f"mqtt://127.0.0.1:{settings.mqtt_port}"
    mosquitto = find()
    if mosquitto is not None:
        conf = write_mosquitto_conf(settings)
        return Broker(
            url=url,
            told=f"broker: {mosquitto} on port {settings.mqtt_port}",
            command=(str(mosquitto), "-c", str(conf)),
        )
    return Broker(
        url=url,
        told="broker: demonstration broker: no durable queue (for one, install mosquitto)",
        command=(
            str(_ENVIRONMENT / "bin" / "python"),
            "-P",
            str(_EMBEDDED),
            "127.0.0.1",
            str(settings.mqtt_port),
        ),
        protocol=MqttProtocol.V311,
        needs_install=not is_installed(),
    )


def write_mosquitto_conf(settings: Settings) -> Path:
    """Fill in the template for this machine; returns where it is.

    Mosquitto drops root's rights to a user who may not enter the data directory, so it is told
    to stay who it is; for anybody else the line means nothing.
    """
    store = settings.data_dir / STORE
    store.mkdir(parents=True, exist_ok=True)
    conf = settings.data_dir / "mosquitto.conf"
    conf.write_text(
        Template(_TEMPLATE.read_text()).substitute(
            port=settings.mqtt_port,
            persistence_dir=store,
            user=pwd.getpwuid(os.getuid()).pw_name,
        )
    )
    return conf


def is_installed() -> bool:
    """Whether the embedded broker's own environment is there as its pins want it."""
    stamp = _ENVIRONMENT / _STAMP
    return stamp.exists() and stamp.read_text() == _REQUIREMENTS.read_text()


async def install_broker(steps: Steps) -> None:
    """Make the embedded broker's own environment."""
    try:
        await steps.run("making .venv-broker", [sys.executable, "-m", "venv", str(_ENVIRONMENT)])
        pip = [str(_ENVIRONMENT / "bin" / "python"), "-m", "pip"]
        install = [*pip, "install", "--quiet", "--requirement", str(_REQUIREMENTS)]
        await steps.run("installing the demonstration broker", install)
    except CannotStart as error:
        raise CannotStart(
            f"{error}\nWithout it, install Mosquitto (apt install mosquitto) or set "
            "HOURGLASS_MQTT_URL to a broker."
        ) from error
    (_ENVIRONMENT / _STAMP).write_text(_REQUIREMENTS.read_text())
