"""Code, AsyncAPI file and document say the same: topics, fields, types, words, bounds, ranges."""

import re
from typing import Any

import pytest

from tests.fixtures import contract
from tests.fixtures.contract import FieldForm, Forms
from vocabulary.ids import NAME_PATTERN, BedId, DeviceId, WardId, WorkerId
from vocabulary.signals import NIBP_PARTS, PUMP_POSSIBLE, SIGNALS, SignalName
from vocabulary.states import QuarantineReason
from wire.decoding import EARLIEST_YEAR, LATEST_YEAR, MAX_PAYLOAD_BYTES
from wire.fields import MAX_SEQ
from wire.topics import (
    MessageKind,
    ack_topic,
    bed_state_topic,
    device_topic,
    ingest_status_topic,
)

CODE = contract.forms_of_code()
FILE = contract.forms_of_file()
DOCUMENT = contract.forms_of_document()

WARD, DEVICE = WardId("{ward}"), DeviceId("{device}")
TOPICS = {
    **{device_topic(WARD, DEVICE, MessageKind(kind)): kind for kind in contract.DEVICE_MESSAGES},
    ack_topic(WARD, DEVICE): "ack",
    bed_state_topic(WARD, BedId("{bed}")): "bed state",
    ingest_status_topic(WARD, WorkerId("{worker}")): "ingest status",
}
STRUCTS = {
    name: type_.__name__
    for name, type_ in {**contract.DEVICE_MESSAGES, **contract.INGEST_MESSAGES}.items()
}


def differences(first: Forms, second: Forms) -> list[str]:
    """Each field that is not the same in both, whichever of them has it."""
    return [
        f"{name}.{field}: {first.get(name, {}).get(field)} / {second.get(name, {}).get(field)}"
        for name in sorted(first.keys() | second.keys())
        for field in sorted(first.get(name, {}).keys() | second.get(name, {}).keys())
        if first.get(name, {}).get(field) != second.get(name, {}).get(field)
    ]


def test_the_file_has_every_field_of_the_code_and_no_other() -> None:
    assert FILE.keys() == CODE.keys()
    assert differences(CODE, FILE) == []


def test_the_document_has_every_field_of_the_code_and_no_other() -> None:
    assert DOCUMENT.keys() == CODE.keys()
    assert differences(CODE, DOCUMENT) == []


@pytest.mark.parametrize("changed", ["added", "removed", "other type", "other need"])
def test_the_comparison_sees_a_field_that_only_one_form_changed(changed: str) -> None:
    fields = dict(CODE["Vitals"])
    if changed == "added":
        fields["co2"] = FieldForm("number", "no")
    elif changed == "removed":
        del fields["hr"]
    elif changed == "other type":
        fields["hr"] = FieldForm("whole number", "no")
    else:
        fields["hr"] = FieldForm("number", "yes")
    other = {**CODE, "Vitals": fields}
    assert len(differences(CODE, other)) == len(differences(other, CODE)) == 1


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "const": "x"},
        {"type": "string", "pattern": "^x$"},
        {"type": "string", "format": "date-time", "pattern": "^2"},
        {"type": "number", "multipleOf": 2},
        {"type": "array", "items": {"type": "number"}, "minItems": 1},
        {"type": ["number", "string"]},
        {"allOf": [{"type": "number"}]},
        {"$ref": "#/components/schemas/Seq", "minimum": 7},
    ],
)
def test_what_a_schema_says_beyond_the_phrases_is_not_passed_over(schema: dict[str, Any]) -> None:
    with pytest.raises(contract.NoPhrase):
        contract.phrase_of_schema(contract.read_asyncapi(), schema)


def test_the_file_has_the_topics_of_the_code_with_their_messages() -> None:
    channels = contract.read_asyncapi()["channels"].values()
    assert {channel["address"]: list(channel["messages"]) for channel in channels} == {
        topic: [STRUCTS[kind]] for topic, kind in TOPICS.items()
    }


def test_the_document_has_the_topics_of_the_code_with_a_section_each() -> None:
    assert [row[0].strip("`") for row in contract.tables()["topic"]] == list(TOPICS)
    headings = re.findall(r"^## `(.+)`$", contract.read_document(), re.MULTILINE)
    assert sorted(headings) == sorted(TOPICS.values())


