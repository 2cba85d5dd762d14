"""Logins of the demonstration: random, kept for their owner, made once."""

import json
import stat
from pathlib import Path

import pytest

from demo.memory import forget_record, new_password, new_pin, recall
from demo.obstacles import CannotStart
from demo.people import make_people
from demo.steps import Steps

URL = "sqlite:////somewhere/hourglass.sqlite3"


class FakeDashboard(Steps):
    """Stands where the dashboard's commands are run."""

    def __init__(self) -> None:
        self.logins: dict[str, str] = {}
        self.pins: dict[str, str] = {}
        self.roles: list[str] = []
        self.loads = 0
        self.kiosks = 0
        self.breaks_at: str | None = None

    async def run(self, doing: str, command: object, typed: str = "") -> str:
        words = list(command) if isinstance(command, list) else []
        if self.breaks_at in words:
            raise CannotStart(f"{doing} failed")
        if "kiosk" in words:
            self.kiosks += 1
            return "http://127.0.0.1:8050/ward/demo?token=token-of-the-wall\n"
        for line in typed.splitlines():
            person = json.loads(line)
            self.logins[person["login"]] = person["password"]
            self.pins[person["login"]] = person["pin"]
            self.roles.append(person["role"])
        self.loads += 1
        return ""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "demo.json"


def run(dashboard: FakeDashboard, file: Path, url: str = URL) -> None:
    import asyncio

    asyncio.run(make_people(dashboard, file, recall(file, url), "demo"))


def test_each_role_of_a_person_gets_a_login_and_the_wall_a_token(file: Path) -> None:
    dashboard = FakeDashboard()
    run(dashboard, file)
    people = recall(file, URL)
    assert dashboard.roles == ["nurse", "nurse", "prescriber", "administrator"]
    assert dashboard.loads == 1, "a process takes as long for one login as for all"
    assert dashboard.logins == {login.login: login.password for login in people.logins}
    assert people.token == "token-of-the-wall"
    assert dashboard.pins == {login.login: login.pin for login in people.logins}


def test_a_pin_is_one_that_the_dashboard_takes() -> None:
    for _ in range(300):
        hash_free = new_pin()
        assert len(hash_free) == 6
        assert hash_free not in ("111111", "123456", "987654")


def test_a_rerun_makes_nothing_twice(file: Path) -> None:
    dashboard = FakeDashboard()
    run(dashboard, file)
    before = recall(file, URL)
    run(dashboard, file)
    assert recall(file, URL) == before
    assert (dashboard.loads, dashboard.kiosks) == (1, 1)


def test_a_start_that_broke_off_goes_on_where_it_was(file: Path) -> None:
    dashboard = FakeDashboard()
    dashboard.breaks_at = "kiosk"
    with pytest.raises(CannotStart):
        run(dashboard, file)
    dashboard.breaks_at = None
    run(dashboard, file)
    assert (dashboard.loads, dashboard.kiosks) == (1, 1)
    assert dashboard.logins == {login.login: login.password for login in recall(file, URL).logins}


def test_a_login_that_is_there_already_gets_the_password_that_is_told(file: Path) -> None:
    dashboard = FakeDashboard()
    dashboard.logins["nurse"] = "of somebody who deleted demo.json"
    run(dashboard, file)
    assert dashboard.logins["nurse"] == recall(file, URL).logins[0].password


def test_an_empty_record_gets_the_same_passwords_and_a_new_wall(file: Path) -> None:
    run(FakeDashboard(), file)
    before = recall(file, URL)
    forgotten = forget_record(before)
    assert [login.password for login in forgotten.logins] == [
        login.password for login in before.logins
    ]
    assert not any(login.made for login in forgotten.logins)
    assert forgotten.token is None
    assert forgotten.hour is None


def test_another_record_gets_logins_of_its_own(file: Path) -> None:
    run(FakeDashboard(), file)
    other = FakeDashboard()
    run(other, file, "postgresql://db/hourglass")
    assert set(other.logins) == {"nurse", "second", "prescriber", "administrator"}


def test_passwords_are_for_the_owner_only(file: Path) -> None:
    file.parent.chmod(0o755)
    run(FakeDashboard(), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["demo.json"]


def test_a_damaged_file_is_named(file: Path) -> None:
    file.write_text("{")
    with pytest.raises(CannotStart, match=r"demo\.json is damaged"):
        recall(file, URL)


def test_no_two_passwords_are_alike() -> None:
    passwords = {new_password() for _ in range(200)}
    assert len(passwords) == 200
    assert all(len(password) == 13 for password in passwords)
