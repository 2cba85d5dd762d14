"""What keeps the demonstration from starting is said before anything is started."""

import os
import socket
from pathlib import Path

import pytest

from demo.obstacles import (
    CannotStart,
    PortNeed,
    check_loopback,
    check_ports,
    make_folders,
    only_one,
)


def test_every_port_in_use_is_named_with_the_variable_that_moves_it() -> None:
    with socket.socket() as taken, socket.socket() as also_taken:
        for used in (taken, also_taken):
            used.bind(("127.0.0.1", 0))
            used.listen()
        needs = [
            PortNeed("127.0.0.1", taken.getsockname()[1], "dashboard", "HOURGLASS_HTTP_PORT"),
            PortNeed("127.0.0.1", also_taken.getsockname()[1], "broker", "HOURGLASS_MQTT_PORT"),
        ]
        with pytest.raises(CannotStart) as caught:
            check_ports(needs)
        first, second = str(caught.value).splitlines()
    assert first == (
        f"port {needs[0].port} (dashboard) is in use; "
        "end what uses it or set HOURGLASS_HTTP_PORT to another port"
    )
    assert "HOURGLASS_MQTT_PORT" in second


def test_a_free_port_is_no_obstacle() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    check_ports([PortNeed("127.0.0.1", port, "dashboard", "HOURGLASS_HTTP_PORT")])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.5"])
def test_this_machine_alone_is_served(host: str) -> None:
    check_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "ward.example", ""])
def test_the_demonstration_is_for_nobody_else(host: str) -> None:
    with pytest.raises(CannotStart, match="this machine only"):
        check_loopback(host)


def test_a_data_directory_holds_one_demonstration_at_a_time(tmp_path: Path) -> None:
    with only_one(tmp_path):
        with (
            pytest.raises(CannotStart, match=f"process {os.getpid()}") as caught,
            only_one(tmp_path),
        ):
            pass
        assert "HOURGLASS_DATA_DIR" in str(caught.value)
    with only_one(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    make_folders(tmp_path / "logs")
    with pytest.raises(CannotStart, match="data/logs: Not a directory; set HOURGLASS_DATA_DIR"):
        make_folders(tmp_path / "data" / "logs")