def test_file_and_document_retain_the_same_topics_and_agree_who_publishes_them() -> None:
    asyncapi = contract.read_asyncapi()
    in_file = {
        contract.resolved(asyncapi, operation["channel"])["address"]: (
            operation["bindings"]["mqtt"]["retain"],
            operation["action"] == "send",
        )
        for operation in asyncapi["operations"].values()
    }
    in_document = {
        row[0].strip("`"): (row[2] == "yes", row[1].startswith("ingest"))
        for row in contract.tables()["topic"]
    }
    assert in_file == in_document
    published_by_devices = {topic for topic, (_, is_sent) in in_file.items() if not is_sent}
    assert {TOPICS[topic] for topic in published_by_devices} == set(contract.DEVICE_MESSAGES)


Ranges = dict[str, tuple[float, float]]


def ranges_of_code() -> Ranges:
    vitals = {f"Vitals.{name.value}": signal.possible for name, signal in SIGNALS.items()}
    del vitals["Vitals.nibp"]  # a reading of three numbers, each with a range of its own
    cuff = {f"NibpReading.{name}": part.possible for name, part in NIBP_PARTS.items()}
    pump = {f"PumpReading.{name.value}": possible for name, possible in PUMP_POSSIBLE.items()}
    return {name: (held.low, held.high) for name, held in {**vitals, **cuff, **pump}.items()}


def annotated(key: str) -> dict[str, Any]:
    return {
        f"{name}.{field}": schema[key]
        for name, held in contract.read_asyncapi()["components"]["schemas"].items()
        for field, schema in held.get("properties", {}).items()
        if key in schema
    }


def rows_of_document() -> dict[str, tuple[str, float, float]]:
    pump = {number.value for number in PUMP_POSSIBLE}
    rows = {}
    for number, unit, least, greatest in contract.tables()["number"]:
        name = number.strip("`")
        place = "PumpReading." if name in pump else "Vitals."
        place = place + name if "." not in name else name.replace("nibp.", "NibpReading.")
        rows[place] = (unit.strip("`"), float(least), float(greatest))
    return rows


def test_the_possible_ranges_are_the_same_in_all_three() -> None:
    assert ranges_of_code() == {
        name: tuple(bounds) for name, bounds in annotated("x-possible-range").items()
    }
    assert ranges_of_code() == {name: held[1:] for name, held in rows_of_document().items()}


def test_the_units_are_the_same_in_all_three() -> None:
    in_file = annotated("x-unit")
    assert in_file == {name: held[0] for name, held in rows_of_document().items()}
    for name, signal in SIGNALS.items():
        if name is not SignalName.NIBP:
            assert in_file[f"Vitals.{name.value}"] == signal.ucum_unit
    for part in NIBP_PARTS:
        assert in_file[f"NibpReading.{part}"] == SIGNALS[SignalName.NIBP].ucum_unit


def test_every_number_of_a_reading_has_a_possible_range() -> None:
    numbers = {
        f"{name}.{field}"
        for name in ("Vitals", "NibpReading", "PumpReading")
        for field, form in CODE[name].items()
        if form.type == "number"
    }
    assert numbers == ranges_of_code().keys()


def test_the_document_names_every_reason_and_no_other() -> None:
    named = [row[0].strip("`") for row in contract.tables()["reason"]]
    assert sorted(named) == sorted(reason.value for reason in QuarantineReason)


def test_the_bounds_of_the_document_are_those_of_the_code() -> None:
    bounds = {row[0]: row[1] for row in contract.tables()["bound"]}
    longest = re.fullmatch(r".*\{1,(\d+)\}", NAME_PATTERN.pattern)
    assert longest is not None
    assert bounds == {
        "longest payload": f"{MAX_PAYLOAD_BYTES} bytes",
        "first year": str(EARLIEST_YEAR),
        "last year": str(LATEST_YEAR),
        "largest `seq`": str(MAX_SEQ),
        "longest topic level": f"{longest[1]} characters",
        "longest `boot`, `counter`, alarm `id`": "64 characters",
        "longest other text": "256 characters",
    }
    for year in range(1000, 10000):
        is_in_file = re.match(contract.DEVICE_YEARS, f"{year}-") is not None
        assert is_in_file == (EARLIEST_YEAR <= year <= LATEST_YEAR)


def test_every_link_of_the_document_leads_to_one_of_its_headings() -> None:
    text = contract.read_document()
    headings = {
        re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    links = re.findall(r"\]\(#([^)]+)\)", text)
    assert links
    assert set(links) <= headings
