"""Tables: what goes out comes back the same, and every column says what it is."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from exchange.csv import CsvFiles
from exchange.json import session_json
from exchange.parquet import ParquetFiles
from exchange.report_tables import all_tables
from exchange.tables import Cell, Column, Kind, Table, data_dictionary
from infusion.report import content_hash, sealed_content
from tests.fixtures.exported import export
from tests.fixtures.exports import read_csv_files, read_parquet_files, read_session_json

TABLES = all_tables(export())
BY_NAME = {table.name: table for table in TABLES}


def cells(table: Table) -> list[tuple[Cell, ...]]:
    """Rows as both formats keep them: no text and empty text are the same."""
    return [tuple(None if cell == "" else cell for cell in row) for row in table.rows]


def test_every_row_has_a_cell_for_every_column_of_the_kind_it_says() -> None:
    kinds = {
        Kind.TEXT: str, Kind.COUNT: int, Kind.NUMBER: (int, float), Kind.EXACT: Decimal,
        Kind.YES_NO: bool, Kind.MOMENT: datetime,
    }  # fmt: skip
    for table in TABLES:
        assert len({column.name for column in table.columns}) == len(table.columns)
        for row in table.rows:
            for cell, column in zip(row, table.columns, strict=True):
                assert cell is None or isinstance(cell, kinds[column.kind]), (table.name, column)
                assert not isinstance(cell, datetime) or cell.tzinfo is UTC


def test_no_table_is_empty_for_a_whole_session() -> None:
    assert [table.name for table in TABLES if not table.rows] == []


def test_csv_comes_back_as_it_went_out(tmp_path: Path) -> None:
    with CsvFiles(tmp_path) as files:
        files.add(TABLES)
    read = {table.name: table for table in read_csv_files(tmp_path)}
    assert set(read) == {"data_dictionary", *BY_NAME} - {"data_dictionary"}
    for name, table in read.items():
        assert table.columns == BY_NAME[name].columns
        assert cells(table) == cells(BY_NAME[name]), name


def test_parquet_comes_back_as_it_went_out(tmp_path: Path) -> None:
    with ParquetFiles(tmp_path) as files:
        files.add(TABLES)
    read = {table.name: table for table in read_parquet_files(tmp_path)}
    assert set(read) == set(BY_NAME)
    for name, table in read.items():
        assert table.columns == BY_NAME[name].columns
        assert cells(table) == cells(BY_NAME[name]), name
        assert table.text == BY_NAME[name].text


def test_json_comes_back_as_it_went_out() -> None:
    whole = export()
    read = read_session_json(session_json(whole))
    assert read.report == whole.report
    assert read.events == tuple(whole.events)
    assert read.vitals == tuple(whole.vitals)
    assert read.pump_readings == tuple(whole.pump_readings)
    assert content_hash(sealed_content(read.report)) == read.content_hash
    assert read.report.signatures[-1].content_hash == read.content_hash


def test_units_and_codes_are_in_the_dictionary() -> None:
    dictionary = {(row[0], row[2]): row for row in data_dictionary(TABLES).rows}
    assert dictionary["vitals", "spo2"][5:] == (
        "%", "59408-5", "MDC_PULS_OXIM_SAT_O2 150456",
    )  # fmt: skip
    assert dictionary["cuffs", "nibp_sys"][5:7] == ("mm[Hg]", "8480-6")
    assert dictionary["pump_readings", "rate_ml_h"][5:] == (
        "mL/h", "", "MDC_FLOW_FLUID_PUMP_CURRENT 158014",
    )  # fmt: skip
    assert dictionary["segments", "dose_mg"][5] == "mg"


def test_a_bad_number_is_empty_with_the_reason_beside_it() -> None:
    table = BY_NAME["vitals"]
    names = [column.name for column in table.columns]
    spo2, reason = names.index("spo2"), names.index("spo2_invalid")
    bad = [row for row in table.rows if row[reason] is not None]
    assert len(bad) == 150
    assert {row[spo2] for row in bad} == {None}
    assert {row[reason] for row in bad} == {"sensor_off"}


def test_the_tables_say_what_the_report_says() -> None:
    [session] = BY_NAME["sessions"].rows
    named = dict(zip([c.name for c in BY_NAME["sessions"].columns], session, strict=True))
    dose = export().report.dose
    assert named["given_mg"] == dose.by_volume_mg == Decimal("33.833")
    assert named["family_name"] == "Muster"
    [syringe, vials] = BY_NAME["drug_balance"].rows
    assert [row[7] for row in (syringe, vials)] == [0, 0]
    assert [row[9] for row in (syringe, vials)] == ["Olga Other", "Olga Other"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "'quoted", "a,b", 'say "x"', "a\nb"])
def test_no_text_of_a_person_is_a_formula_in_a_spreadsheet(tmp_path: Path, text: str) -> None:
    table = Table(name="t", text="t", columns=(Column("note", Kind.TEXT, "note"),), rows=[(text,)])
    with CsvFiles(tmp_path) as files:
        files.add((table,))
    raw = (tmp_path / "t.csv").read_text().splitlines()[1].lstrip('"')
    assert not raw.startswith(("=", "+", "-", "@"))
    [read] = read_csv_files(tmp_path)
    assert read.rows == [(text,)]


def test_negative_numbers_stay_numbers(tmp_path: Path) -> None:
    columns = (Column("x", Kind.EXACT, "x", "mg"), Column("y", Kind.NUMBER, "y"))
    table = Table(name="t", text="t", columns=columns, rows=[(Decimal("-0.5"), -1.5)])
    with CsvFiles(tmp_path) as files:
        files.add((table,))
    assert (tmp_path / "t.csv").read_text().splitlines()[1] == "-0.5,-1.5"


def test_sessions_are_added_to_the_same_files(tmp_path: Path) -> None:
    other = msgspec.structs.replace(export().report, session="s2")
    second = all_tables(msgspec.structs.replace(export(), report=other))
    with CsvFiles(tmp_path / "csv") as files, ParquetFiles(tmp_path / "parquet") as more:
        for tables in (TABLES, second):
            files.add(tables)
            more.add(tables)
    for read in (read_csv_files(tmp_path / "csv"), read_parquet_files(tmp_path / "parquet")):
        [sessions] = [table for table in read if table.name == "sessions"]
        assert [row[0] for row in sessions.rows] == ["s1", "s2"]


def test_a_dose_that_no_decimal_holds_is_rounded_not_refused(tmp_path: Path) -> None:
    table = Table(
        name="t",
        text="t",
        columns=(Column("x", Kind.EXACT, "x", "mg"),),
        rows=[(Decimal(1) / Decimal(3),)],
    )
    with ParquetFiles(tmp_path) as files:
        files.add((table,))
    [read] = read_parquet_files(tmp_path)
    assert read.rows == [(Decimal("0.333333333333"),)]
