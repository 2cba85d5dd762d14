"""What the read API tells of itself."""

from datetime import UTC, datetime

from exchange.fhir.parts import Resource
from exchange.fhir.search import PARAMETERS


def capability_statement(base: str, now: datetime) -> Resource:
    """What the API can do, as FHIR asks a server to tell at `/metadata`."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "kind": "instance",
        "implementation": {"description": "Hourglass, sessions to read", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "a bearer token for one ward, made by the clinic"},
                "resource": [
                    {
                        "type": kind,
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "versioning": "no-version",
                        "searchParam": [
                            {"name": name, "type": type_of(name)}
                            for name in sorted(names)
                            if ":" not in name
                        ],
                    }
                    for kind, names in PARAMETERS.items()
                ],
            }
        ],
    }


def type_of(name: str) -> str:
    """What FHIR calls the type of a search parameter."""
    if name in {"date", "effective-time"}:
        return "date"
    is_token = name in {"_id", "code", "category", "status"}
    return "token" if is_token else "reference"
