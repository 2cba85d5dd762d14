"""Accounts and screens by the commands, and what the server makes of them, on a real record."""

import asyncio
import io
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from dashboard.__main__ import Stop, check_host, main
from dashboard.interface_commands import operator
from dashboard.interfaces.tokens import Interface, Interfaces
from dashboard.passwords import is_password
from dashboard.second_person import SecondPersons
from dashboard.sessions import Sessions
from infusion.access import InterfaceTokenMade, InterfaceTokenRevoked
from infusion.patient import Person
from record.connections import WAIT_S
from record.store import Record, open_record
from tests.fixtures.clinic import two_beds
from tests.fixtures.dashboard import PASSWORD
from tests.fixtures.migrated import migrated_sqlite
from tests.fixtures.session import NORA
from vocabulary.ids import WardId
from vocabulary.roles import Audience, Role

DEMO = WardId("demo")


class Shell:
    """Runs commands as a person does, and keeps what they said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def run(self, *arguments: str, typed: str = "") -> tuple[int, str, str]:
        self._monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(arguments)
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def add_nina(self, password: str = PASSWORD) -> tuple[int, str, str]:
        return self.run(
            "account", "add", "nina", "--role", "nurse", "--name", "Nina Ott", "--password-stdin",
            typed=f"{password}\n",
        )  # fmt: skip

    def enrol(self, ward: str = DEMO) -> str:
        """The address of a new public screen."""
        code, out, _ = self.run(
            "kiosk", "add", "--ward", ward, "--label", "Wall", "--audience", "public"
        )
        assert code == 0
        return out.strip()


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Record]:
    url = migrated_sqlite(tmp_path / "record.sqlite3")
    monkeypatch.setenv("HOURGLASS_DATABASE_URL", url)
    opened = open_record(url)
    yield opened
    opened.close()


@pytest.fixture
def shell(
    record: Record, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    return Shell(monkeypatch, capsys)


@pytest.fixture
def sessions(record: Record) -> Sessions:
    return Sessions(record.accounts)


def test_a_person_who_was_added_can_log_in(shell: Shell, record: Record) -> None:
    assert shell.add_nina() == (0, "nina may log in as nurse\n", "")
    nina = record.accounts.find("nina")
    assert nina is not None
    assert (nina.role, nina.printed_name) == (Role.NURSE, "Nina Ott")
    assert is_password(PASSWORD, nina.password_hash)
    assert PASSWORD not in nina.password_hash
    assert shell.run("account", "list")[1] == "nina\tnurse\tactive\tNina Ott\n"


def test_a_login_name_is_given_once(shell: Shell) -> None:
    shell.add_nina()
    code, _, err = shell.add_nina()
    assert code == 1
    assert "nina" in err


@pytest.mark.parametrize(
    ("arguments", "typed", "reason"),
    [
        (("account", "add", "bad name", "--role", "nurse", "--name", "B"), PASSWORD, "1 to 64"),
        (("account", "add", "bob", "--role", "nurse", "--name", " "), PASSWORD, "--name"),
        (("account", "add", "bob", "--role", "nurse", "--name", "Bob"), "short", "10 to 256"),
        (("account", "password", "bob"), PASSWORD, "no account 'bob'"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(
    shell: Shell, arguments: tuple[str, ...], typed: str, reason: str
) -> None:
    code, out, err = shell.run(*arguments, "--password-stdin", typed=f"{typed}\n")
    assert (code, out) == (1, "")
    assert reason in err


def test_a_screen_is_no_role_for_a_person(shell: Shell) -> None:
    with pytest.raises(SystemExit):
        shell.run("account", "add", "tv", "--role", "display", "--name", "TV", "--password-stdin")


def test_a_session_of_a_person_lasts_until_it_is_closed(
    shell: Shell, record: Record, sessions: Sessions
) -> None:
    shell.add_nina()

    async def work() -> None:
        nina = await sessions.account("nina")
        assert nina is not None
        session = await sessions.open_for_person(nina)
        login = await Sessions(record.accounts).find(session)
        assert login is not None
        assert (login.name, login.role, login.audience) == ("Nina Ott", Role.NURSE, Audience.STAFF)
        await sessions.use(session)
        await sessions.close(session)
        assert await Sessions(record.accounts).find(session) is None

    asyncio.run(work())


def test_a_deactivated_account_neither_logs_in_nor_stays_in(
    shell: Shell, record: Record, sessions: Sessions
) -> None:
    shell.add_nina()

    async def work() -> None:
        nina = await sessions.account("nina")
        assert nina is not None
        session = await sessions.open_for_person(nina)
        assert shell.run("account", "deactivate", "nina")[0] == 0
        assert await sessions.account("nina") is None
        assert await Sessions(record.accounts).find(session) is None

    asyncio.run(work())


def test_another_password_replaces_the_first(shell: Shell, record: Record) -> None:
    shell.add_nina()
    shell.run("account", "password", "nina", "--password-stdin", typed="another long one\n")
    nina = record.accounts.find("nina")
    assert nina is not None
    assert is_password("another long one", nina.password_hash)
    assert not is_password(PASSWORD, nina.password_hash)


def test_a_person_with_a_pin_can_be_the_second_one(shell: Shell, record: Record) -> None:
    shell.add_nina()
    code, out, _ = shell.run("account", "pin", "nina", "--pin-stdin", typed="480215\n")
    assert (code, "second person" in out) == (0, True)
    found = SecondPersons(record.accounts).check("nina", "480215", NORA)
    assert isinstance(found, Person)
    assert found.printed_name == "Nina Ott"
    code, _, err = shell.run("account", "pin", "nina", "--pin-stdin", typed="123456\n")
    assert code == 1
    assert "PIN" in err


def test_many_people_are_loaded_at_once_and_who_is_known_gets_another_password(
    shell: Shell, record: Record
) -> None:
    shell.add_nina()
    people = (
        {"login": "nina", "role": "nurse", "name": "N. Ott", "password": "a quite new one"},
        {"login": "paul", "role": "prescriber", "name": "Paul Ruf", "password": PASSWORD}
        | {"pin": "480215"},
    )
    typed = "\n".join(json.dumps(person) for person in people)
    assert shell.run("account", "load", typed=typed) == (0, "2 people may log in\n", "")
    nina, paul = record.accounts.all()
    assert (nina.printed_name, paul.role) == ("Nina Ott", Role.PRESCRIBER)
    assert is_password("a quite new one", nina.password_hash)
    assert is_password("480215", paul.pin_hash)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"password": "short"}, "10 to 256"),
        ({"role": "display"}, "kiosk add"),
        ({"role": "king"}, "line 2: .*king"),
        ({"pin": "123456"}, "PIN"),
        ({"nickname": "P"}, "line 2: .*nickname"),
    ],
)
def test_of_a_list_with_one_wrong_line_nobody_is_added(
    shell: Shell, record: Record, wrong: dict[str, str], reason: str
) -> None:
    right = {"login": "nina", "role": "nurse", "name": "Nina Ott", "password": PASSWORD}
    paul = {"login": "paul", "role": "prescriber", "name": "Paul", "password": PASSWORD} | wrong
    code, out, err = shell.run("account", "load", typed=f"{json.dumps(right)}\n{json.dumps(paul)}")
    assert (code, out) == (1, "")
    assert re.search(reason, err)
    assert record.accounts.all() == []


def test_a_command_waits_for_whoever_writes_instead_of_failing(
    shell: Shell, record: Record
) -> None:
    """Longer than ingest does, whose loop has to turn on."""
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with record.write():
            held.set()
            let_go.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    release = threading.Timer(3 * WAIT_S, let_go.set)
    release.start()
    assert shell.add_nina() == (0, "nina may log in as nurse\n", "")
    holder.join()
    release.join()


def test_how_long_a_command_waits_is_a_setting(
    shell: Shell, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOURGLASS_DATABASE_WAIT_MS", "10")
    with record.write():
        code, _, err = shell.add_nina()
    assert code == 1
    assert "locked" in err


def test_an_enrolled_screen_opens_its_ward_until_it_is_revoked(
    shell: Shell, record: Record, sessions: Sessions
) -> None:
    address = shell.enrol()
    assert address.startswith("http://127.0.0.1:8050/ward/demo?token=")
    token = address.partition("token=")[2]

    async def work() -> None:
        assert await sessions.open_for_screen(token, WardId("other")) is None
        session = await sessions.open_for_screen(token, DEMO)
        login = await Sessions(record.accounts).find(session)
        assert login is not None
        assert (login.role, login.ward, login.audience) == (Role.DISPLAY, DEMO, Audience.PUBLIC)
        listed = re.match(r"(\w{12})\tdemo\tpublic\tholds\tWall", shell.run("kiosk", "list")[1])
        assert listed is not None
        assert shell.run("kiosk", "revoke", listed[1])[0] == 0
        assert await Sessions(record.accounts).find(session) is None
        assert await sessions.open_for_screen(token, DEMO) is None

    asyncio.run(work())
    assert token not in shell.run("kiosk", "list")[1]


def test_a_screen_of_no_ward_is_not_enrolled(shell: Shell) -> None:
    code, _, err = shell.run(
        "kiosk", "add", "--ward", "west", "--label", "L", "--audience", "staff"
    )
    assert code == 1
    assert "there is no ward 'west', only demo" in err


def test_one_unknown_ward_among_several_enrols_no_screen(shell: Shell) -> None:
    code, out, _ = shell.run(
        "kiosk", "add", "--ward", "demo", "demo", "--label", "L", "--audience", "staff"
    )
    assert code == 0
    assert len({link.partition("token=")[2] for link in out.split()}) == 2
    listed = shell.run("kiosk", "list")[1]
    code, _, _ = shell.run(
        "kiosk", "add", "--ward", "demo", "west", "--label", "L", "--audience", "staff"
    )
    assert code == 1
    assert shell.run("kiosk", "list")[1] == listed


def test_a_system_is_let_read_until_its_token_is_revoked(
    shell: Shell, record: Record, sessions: Sessions
) -> None:
    shell.add_nina()
    code, out, _ = shell.run(
        "token", "add", "--by", "nina", "--ward", "demo", "--label", "Hospital", "--days", "30"
    )
    assert code == 0
    token = out.strip()
    interfaces = Interfaces(record.accounts, two_beds().sessions.people)

    def find(secret: str) -> Interface | None:
        return asyncio.run(interfaces.find(f"Bearer {secret}"))

    found = find(token)
    assert found is not None
    assert (found.label, found.ward, found.by.account) == ("Hospital", DEMO, "nina")
    assert find(f"{token}x") is None
    assert asyncio.run(sessions.find(token)) is None
    listed = re.match(
        r"(\w{12})\tdemo\tObservation,MedicationAdministration\tholds until \d{4}-\d\d-\d\d\tnina"
        r"\tHospital",
        shell.run("token", "list")[1],
    )
    assert listed is not None
    assert shell.run("token", "revoke", listed[1])[0] == 0
    again = shell.run("token", "revoke", listed[1])
    assert (again[0], again[2].strip()) == (1, f"{listed[1]} is revoked already")
    kinds = (InterfaceTokenMade, InterfaceTokenRevoked)
    chains = record.chains.told_of(kinds, datetime.now(UTC) - timedelta(hours=1))
    made, revoked = (event for chain in chains for event in record.chains.read(chain).events)
    assert isinstance(made, InterfaceTokenMade)
    assert isinstance(revoked, InterfaceTokenRevoked)
    assert made.token == revoked.token == listed[1]
    assert made.operator == revoked.operator == operator()
    assert find(token) is None
    assert "\trevoked\t" in shell.run("token", "list")[1]
    assert token not in shell.run("token", "list")[1]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"--by": "nobody"}, "active nurse or prescriber or administrator"),
        ({"--ward": "west"}, "there is no ward 'west', only demo"),
        ({"--days": "0"}, "--days is 1 or more"),
        ({"--label": " "}, "--label says which system"),
    ],
)
def test_a_token_that_cannot_be_given_says_why(
    shell: Shell, given: dict[str, str], reason: str
) -> None:
    shell.add_nina()
    words = {"--by": "nina", "--ward": "demo", "--label": "Hospital"} | given
    code, out, err = shell.run("token", "add", *(w for pair in words.items() for w in pair))
    assert (code, out) == (1, "")
    assert reason in err
    assert shell.run("token", "revoke", "0123456789ab")[0] == 1


def test_a_record_without_tables_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOURGLASS_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert main(["account", "list"]) == 1
    assert "python -m record migrate" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_the_demonstration_stays_on_this_machine(host: str) -> None:
    check_host(Settings(demonstration=True, http_host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "ward.example"])
def test_the_demonstration_leaves_this_machine_for_nobody(host: str) -> None:
    check_host(Settings(http_host=host))
    with pytest.raises(Stop, match="known passwords"):
        check_host(Settings(demonstration=True, http_host=host))
