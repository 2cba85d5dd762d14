"""The rules of the house: who imports whom, what a pure room may not touch, how files are named."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
    "importlinter"
]["root_packages"]
LONGEST_MODULE = 400

SPEAKS_MQTT = re.compile(r"ingest/(mqtt|buffered_client)\.py|dashboard/feed\.py|simulator/\w+\.py")
PURE_ROOMS = ("vocabulary", "wire", "infusion")
READS_FILES = {"wire/arrivals.py", "wire/__main__.py"}
MIGRATIONS = "record/migrations/"
"""Written by Alembic's template; each is named by what it does."""

EMPTY_WORDS = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}
"""Names that say nothing about what is inside."""

CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"}
FILE_CALLS = {"open", "read_text", "write_text", "read_bytes", "write_bytes"}
OUTSIDE_WORLD = {
    "asyncio", "io", "multiprocessing", "os", "pathlib", "random", "secrets", "select", "shutil",
    "socket", "sqlite3", "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip


@dataclass(frozen=True)
class Module:
    """A file of ours: its place below the root, and its text taken apart."""

    place: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.place)

    @property
    def room(self) -> str:
        return self.place.partition("/")[0]

    @property
    def is_command(self) -> bool:
        return self.place.endswith("/__main__.py")


def modules(*folders: str) -> list[Module]:
    return [
        Module(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]


# --- rules: each yields where a module breaks it --------------------------------------------------


def breaks_length(module: Module) -> Iterator[str]:
    length = module.text.count("\n")
    if length > LONGEST_MODULE:
        yield f"{module.place}: {length} lines"


def breaks_naming(module: Module) -> Iterator[str]:
    parts = module.place.removesuffix(".py").split("/")
    for part in parts:
        if EMPTY_WORDS & set(part.lower().strip("_").split("_")):
            yield f"{module.place}: `{part}` says nothing"


def imported(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.lineno


def breaks_paho(module: Module) -> Iterator[str]:
    if SPEAKS_MQTT.fullmatch(module.place):
        return
    for name, line in imported(module.tree):
        if name.partition(".")[0] == "paho":
            yield f"{module.place}:{line}: paho"


def breaks_printing(module: Module) -> Iterator[str]:
    if module.is_command:
        return
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "print"
        ):
            yield f"{module.place}:{node.lineno}: print"


def breaks_purity(module: Module) -> Iterator[str]:
    if module.room not in PURE_ROOMS:
        return
    may_read = module.place in READS_FILES
    for name, line in imported(module.tree):
        if name.partition(".")[0] in OUTSIDE_WORLD and not may_read:
            yield f"{module.place}:{line}: imports {name}"
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        is_attribute = isinstance(node.func, ast.Attribute)
        if called in CLOCKS and is_attribute:
            yield f"{module.place}:{node.lineno}: {called}() is a clock; `now` is a parameter"
        elif called in FILE_CALLS and not may_read:
            yield f"{module.place}:{node.lineno}: {called}() reads or writes a file"


def breaks_docstrings(module: Module) -> Iterator[str]:
    if module.place.startswith(MIGRATIONS):
        return
    tree = module.tree
    if not ast.get_docstring(tree):
        yield f"{module.place}: the module"
    for node, name in public(tree, ""):
        if not ast.get_docstring(node):
            yield f"{module.place}:{node.lineno}: {name}"


Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public(node: ast.Module | ast.ClassDef, within: str) -> Iterator[tuple[Definition, str]]:
    for child in node.body:
        if not isinstance(child, Definition) or child.name.startswith("_"):
            continue
        decorators = {getattr(d, "attr", getattr(d, "id", "")) for d in child.decorator_list}
        if decorators & {"overload", "setter", "override"}:
            continue
        yield child, within + child.name
        if isinstance(child, ast.ClassDef):
            yield from public(child, f"{within}{child.name}.")


# --- the rules hold -------------------------------------------------------------------------------


def broken(rule: Callable[[Module], Iterator[str]], *folders: str) -> list[str]:
    return [where for module in modules(*folders) for where in rule(module)]


LINT_IMPORTS = """
import sys
from importlinter.cli import lint_imports
sys.exit(lint_imports(no_cache=True, no_logo=True))
"""


def test_the_contracts_of_the_import_linter_are_kept() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " 0 broken" in ended.stdout


def test_every_room_is_known_to_the_import_linter() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert rooms - {"tests"} == set(ROOMS)


def test_no_module_is_longer_than_400_lines() -> None:
    assert broken(breaks_length, *ROOMS, "tests") == []


def test_every_file_and_folder_is_named_by_what_is_in_it() -> None:
    assert broken(breaks_naming, *ROOMS, "tests") == []


def test_paho_is_imported_only_where_mqtt_is_spoken() -> None:
    assert broken(breaks_paho, *ROOMS) == []


def test_only_commands_print() -> None:
    assert broken(breaks_printing, *ROOMS) == []


def test_the_pure_rooms_have_no_clock_no_file_and_no_chance() -> None:
    assert broken(breaks_purity, *PURE_ROOMS) == []


def test_every_module_and_everything_public_in_it_says_what_it_is() -> None:
    assert broken(breaks_docstrings, *ROOMS) == []


# --- the rules can be broken ----------------------------------------------------------------------

DOC = '"""Text."""\n'


@pytest.mark.parametrize(
    ("rule", "place", "text"),
    [
        (breaks_length, "wire/a.py", "\n" * 401),
        (breaks_naming, "wire/utils.py", ""),
        (breaks_naming, "ingest/helpers/a.py", ""),
        (breaks_naming, "ingest/session_manager.py", ""),
        (breaks_paho, "ingest/worker.py", "import paho.mqtt.client as mqtt"),
        (breaks_paho, "dashboard/live.py", "def f():\n    from paho.mqtt.client import Client"),
        (breaks_paho, "dashboard/feed/a.py", "import paho"),
        (breaks_printing, "ingest/worker.py", "def f():\n    print('x')"),
        (breaks_purity, "infusion/a.py", "from datetime import datetime\ndatetime.now()"),
        (breaks_purity, "wire/arrivals.py", "import datetime\ndatetime.datetime.now(x)"),
        (breaks_purity, "infusion/a.py", "import time"),
        (breaks_purity, "infusion/a.py", "from time import time"),
        (breaks_purity, "vocabulary/a.py", "open('x')"),
        (breaks_purity, "wire/a.py", "path.read_text()"),
        (breaks_purity, "wire/a.py", "from pathlib import Path"),
        (breaks_purity, "infusion/a.py", "import random"),
        (breaks_docstrings, "wire/a.py", "x = 1"),
        (breaks_docstrings, "wire/a.py", DOC + "def f(): ..."),
        (breaks_docstrings, "wire/a.py", DOC + "async def f(): ..."),
        (breaks_docstrings, "wire/a.py", DOC + "class A: ..."),
        (breaks_docstrings, "wire/a.py", DOC + f"class A:\n    {DOC}    def f(self): ..."),
    ],
)
def test_a_module_that_breaks_a_rule_is_found(
    rule: Callable[[Module], Iterator[str]], place: str, text: str
) -> None:
    (where,) = rule(Module(place, text))
    assert where.startswith(place)


@pytest.mark.parametrize(
    ("rule", "place", "text"),
    [
        (breaks_length, "wire/a.py", "\n" * 400),
        (breaks_naming, "infusion/commonality.py", ""),
        (breaks_paho, "simulator/connection.py", "import paho"),
        (breaks_printing, "wire/__main__.py", "print('x')"),
        (breaks_purity, "wire/arrivals.py", "path.open('rb')"),
        (breaks_purity, "ingest/stream_clock.py", "datetime.now(UTC)"),
        (breaks_purity, "infusion/a.py", "def f(now): return now.time, reading.now"),
        (breaks_docstrings, "wire/a.py", DOC + "def _f(): ..."),
    ],
)
def test_a_module_that_keeps_a_rule_is_left_alone(
    rule: Callable[[Module], Iterator[str]], place: str, text: str
) -> None:
    assert list(rule(Module(place, text))) == []
