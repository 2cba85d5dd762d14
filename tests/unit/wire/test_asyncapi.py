"""The AsyncAPI file is one, and judges messages as the decoder does."""

import copy
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import jsonschema
import msgspec
import pytest

from tests.fixtures import contract
from vocabulary.ids import DeviceId, WardId
from wire.decoding import Refused, decode
from wire.published import decode_ack, decode_bed_state, decode_ingest_status
from wire.topics import MessageKind, device_topic

ASYNCAPI = contract.read_asyncapi()
PUBLISHED = {
    "ack": decode_ack,
    "bed state": decode_bed_state,
    "ingest status": decode_ingest_status,
}
STRUCTS = {
    name: type_.__name__
    for name, type_ in {**contract.DEVICE_MESSAGES, **contract.INGEST_MESSAGES}.items()
}

# What AsyncAPI 3.0.0 requires of the parts that the file uses (Schema, sections of those names).
_REFERENCE = {
    "type": "object",
    "required": ["$ref"],
    "properties": {"$ref": {"type": "string", "pattern": "^#/"}},
    "additionalProperties": False,
}
_REFERENCES = {"type": "object", "minProperties": 1, "additionalProperties": _REFERENCE}
ESSENTIALS: dict[str, Any] = {
    "type": "object",
    "required": ["asyncapi", "info", "channels", "operations", "components"],
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "defaultContentType": {"const": "application/json"},
        "info": {
            "type": "object",
            "required": ["title", "version"],
            "properties": {"title": {"type": "string"}, "version": {"type": "string"}},
        },
        "servers": {
            "additionalProperties": {
                "type": "object",
                "required": ["host", "protocol"],
                "properties": {"protocol": {"enum": ["mqtt", "secure-mqtt"]}},
            }
        },
        "channels": {
            "additionalProperties": {
                "type": "object",
                "required": ["address", "messages"],
                "properties": {
                    "address": {"type": "string"},
                    "description": {"type": "string"},
                    "messages": _REFERENCES,
                    "parameters": _REFERENCES,
                },
                "additionalProperties": False,
            }
        },
        "operations": {
            "additionalProperties": {
                "type": "object",
                "required": ["action", "channel"],
                "properties": {
                    "action": {"enum": ["send", "receive"]},
                    "channel": _REFERENCE,
                    "messages": {"type": "array", "items": _REFERENCE, "minItems": 1},
                    "bindings": {
                        "type": "object",
                        "properties": {
                            "mqtt": {
                                "type": "object",
                                "properties": {
                                    "qos": {"enum": [0, 1, 2]},
                                    "retain": {"type": "boolean"},
                                    "bindingVersion": {"const": "0.2.0"},
                                },
                                "additionalProperties": False,
                            }
                        },
                        "additionalProperties": False,
                    },
                },
                "additionalProperties": False,
            }
        },
        "components": {
            "type": "object",
            "properties": {
                "messages": {
                    "additionalProperties": {
                        "type": "object",
                        "required": ["name", "title", "contentType", "payload", "examples"],
                        "properties": {
                            "name": {"type": "string"},
                            "title": {"type": "string"},
                            "contentType": {"type": "string"},
                            "payload": _REFERENCE,
                            "examples": {
                                "type": "array",
                                "minItems": 1,
                                "items": {"required": ["name", "summary", "payload"]},
                            },
                        },
                        "additionalProperties": False,
                    }
                },
                "parameters": {"additionalProperties": {"required": ["description"]}},
                "schemas": {"additionalProperties": {"required": ["type", "description"]}},
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}

CHECKER = jsonschema.FormatChecker(formats=())


@CHECKER.checks("date-time")
def is_rfc_3339(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def validator_of(name: str) -> jsonschema.Draft7Validator:
    """The JSON schema of the object `name`; the file itself is what its references refer to."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": ASYNCAPI["components"]}
    return jsonschema.Draft7Validator(schema, format_checker=CHECKER)


def judged_by_code(kind: str, payload: bytes) -> str | None:
    """Why the decoder refuses the payload; None if it takes it."""
    try:
        if kind in PUBLISHED:
            PUBLISHED[kind](payload)
        else:
            decode(device_topic(WardId("w"), DeviceId("d"), MessageKind(kind)), payload)
    except (Refused, msgspec.MsgspecError) as error:
        return str(error)
    return None


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for held in node.values():
            yield from references(held)
    elif isinstance(node, list):
        for held in node:
            yield from references(held)


def test_the_file_has_the_parts_of_an_asyncapi_3_document() -> None:
    jsonschema.Draft7Validator(ESSENTIALS).validate(ASYNCAPI)


def test_every_schema_of_the_file_is_a_json_schema() -> None:
    for schema in ASYNCAPI["components"]["schemas"].values():
        jsonschema.Draft7Validator.check_schema(schema)


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    used = set(references(ASYNCAPI))
    for reference in used:
        contract.resolved(ASYNCAPI, {"$ref": reference})
    components = {
        f"#/components/{part}/{name}"
        for part, held in ASYNCAPI["components"].items()
        for name in held
    }
    assert components <= used
    channels = {f"#/channels/{name}" for name in ASYNCAPI["channels"]}
    assert channels <= used


def test_every_level_in_braces_is_a_parameter_of_its_channel() -> None:
    for channel in ASYNCAPI["channels"].values():
        assert set(re.findall(r"\{(\w+)\}", channel["address"])) == set(channel["parameters"])


def examples_of_file() -> list[tuple[str, bytes]]:
    kinds = {struct: kind for kind, struct in STRUCTS.items()}
    return [
        (kinds[name], msgspec.json.encode(example["payload"]))
        for name, message in ASYNCAPI["components"]["messages"].items()
        for example in message["examples"]
    ]


EXAMPLES = [*examples_of_file(), *contract.examples_of_document()]


def test_file_and_document_have_an_example_of_every_message() -> None:
    assert {kind for kind, _ in examples_of_file()} == STRUCTS.keys()
    assert {kind for kind, _ in contract.examples_of_document()} == STRUCTS.keys()


def test_the_examples_of_the_file_show_every_field_of_a_device_message() -> None:
    forms = contract.forms_of_code()
    for kind in contract.DEVICE_MESSAGES:
        shown = {
            field
            for of, payload in EXAMPLES
            if of == kind
            for field in msgspec.json.decode(payload)
        }
        assert forms[STRUCTS[kind]].keys() - shown <= {"buffered", "pr", "etco2"}


@pytest.mark.parametrize(("kind", "payload"), EXAMPLES)
def test_an_example_keeps_to_the_file_and_to_the_code(kind: str, payload: bytes) -> None:
    validator_of(STRUCTS[kind]).validate(msgspec.json.decode(payload))
    assert judged_by_code(kind, payload) is None


@pytest.mark.parametrize(("kind", "payload"), EXAMPLES)
def test_an_example_has_no_field_that_the_contract_does_not_know(kind: str, payload: bytes) -> None:
    known = contract.forms_of_code()[STRUCTS[kind]]
    assert msgspec.json.decode(payload).keys() <= known.keys()


WRONG: list[Any] = [
    None, True, 7, 0, -1, 1.5, 2**53, 1e300, "", "7", "x" * 65, "x" * 257, "\u0000", "unknown",
    "2026-11-22T14:03:07", "2026-02-30T14:03:07Z", "1969-06-01T00:00:00Z", "3000-06-01T00:00:00Z",
    "2026-11-22T14:03:07+02:00", [], [[1, 2]], [[1]], [["1", "2"]], {}, {"hr": "fault"},
    {"hr": "implausible"}, {"sys": 1}, {"sys": 1, "dia": 2}, {"sys": 1, "dia": "2"}, "fault",
]  # fmt: skip


def changed(payload: bytes) -> Iterator[dict[str, Any]]:
    """The message with each field left out, and with each field something else."""
    message = msgspec.json.decode(payload)
    for field in message:
        yield {name: value for name, value in message.items() if name != field}
        for value in WRONG:
            yield {**copy.deepcopy(message), field: value}
    yield {**message, "unheard_of": None}


@pytest.mark.parametrize(("kind", "payload"), EXAMPLES)
def test_the_schema_of_the_file_and_the_decoder_refuse_the_same(kind: str, payload: bytes) -> None:
    validator = validator_of(STRUCTS[kind])
    verdicts = set()
    for message in changed(payload):
        refused = judged_by_code(kind, msgspec.json.encode(message))
        verdicts.add(refused is None)
        assert validator.is_valid(message) == (refused is None), (message, refused)
    assert verdicts == {True, False}
