"""Signatures as Provenance: who signed what, when, for which meaning, over which hash."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Final

from exchange.fhir.parts import Resource, instant, named, resource, terms
from infusion.report import SessionReport
from infusion.signature_line import SignatureLine

_SYSTEM: Final = "urn:iso-astm:E1762-95:2013"
_TYPES: Final = {
    "performed": ("1.2.840.10065.1.12.1.1", "Author's Signature", "author"),
    "checked": ("1.2.840.10065.1.12.1.5", "Verification Signature", "verifier"),
    "witnessed-waste": ("1.2.840.10065.1.12.1.9", "Event Witness Signature", "attester"),
    "discharge-authorised": ("1.2.840.10065.1.12.1.6", "Validation Signature", "verifier"),
    "reviewed": ("1.2.840.10065.1.12.1.13", "Review Signature", "verifier"),
    "amended": ("1.2.840.10065.1.12.1.15", "Addendum Signature", "author"),
}
"""By what a signature means: the type of ASTM E1762, and what its person is to the record."""


def provenances(report: SessionReport, targets: Sequence[Resource]) -> Iterator[Resource]:
    """One for each signature, of all the resources it stands under."""
    references = [{"reference": f"{r['resourceType']}/{r['id']}"} for r in targets]
    for number, line in enumerate(report.signatures):
        yield _provenance(report, number, line, references)


def _provenance(
    report: SessionReport, number: int, line: SignatureLine, targets: list[Resource]
) -> Resource:
    oid, words, part = _TYPES.get(line.meaning, _TYPES["reviewed"])
    who = named(f"{line.printed_name}, {line.role}")
    return resource(
        report,
        "Provenance",
        report.session,
        str(number),
        target=targets,
        recorded=instant(line.at),
        activity={"text": line.meaning if not line.exception else f"{line.meaning}, exception"},
        reason=[{"text": line.exception}] if line.exception else None,
        agent=[{"type": terms("provenance-participant-type", part), "who": who}],
        signature=[
            {
                "type": [{"system": _SYSTEM, "code": oid, "display": words}],
                "when": instant(line.at),
                "who": who,
                "targetFormat": "application/json",
                "sigFormat": "text/plain",
                "data": b64encode(line.content_hash.encode()).decode(),
            }
        ],
    )
