"""Every control of docs/hazards.md, and every rule of docs/alarms.md, has a test that exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HAZARDS = ROOT / "docs" / "hazards.md"
ALARMS = ROOT / "docs" / "alarms.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ROW = re.compile(r"^\| (?!hazard |rule |---)", re.MULTILINE)


def rows(page: Path = HAZARDS) -> list[str]:
    lines = page.read_text().splitlines()
    return [line for line in lines if ROW.match(line) and not line.startswith("|---")]


def functions_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize(
    "row", rows() + rows(ALARMS), ids=lambda row: row.split("|")[1].strip()[:60]
)
def test_every_hazard_and_every_rule_of_alarms_names_tests_that_exist(row: str) -> None:
    found = NAMED.findall(row)
    assert found, "a hazard, or a rule, without a test is an opinion"
    for file, name in found:
        path = ROOT / file
        assert path.exists(), f"there is no {file}"
        assert name in functions_in(path), f"{file} has no {name}"


def test_every_rule_of_alarms_has_a_place_and_a_test() -> None:
    assert len(rows(ALARMS)) > 50
    for row in rows(ALARMS):
        assert len([cell for cell in row.strip("|").split("|") if cell.strip()]) == 3, row


def test_every_hazard_has_cause_control_and_test() -> None:
    assert len(rows()) > 20
    for row in rows():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 4, row
        assert all(cells), row
