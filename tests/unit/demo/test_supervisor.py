"""What supervisord is told."""

import configparser
import os
import sys
from pathlib import Path

import pytest

from demo.supervisor import Program, socket_path, supervisord_conf


def test_every_program_has_its_own_section_log_and_place() -> None:
    programs = [
        Program("broker", ("/usr/sbin/mosquitto", "-c", "/data of mine/50%/m.conf"), 1),
        Program("ingest", (sys.executable, "-m", "ingest"), 2),
    ]
    conf = configparser.RawConfigParser()
    conf.read_string(supervisord_conf(programs, Path("/d/s.sock"), Path("/d/logs")))
    broker = conf["program:broker"]
    assert broker["command"] == "/usr/sbin/mosquitto -c '/data of mine/50%%/m.conf'"
    assert broker["stdout_logfile"] == "/d/logs/broker.log"
    assert int(broker["priority"]) < int(conf["program:ingest"]["priority"])
    for section in ("program:broker", "program:ingest"):
        assert conf[section]["autorestart"] == "true"
        assert conf[section]["autostart"] == "false"
        assert conf[section]["stopasgroup"] == "true"
        assert conf[section]["killasgroup"] == "true"
        assert conf[section]["stdout_logfile_maxbytes"] == "10MB"
    assert conf["unix_http_server"]["file"] == "/d/s.sock"
    assert conf["unix_http_server"]["chmod"] == "0700"


def test_the_socket_lies_in_the_data_directory_where_that_is_short(tmp_path: Path) -> None:
    assert socket_path(tmp_path) == tmp_path.resolve() / "supervisor.sock"


def test_a_long_data_directory_gets_a_short_private_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    deep = tmp_path / ("d" * 80) / ("e" * 80)
    deep.mkdir(parents=True)
    path = socket_path(deep)
    assert path == socket_path(deep)
    assert len(os.fsencode(path.name)) < 30
    assert path.parent.parent == tmp_path
    assert path.parent.stat().st_mode & 0o777 == 0o700
