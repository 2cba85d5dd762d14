"""Reading and searching the resources of a session, as a FHIR server answers.

Pure: parameters in, a status and a resource out; who may ask is decided before. One page of a
search is a `searchset` bundle with links to itself, the next and the previous one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from exchange.fhir.parts import READ_ALONE, Resource, fhir_id
from exchange.fhir.replies import Reply, problem

COUNT_USUAL: Final = 50
COUNT_MOST: Final = 500
_PAGE: Final = "page"


class BadSearch(ValueError):
    """A search that cannot be answered; the text says what to send instead."""


def read(resources: Iterable[Resource], kind: str, name: str) -> Reply:
    """One resource by its type and id."""
    if kind not in READ_ALONE:
        return problem(404, "not-supported", f"{kind} is not served; {_served()}")
    for found in resources:
        if found["resourceType"] == kind and found["id"] == name:
            return Reply(200, found)
    return problem(404, "not-found", f"there is no {kind}/{name} in this session")


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
    if kind not in READ_ALONE:
        return problem(404, "not-supported", f"{kind} is not served; {_served()}")
    try:
        count, page = _paging(parameters)
        tests = [_test(kind, name, value) for name, value in parameters if not _is_control(name)]
    except BadSearch as error:
        return problem(400, "invalid", str(error))
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


def stay_asked_for(kind: str, parameters: Sequence[tuple[str, str]]) -> str:
    """The id of the stay that a search is about. Raises BadSearch if it names none, or several.

    One session at a time: so much work, and no more, is done for one request.
    """
    field = _STAYS.get(kind)
    if field is None:
        raise BadSearch(f"{kind} is not served; {_served()}")
    told = [(name, value) for name, value in parameters if name.partition(":")[0] == field]
    if len(told) != 1 or not told[0][1] or "," in told[0][1]:
        raise BadSearch(
            f"name one session: {field}=ID of its Encounter, or {field}:identifier=SESSION"
        )
    (name, value) = told[0]
    if name == field:
        return value.rpartition("/")[2]
    return fhir_id("Encounter", value.rpartition("|")[2])


_STAYS: Final = {"Observation": "encounter", "MedicationAdministration": "context"}


def _is_control(name: str) -> bool:
    return name in {"_count", "_format", _PAGE}


def _paging(parameters: Sequence[tuple[str, str]]) -> tuple[int, int]:
    given = dict(parameters)
    count = _whole(given.get("_count", str(COUNT_USUAL)), "_count")
    page = _whole(given.get(_PAGE, "1"), _PAGE)
    return min(count, COUNT_MOST), page


def _whole(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:
        raise BadSearch(f"{name} must be a whole number from 1, not {text!r}")
    return int(text)


Test = Callable[[Resource], bool]


def _test(kind: str, name: str, value: str) -> Test:
    makers = PARAMETERS[kind]
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


def _by_session(field: str) -> Callable[[str], Test]:
    """By the name of the session, which is the identifier of its stay."""
    by_reference = _by_reference(field, "Encounter")
    return lambda value: by_reference(fhir_id("Encounter", value.rpartition("|")[2]))


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
        ends = moment + (timedelta(seconds=1) if "T" in text else timedelta(days=1))
    except (ValueError, OverflowError) as error:
        raise BadSearch(f"{text!r} is no date; write 2026-11-22 or 2026-11-22T14:00:00Z") from error
    if "T" not in text:
        return moment.replace(tzinfo=UTC), ends.replace(tzinfo=UTC)
    if moment.tzinfo is None:
        raise BadSearch(f"{text!r} has no offset; write it like 2026-11-22T14:00:00Z")
    return moment, ends


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


PARAMETERS: Final[dict[str, dict[str, Callable[[str], Test]]]] = {
    "Observation": {
        "_id": _by_id,
        "patient": _by_reference("subject", "Patient"),
        "subject": _by_reference("subject", "Patient"),
        "encounter": _by_reference("encounter", "Encounter"),
        "encounter:identifier": _by_session("encounter"),
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
        "context:identifier": _by_session("context"),
        "device": _by_reference("device", "Device"),
        "code": _by_code(("medicationCodeableConcept",)),
        "status": _by_status,
        "effective-time": _by_time,
    },
}


def _served() -> str:
    return f"served are {' and '.join(READ_ALONE)}"
