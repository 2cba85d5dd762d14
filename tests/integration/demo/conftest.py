"""Brokers, certificates and ports for the tests of what runs the house."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.broker import find_mosquitto
from tests.fixtures.mosquitto import free_port

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def project() -> Path:
    return PROJECT


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("HOURGLASS_") and not name.startswith("HOURGLASS_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture
def mosquitto() -> Path:
    found = find_mosquitto()
    if found is None:
        pytest.skip("mosquitto is not installed")
    return found


@pytest.fixture
def free_ports() -> list[int]:
    """Four ports of this test's own."""
    return [free_port() for _ in range(4)]


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with ca.crt, server.crt and server.key for 127.0.0.1 and localhost."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    place = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=place, check=True, capture_output=True)

    elliptic = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")
    openssl(
        "req", "-x509", *elliptic, "-days", "2", "-subj", "/CN=test authority",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        "-keyout", "ca.key", "-out", "ca.crt",
    )  # fmt: skip
    openssl(
        "req", "-x509", *elliptic, "-days", "2", "-subj", "/CN=localhost",
        "-CA", "ca.crt", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE",
        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout", "server.key", "-out", "server.crt",
    )  # fmt: skip
    return place


@pytest.fixture
def clinic_broker(
    mosquitto: Path, certificates: Path, free_ports: list[int], tmp_path: Path
) -> Iterator[int]:
    """The shipped mosquitto.conf and acl with logins for a few; yields the TLS port.

    Every login's password is its own name. The gateway listener is on the next free port.
    """
    place = tmp_path / "broker"
    (place / "conf.d").mkdir(parents=True)
    (place / "store").mkdir()
    for name in ("ca.crt", "server.crt", "server.key"):
        shutil.copy(certificates / name, place)
    shipped = PROJECT / "config" / "mosquitto"
    shutil.copy(shipped / "acl", place)
    for path in (place / "server.key", place / "acl"):
        path.chmod(0o600)
    passwords = place / "passwords"
    passwords.touch(mode=0o600)
    for login in ("pump-3", "pump-4", "monitor-3", "ingest-1", "dashboard-1", "simulator"):
        subprocess.run(
            ["mosquitto_passwd", "-b", str(passwords), login, login],
            check=True,
            capture_output=True,
        )

    def here(text: str) -> str:
        return (
            text.replace("/etc/hourglass/broker", str(place))
            .replace("/var/lib/mosquitto/", f"{place}/store/")
            .replace("listener 8883", f"listener {free_ports[0]} 127.0.0.1")
            .replace("listener 8884", f"listener {free_ports[1]} 127.0.0.1")
        )

    conf = place / "mosquitto.conf"
    user = pwd.getpwuid(os.getuid()).pw_name
    conf.write_text(f"user {user}\n" + here((shipped / "mosquitto.conf").read_text()))
    gateway = place / "conf.d" / "gateway.conf"
    gateway.write_text(here((shipped / "gateway.conf").read_text()))
    log = (place / "log").open("w+")
    broker = subprocess.Popen([str(mosquitto), "-c", str(conf)], stderr=log, stdout=log)
    try:
        _wait_for_port(free_ports[0], broker, place / "log")
        yield free_ports[0]
    finally:
        broker.terminate()
        broker.wait(timeout=60)
        log.close()


def _wait_for_port(port: int, broker: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(1200):
        if broker.poll() is not None:
            break
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            broker.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
    pytest.fail(f"mosquitto did not start:\n{log.read_text()}")
