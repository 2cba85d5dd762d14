"""The sign-off page: what is open on top, then the whole hour, then the signatures."""

from collections.abc import Iterable, Sequence
from typing import Final

import htpy as h
from markupsafe import Markup

from dashboard.components.session_head import session_head
from dashboard.components.trend_graph import plotly_script, trend_graph
from dashboard.document import Document, page_document
from dashboard.forms.form import Form, Sent, form_view, fresh
from dashboard.local_time import clinic_zone
from dashboard.session_forms.delivery import SessionDelivery
from dashboard.sign_off.links import link_of
from dashboard.sign_off.scene import SignOffScene, local
from dashboard.sign_off.signing import (
    addendum_form,
    cosign_form,
    offered,
    sign_form,
)
from dashboard.trends.reading import Drawn, Read, draw
from exchange import figures, findings, seals
from exchange.figures import Line
from exchange.svg import picture_svg
from exchange.writing import Format
from infusion import signing_commands as sign
from infusion.sign_off import may_be_signed, may_be_signed_with_exception
from infusion.signatures import corrections_waiting, late_data_waiting
from vocabulary.states import SessionState

_EXPORTS: Final = {
    Format.PDF: "PDF, one page",
    Format.CSV: "CSV",
    Format.JSON: "JSON",
    Format.FHIR: "FHIR R4",
    Format.HL7: "HL7 v2",
    Format.REMS: "Monitoring form",
}


def sign_off_page(
    scene: SignOffScene, sent: Sent | None = None, form: str = "", done: h.Node = None
) -> Document:
    """The page; `sent` is what was typed into its form of that name, if one was sent."""
    body = [
        done,
        h.p(".only-print")[scene.letterhead.clinic, f" · times in {scene.letterhead.zone}"],
        [h.p(".only-print")[h.strong[words]] for words in figures.warnings(scene.report)],
        session_head(scene.session, scene.now, clinic_zone()),
        _open_part(scene),
        h.div(".report")[_sections(scene)],
        _signatures(scene),
        _forms(scene, sent, form),
        _exports(scene),
        h.p(".seal")["SHA-256 of this record: ", h.code[scene.content]],
    ]
    return Document(
        title="Sign-off",
        body=page_document("Sign-off", body).body,
        more_head=plotly_script(),
    )


def _open_part(scene: SignOffScene) -> h.Node:
    if scene.session.state is SessionState.SIGNED:
        return _since_the_seal(scene)
    if not scene.open:
        return h.p(".done", role="status")["✓ Nothing is open."]
    return h.section(".notice.open-items", aria_label="what is open", data_open="")[
        h.h2[f"Open ({len(scene.open)})"],
        h.ul[
            (
                h.li(data_open_item=item.kind.value)[
                    item.text, " ", h.a(".link-button", href=address)[words]
                ]
                for item in scene.open
                for words, address in [link_of(item, scene)]
            )
        ],
    ]


def _since_the_seal(scene: SignOffScene) -> h.Node:
    """What waits for an addendum: data that came late, a device that was another session's."""
    late, corrected = late_data_waiting(scene.session), corrections_waiting(scene.session)
    told = []
    if late:
        told.append(f"{len(late)} times data arrived after the seal.")
    if corrected:
        told.append("Recalculated since it was signed: a device was corrected.")
    if not told:
        return None
    return h.p(".notice", role="status", data_since_sealed="")[
        h.strong["Signed. "],
        " ".join(told),
        " Write an addendum that covers it." if corrected else " Write an addendum.",
    ]


def _sections(scene: SignOffScene) -> Iterable[h.Node]:
    report, clock = scene.report, scene.clock
    yield _section("Patient and session", figures.who(report))
    yield _section("Order and weight", figures.order(report, clock))
    yield _section("Preparation", findings.preparation(report, clock))
    yield _section("Devices", findings.devices(report))
    yield _picture(scene)
    yield _section("The hour", figures.times(report, clock))
    yield _section("Dose", figures.dose(report, clock))
    yield _section("Rate changes", figures.rate_changes(report, clock))
    yield _section("Vital signs", figures.vital_signs(report, clock))
    yield _section("Interventions", findings.interventions(report, clock))
    yield _section("Observations", findings.observations(report, clock))
    yield _versions(scene)
    yield _section("Alarms", findings.alarms(report))
    yield _section("Completeness", findings.completeness(report, clock))
    yield _section("Drug balance", findings.balance(report))
    yield _section("Discharge", findings.discharge(report, clock))
    if report.recalculated is not None:
        yield _section("Recalculated since it was signed", seals.recalculated(report, clock))


