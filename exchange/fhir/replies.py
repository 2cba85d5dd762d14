"""What the read API answers with."""

from typing import Final

import msgspec

from exchange.fhir.parts import Resource

MEDIA_TYPE: Final = "application/fhir+json"


class Reply(msgspec.Struct, frozen=True):
    """What is answered: the HTTP status, and a resource as FHIR JSON would have it."""

    status: int
    resource: Resource


def problem(status: int, code: str, text: str) -> Reply:
    """An OperationOutcome; `code` is of FHIR's issue types, `text` says what to do."""
    issue = {"severity": "error", "code": code, "diagnostics": text}
    return Reply(status, {"resourceType": "OperationOutcome", "issue": [issue]})
