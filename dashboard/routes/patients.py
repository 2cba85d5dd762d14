"""`/patients`, `/patients/new`, `/patient/<patient>/edit`: who is treated."""

import asyncio
from datetime import datetime
from typing import Final

import htpy as h
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.acting import Deed, Done, Follows, do
from dashboard.audit import View, note_view, note_views
from dashboard.components.patient_list import patient_list
from dashboard.context import Services, services
from dashboard.document import Document, page_document
from dashboard.forms.answering import (
    Answering,
    answer,
    done_view,
    form_data,
    keeping,
    person_here,
)
from dashboard.forms.fields import DateField, TextField
from dashboard.forms.form import Form, Sent, form_view, fresh
from dashboard.patient_shelf import KnownPatient
from dashboard.routes.session_forms import not_found
from infusion import commands as c
from infusion.happenings import patient_chain
from infusion.patient import Patient, PatientId, Person
from infusion.patient_events import PatientRegistered
from record.chains import Log

MOST_LISTED: Final = 50


def routes() -> APIRouter:
    """The list, and the forms of who a patient is."""
    router = APIRouter()

    @router.get("/patients")
    async def show_patients(request: Request) -> Response:
        by, words = person_here(), request.query_params.get("q", "")[:100]
        document = await asyncio.to_thread(_patients_page, by, words, done_view(request))
        return document.answer()

    @router.get("/patients/new")
    async def show_register(request: Request) -> Response:  # noqa: ARG001 - every route has one
        person_here()
        return _register_page(None, fresh()).answer()

    @router.post("/patients/new")
    @keeping
    async def register(request: Request) -> Response:
        return await _register(request, None)

    @router.get("/patient/{patient}/edit")
    async def show_edit(request: Request) -> Response:
        by, known = person_here(), await known_patient(request)
        if known is None:
            return not_found("There is no such patient.")
        await asyncio.to_thread(note_patient, by, "edit", known)
        return _register_page(known, fresh(known.position)).answer()

    @router.post("/patient/{patient}/edit")
    @keeping
    async def edit(request: Request) -> Response:
        known = await known_patient(request)
        if known is None:
            return not_found("There is no such patient.")
        return await _register(request, known)

    return router


async def known_patient(request: Request) -> KnownPatient | None:
    """The patient of the address; None if there is none. Raises RecordUnavailable."""
    patient = PatientId(request.path_params["patient"])
    return await asyncio.to_thread(services().patients.read, patient)


def note_patient(by: Person, page: str, known: KnownPatient) -> None:
    """Note a look at a patient. Blocks."""
    note_view(services().record, View(by=by, page=page, patient=known.identity.patient))


def name_of(token: str) -> str:
    """A name for what a form makes: the same when it is sent twice, and guessed by nobody."""
    letters = "".join(ch for ch in token if ch.isascii() and ch.isalnum()).lower()
    return letters[:16] or "nameless"


def _patients_page(by: Person, words: str, done: h.Node) -> Document:
    parts = services()
    all_found = [p for p in parts.patients.all() if _matches(p.identity, words)]
    found = all_found[:MOST_LISTED]
    note_views(
        parts.record,
        [View(by=by, page="patients", patient=p.identity.patient) for p in found],
    )
    more = len(all_found) - len(found)
    search = h.form(".form.search", action="/patients", method="get", role="search")[
        h.div(".field")[
            h.label(for_="q")["Name, number or date of birth"],
            h.input(id="q", name="q", type="search", value=words, maxlength="100"),
        ],
        h.div(".buttons")[
            h.button(".do", type="submit")["Find"],
            h.a(".link-button", href="/patients/new")["Register a patient"],
        ],
    ]
    return page_document(
        "Patients",
        [
            done,
            search,
            patient_list([p.identity for p in found]),
            h.p[f"{more} more: type more of the name or number."] if more else None,
        ],
    )


def _matches(patient: Patient, words: str) -> bool:
    held = f"{patient.name} {patient.identifier} {patient.date_of_birth.isoformat()}".casefold()
    return all(word in held for word in words.casefold().replace(",", " ").split())


def _register_form(known: KnownPatient | None) -> Form:
    who = None if known is None else known.identity
    return Form(
        name="register",
        action="/patients/new" if who is None else f"/patient/{who.patient}/edit",
        title="Register a patient" if who is None else "Put right who it is",
        submit="Register" if who is None else "Save",
        fields=(
            TextField(name="number", label="Clinic number", initial=who.identifier if who else ""),
            TextField(name="family", label="Family name", initial=who.family_name if who else ""),
            TextField(name="given", label="Given name", initial=who.given_name if who else ""),
            DateField(
                name="born", label="Date of birth",
                initial=who.date_of_birth.isoformat() if who else "",
            ),
        ),
    )  # fmt: skip


def _register_page(known: KnownPatient | None, sent: Sent) -> Document:
    form = _register_form(known)
    return page_document(form.title, form_view(form, sent))


async def _register(request: Request, known: KnownPatient | None) -> Response:
    by, data, parts = person_here(), await form_data(request), services()
    patient = (
        known.identity.patient
        if known
        else PatientId(f"p{name_of(str(data.get('form-token', '')))}")
    )
    return await answer(
        data,
        Answering(
            form=_register_form(known),
            do=lambda sent: _do_register(parts, by, patient, sent),
            show=lambda sent: _register_page(known, sent),
            next_path=f"/patient/{patient}",
            done_words="Registered" if known is None else "Saved",
        ),
    )


def _do_register(parts: Services, by: Person, patient: PatientId, sent: Sent) -> Done | c.Refused:
    rules = parts.configuration.sessions.people
    if by.role not in rules.may_chart:
        who = " or ".join(role.value for role in rules.may_chart)
        return c.Refused(
            reason=f"{by.role.value} may not register a patient", what_to_do=f"ask a {who}"
        )
    identity = Patient(
        patient=patient,
        identifier=sent.values["number"],
        given_name=sent.values["given"],
        family_name=sent.values["family"],
        date_of_birth=sent.values["born"],
    )

    def decide(_: Log, now: datetime) -> Follows:
        refused = _refuse_identity(parts, identity, now)
        if refused is not None:
            return refused
        return (PatientRegistered(patient=patient, at=now, by=by, identity=identity),)

    return do(
        parts.record,
        Deed(chain=patient_chain(patient), by=by, token=sent.token, decide=decide),
    )


def _refuse_identity(parts: Services, identity: Patient, now: datetime) -> c.Refused | None:
    if identity.date_of_birth > now.date():
        return c.Refused(reason="that day is yet to come", what_to_do="check the date of birth")
    for other in parts.patients.all():
        is_other = other.identity.patient != identity.patient
        if is_other and other.identity.identifier.casefold() == identity.identifier.casefold():
            return c.Refused(
                reason=f"number {identity.identifier} is {other.identity.name}'s",
                what_to_do="check the number, or go on with that patient",
            )
    return None