def _versions(scene: SignOffScene) -> h.Node:
    """Where every observation stands with its versions, and is put right."""
    if not scene.session.observations:
        return None
    link = f"/session/{scene.session.id}/observations"
    return h.p(".no-print")[h.a(href=link, data_do="observations")["All observations, amend"]]


def _section(title: str, lines: Sequence[Line]) -> h.Node:
    return h.section(".part", aria_label=title)[
        h.h2[title],
        h.dl(".facts")[
            (
                h.div(".amiss" if line.is_amiss else "")[
                    h.dt[line.label], h.dd["! " * line.is_amiss, line.text]
                ]
                for line in lines
            )
        ]
        if lines
        else h.p(".soft")["None."],
    ]


def _picture(scene: SignOffScene) -> h.Node:
    if scene.session.started_at is None:
        return None
    printed = picture_svg(scene.report, scene.letterhead.zone, "the whole session")
    return h.section(".part.wide", aria_label="picture of the hour")[
        h.h2["The hour as a picture"],
        h.div(".no-print")[trend_graph("the whole session", picture_of(scene).figure)],
        h.div(".only-print", data_printed_picture="")[Markup(printed)],  # noqa: S704 - our own SVG
    ]


def picture_of(scene: SignOffScene) -> Drawn:
    """The hour as a picture, drawn once for a report."""
    kept = scene.reported.picture
    if not kept:
        kept.append(draw(scene.parts, scene.session, scene.now, _read(scene)))
    return kept[0]


def _read(scene: SignOffScene) -> Read:
    export, report = scene.reported.export, scene.report
    delivery = SessionDelivery(
        delivered=export.delivered,
        segments=report.segments,
        rate_changes=report.rate_changes,
        dose=report.dose,
    )
    return Read(delivery, export.vitals)


def _signatures(scene: SignOffScene) -> h.Node:
    report = scene.report
    return h.section(".part.wide", aria_label="signatures", data_signatures="")[
        h.h2["Signatures"],
        h.ol[
            (
                h.li[
                    h.strong[line.printed_name],
                    f", {line.role}, {line.meaning}, {seals.signed_at(line)}",
                    f", with exception: {line.exception}" if line.exception else None,
                    h.div(".soft")[h.code[line.content_hash]],
                ]
                for line in report.signatures
            )
        ]
        if report.signatures
        else h.p(".soft")["Nobody has signed."],
        h.ol(data_addenda="")[
            (
                h.li[
                    h.strong[f"Addendum {each.number}, {each.concerns}"],
                    f" ({each.reason}): {each.text}",
                    h.div[h.del_[each.was], " → ", h.ins[each.becomes]] if each.becomes else None,
                    h.div(".soft")[f"{each.by.printed_name}, {local(each.at)}"],
                ]
                for each in report.addenda
            )
        ]
        if report.addenda
        else None,
    ]


def _forms(scene: SignOffScene, sent: Sent | None, typed: str) -> h.Node:
    shown: list[Form] = []
    may = may_be_signed(scene.open) or may_be_signed_with_exception(scene.open)
    if may and offered(scene, sign.SignSession):
        shown.append(sign_form(scene))
    if offered(scene, sign.AddSignature):
        shown.append(cosign_form(scene))
    if offered(scene, sign.WriteAddendum):
        shown.append(addendum_form(scene))
    return [
        h.section(".part.wide.no-print", aria_label=form.title)[
            h.h2[form.title],
            form_view(form, sent if sent is not None and form.name == typed else fresh()),
        ]
        for form in shown
    ]


def _exports(scene: SignOffScene) -> h.Node:
    if scene.by.role not in scene.parts.configuration.sessions.people.may_export:
        return None
    return h.nav(".part.wide.no-print", aria_label="exports")[
        h.h2["Take it along"],
        h.div(".buttons")[
            (
                h.a(".link-button", href=f"/session/{scene.session.id}/export/{wanted.value}")[
                    words
                ]
                for wanted, words in _EXPORTS.items()
            )
        ],
    ]
