"""Reading and searching the resources of a session, as a FHIR server answers.

Pure: parameters in, a status and a resource out; who may ask is decided before. One page of a
search is a `searchset` bundle with links to itself, the next and the previous one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from exchange.fhir.parts import Resource

SEARCHABLE: Final = ("Observation", "MedicationAdministration")
COUNT_USUAL: Final = 50
COUNT_MOST: Final = 500
_PAGE: Final = "page"


class Reply(msgspec.Struct, frozen=True):
    """What is answered: the HTTP status, and a resource as FHIR JSON would have it."""

    status: int
    resource: Resource


class BadSearch(ValueError):
    """A search that cannot be answered; the text says what to send instead."""


def read(resources: Iterable[Resource], kind: str, name: str) -> Reply:
    """One resource by its type and id."""
    if kind not in SEARCHABLE:
        return _problem(404, "not-supported", f"{kind} is not served; {_served()}")
    for found in resources:
        if found["resourceType"] == kind and found["id"] == name:
            return Reply(200, found)
    return _problem(404, "not-found", f"there is no {kind}/{name} in this session")


def search(
    resources: Iterable[Resource],
    kind: str,
    parameters: Sequence[tuple[str, str]],
    base: str,
) -> Reply:
    """A page of the resources of a type that fit all parameters; a comma means one of them.

    `base`: the address of the API. Parameters that are not known are refused, not passed over: a
    search that is wider than it was asked for would be taken for a full answer.
    """
    if kind not in SEARCHABLE:
        return _problem(404, "not-supported", f"{kind} is not served; {_served()}")
    try:
        count, page = _paging(parameters)
        tests = [_test(kind, name, value) for name, value in parameters if not _is_control(name)]
    except BadSearch as error:
        return _problem(400, "invalid", str(error))
    found = [r for r in resources if r["resourceType"] == kind and all(test(r) for test in tests)]
    found.sort(key=_when)
    return Reply(200, _searchset(found, kind, parameters, (base, count, page)))


def _searchset(
    found: Sequence[Resource],
    kind: str,
    parameters: Sequence[tuple[str, str]],
    paged: tuple[str, int, int],
) -> Resource:
    base, count, page = paged
    kept = [(name, value) for name, value in parameters if name not in {_PAGE, "_count"}]

    def link(relation: str, number: int) -> Resource:
        query = urlencode([*kept, ("_count", str(count)), (_PAGE, str(number))])
        return {"relation": relation, "url": f"{base}/{kind}?{query}"}

    links = [link("self", page)]
    if page > 1:
        links.append(link("previous", page - 1))
    if page * count < len(found):
        links.append(link("next", page + 1))
    shown = found[(page - 1) * count : page * count]
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(found),
        "link": links,
    }
    if shown:  # FHIR has no empty lists
        bundle["entry"] = [
            {
                "fullUrl": f"{base}/{kind}/{resource['id']}",
                "resource": resource,
                "search": {"mode": "match"},
            }
            for resource in shown
        ]
    return bundle


def _is_control(name: str) -> bool:
    return name in {"_count", "_format", _PAGE}


def _paging(parameters: Sequence[tuple[str, str]]) -> tuple[int, int]:
    given = dict(parameters)
    count = _whole(given.get("_count", str(COUNT_USUAL)), "_count")
    page = _whole(given.get(_PAGE, "1"), _PAGE)
    return min(count, COUNT_MOST), page


def _whole(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise BadSearch(f"{name} must be a whole number from 1, not {text!r}")
    return int(text)


Test = Callable[[Resource], bool]


def _test(kind: str, name: str, value: str) -> Test:
    makers = _PARAMETERS[kind]
    maker = makers.get(name)
    if maker is None:
        known = ", ".join(sorted((*makers, "_count")))
        raise BadSearch(f"{name!r} is not a search parameter of {kind}; known are {known}")
    tests = [maker(part) for part in value.split(",") if part]
    if not tests:
        raise BadSearch(f"{name} is empty")
    return lambda resource: any(test(resource) for test in tests)


def _by_id(value: str) -> Test:
    return lambda resource: bool(resource["id"] == value)


def _by_reference(field: str, kind: str) -> Callable[[str], Test]:
    def made(value: str) -> Test:
        wanted = value if "/" in value else f"{kind}/{value}"

        def test(resource: Resource) -> bool:
            held = resource.get(field, {})
            told = held if isinstance(held, list) else [held]
            return any(_ends(item.get("reference", ""), wanted) for item in told)

        return test

    return made


def _ends(held: str, wanted: str) -> bool:
    """`wanted` may be an absolute address of the same resource."""
    return bool(held) and (wanted == held or wanted.endswith(f"/{held}"))


def _by_code(fields: Sequence[str]) -> Callable[[str], Test]:
    def made(value: str) -> Test:
        system, bar, code = value.rpartition("|")

        def test(resource: Resource) -> bool:
            return any(
                coding.get("code") == code and (not bar or coding.get("system", "") == system)
                for field in fields
                for coding in _codings(resource.get(field))
            )

        return test

    return made


def _codings(held: Any) -> Iterable[Mapping[str, str]]:  # noqa: ANN401 - a concept or several
    for concept in held if isinstance(held, list) else [held] if held else []:
        yield from concept.get("coding", ())


def _by_status(value: str) -> Test:
    return lambda resource: resource.get("status") == value


_PREFIXES: Final = ("eq", "ge", "gt", "le", "lt")


def _by_time(value: str) -> Test:
    """A day or a time with an offset, and what it is compared by: `ge2026-11-22T14:00:00Z`."""
    prefix = value[:2] if value[:2] in _PREFIXES else "eq"
    text = value.removeprefix(prefix) if value[:2] in _PREFIXES else value
    begins, ends = _span(text)

    def test(resource: Resource) -> bool:
        first, last = _effective(resource)
        if first is None or last is None:
            return False
        return {
            "eq": begins <= first and last < ends,
            "ge": last >= begins,
            "gt": last >= ends,
            "le": first < ends,
            "lt": first < begins,
        }[prefix]

    return test


def _span(text: str) -> tuple[datetime, datetime]:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise BadSearch(f"{text!r} is no date; write 2026-11-22 or 2026-11-22T14:00:00Z") from error
    if "T" not in text:
        begins = moment.replace(tzinfo=UTC)
        return begins, begins + timedelta(days=1)
    if moment.tzinfo is None:
        raise BadSearch(f"{text!r} has no offset; write it like 2026-11-22T14:00:00Z")
    return moment, moment + timedelta(seconds=1)


def _effective(resource: Resource) -> tuple[datetime | None, datetime | None]:
    told = resource.get("effectiveDateTime")
    if told:
        at = datetime.fromisoformat(told)
        return at, at
    held = resource.get("effectivePeriod", {})
    begins, ends = held.get("start"), held.get("end")
    first = datetime.fromisoformat(begins) if begins else None
    return first, datetime.fromisoformat(ends) if ends else _FAR if first else None


_FAR: Final = datetime.max.replace(tzinfo=UTC)


def _when(resource: Resource) -> tuple[datetime, str]:
    return _effective(resource)[0] or _FAR, resource["id"]


_PARAMETERS: Final[dict[str, dict[str, Callable[[str], Test]]]] = {
    "Observation": {
        "_id": _by_id,
        "patient": _by_reference("subject", "Patient"),
        "subject": _by_reference("subject", "Patient"),
        "encounter": _by_reference("encounter", "Encounter"),
        "device": _by_reference("device", "DeviceMetric"),
        "code": _by_code(("code",)),
        "category": _by_code(("category",)),
        "status": _by_status,
        "date": _by_time,
    },
    "MedicationAdministration": {
        "_id": _by_id,
        "patient": _by_reference("subject", "Patient"),
        "subject": _by_reference("subject", "Patient"),
        "context": _by_reference("context", "Encounter"),
        "device": _by_reference("device", "Device"),
        "code": _by_code(("medicationCodeableConcept",)),
        "status": _by_status,
        "effective-time": _by_time,
    },
}


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
                "resource": [
                    {
                        "type": kind,
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "searchParam": [
                            {"name": name, "type": _type_of(name)} for name in sorted(names)
                        ],
                    }
                    for kind, names in _PARAMETERS.items()
                ],
            }
        ],
    }


def _type_of(name: str) -> str:
    if name in {"date", "effective-time"}:
        return "date"
    is_token = name in {"_id", "code", "category", "status"}
    return "token" if is_token else "reference"


def _problem(status: int, code: str, text: str) -> Reply:
    issue = {"severity": "error", "code": code, "diagnostics": text}
    return Reply(status, {"resourceType": "OperationOutcome", "issue": [issue]})


def _served() -> str:
    return f"served are {' and '.join(SEARCHABLE)}"
