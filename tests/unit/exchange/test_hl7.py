"""HL7 v2: a message that another parser reads, with the numbers of the report."""

from functools import cache
from typing import Any

import msgspec
import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from exchange.hl7 import oru_message, stamp, told
from infusion.report import SessionReport
from tests.fixtures.exported import signed_report
from tests.fixtures.pumps import at
from tests.fixtures.session import Driver, plan
from tests.fixtures.whole_session import report_of

NOW = at(100_000)


def message(report: SessionReport) -> str:
    return oru_message(report, "Klinik am See", NOW)


@cache
def parsed() -> Any:
    """As hl7apy reads it, strictly, with its groups."""
    return parse_message(
        message(signed_report()), validation_level=VALIDATION_LEVEL.STRICT, find_groups=True
    )


def rows(segment: str) -> list[list[str]]:
    lines = message(signed_report()).split("\r")
    return [line.split("|") for line in lines if line.startswith(f"{segment}|")]


def test_another_parser_reads_it_strictly() -> None:
    found = parsed()
    assert found.name == "ORU_R01"
    assert found.msh.msh_9.value == "ORU^R01^ORU_R01"
    assert found.msh.msh_12.value == "2.6"
    [result] = found.oru_r01_patient_result
    assert result.oru_r01_patient.pid.pid_5.pid_5_1.value == "Muster"
    assert result.oru_r01_patient.pid.pid_7.value == "19800201"
    groups = result.oru_r01_order_observation
    assert [g.obr.obr_4.obr_4_2.value for g in groups] == [
        "monitoring of patient",
        "intravenous infusion",
        "observations and interventions",
    ]


def test_the_time_of_the_message_is_never_that_of_a_number() -> None:
    [msh] = rows("MSH")
    assert msh[6] == stamp(NOW)
    assert {row[14] for row in rows("OBX") if len(row) > 14} & {stamp(NOW)} == set()
    assert msh[14:16] == ["AL", "NE"]
    assert "1.3.6.1.4.1.19376.1.6.1.1.1" in msh[20]


def values(code: str) -> list[tuple[str, str, str]]:
    return [(row[5], row[6], row[14]) for row in rows("OBX") if row[3].startswith(f"{code}^")]


def test_rates_volumes_and_the_dose_are_those_of_the_report() -> None:
    assert [(v, u) for v, u, _ in values("158014")] == [
        (rate, "265266^MDC_DIM_MILLI_L_PER_HR^MDC") for rate in ("35", "42", "28")
    ]
    assert [v for v, _, _ in values("157992")] == ["11.667", "17.5", "4.666"]
    assert [v for v, _, _ in values("157993")] == ["33.833"]
    assert values("158014")[0][2] == stamp(at(1320))


def test_cuff_readings_stand_at_their_moment() -> None:
    cuffs = signed_report().cuffs
    assert [(v, t) for v, _, t in values("150021")] == [(f"{c.sys:g}", stamp(c.at)) for c in cuffs]


def test_a_minute_without_a_number_is_a_row_without_a_value() -> None:
    spo2 = [row for row in rows("OBX") if row[3].startswith("150456^")]
    missing = [row for row in spo2 if not row[5]]
    assert [row[11] for row in missing] == ["X"] * len(missing)
    assert len(missing) == 2
    assert {row[11] for row in spo2 if row[5]} == {"R"}
    assert {row[6] for row in spo2} == {"262688^MDC_DIM_PERCENT^MDC"}


def test_observations_are_final_with_the_time_they_were_seen() -> None:
    seen = [row for row in rows("OBX") if row[3].startswith("SEDATION^")]
    assert {row[11] for row in seen} == {"F"}
    assert stamp(signed_report().observations[1].done_at) in {row[14] for row in seen}


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("a|b", "a\\F\\b"), ("a^b&c~d\\e", "a\\S\\b\\T\\c\\R\\d\\E\\e"), ("a\rOBX|1", "a OBX\\F\\1")],
)
def test_what_people_typed_cannot_become_structure(text: str, escaped: str) -> None:
    assert told(text) == escaped
    patient = msgspec.structs.replace(signed_report().patient, family_name=text)
    written = message(msgspec.structs.replace(signed_report(), patient=patient))
    assert len(written.split("\r")) == len(message(signed_report()).split("\r"))


def test_long_names_are_read_strictly_too() -> None:
    report = signed_report()
    patient = msgspec.structs.replace(report.patient, family_name="Wolfeschlegelsteinhausen")
    stays = tuple(msgspec.structs.replace(stay, bed="b" * 64) for stay in report.stays)
    long = msgspec.structs.replace(
        report, session="titrated-1-202611250812", patient=patient, ward="w" * 64, stays=stays,
        trend=(), cuffs=(), observations=report.observations[:2],
    )  # fmt: skip
    written = oru_message(long, "The Hourglass Demonstration Clinic at the Lake", NOW)
    found = parse_message(written, validation_level=VALIDATION_LEVEL.STRICT, find_groups=True)
    assert found.msh.msh_4.msh_4_1.value == "The Hourglass Demons"


def test_test_data_is_marked_as_such() -> None:
    devices = tuple(msgspec.structs.replace(d, is_simulated=True) for d in signed_report().devices)
    simulated = message(msgspec.structs.replace(signed_report(), devices=devices))
    assert simulated.split("\r")[0].split("|")[10] == "T"
    assert rows("MSH")[0][10] == "P"


def test_a_session_without_numbers_is_a_message_too() -> None:
    bare = report_of(Driver().do(plan()), vitals=(), pump_facts=(), alarms=())
    found = parse_message(message(bare), find_groups=False)
    assert [segment.name for segment in found.children] == ["MSH", "PID", "PV1"]


def test_no_control_character_of_a_name_ends_the_message_on_the_wire() -> None:
    patient = msgspec.structs.replace(signed_report().patient, family_name="x\x0by\x1cz\x00\t=1|1")
    sent = message(msgspec.structs.replace(signed_report(), patient=patient))
    assert not [c for c in sent if ord(c) < 32 and c != "\r"]
    assert "x y z  =1\\F\\1^Anna" in sent
