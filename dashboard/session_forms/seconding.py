"""Two people: the second one confirms by name and PIN, or nobody is there and it is said why."""

from collections.abc import Callable
from typing import Final

import htpy as h

from dashboard.components.facts import facts_view
from dashboard.forms.fields import Field, NumberField
from dashboard.forms.form import Sent
from dashboard.local_time import day_text
from dashboard.second_person import PIN, SECOND, possible_seconds, second_fields
from dashboard.session_forms.concentration import TIMES
from dashboard.session_forms.infusing import DEVICE, REASON, about_fields, reason_field
from dashboard.session_forms.session_form import Commands, Scene, SessionForm
from infusion import commands as c
from infusion.association import find
from infusion.exact import plain
from infusion.order import EndsBy, Order
from infusion.patient import Person
from infusion.preparation import open_besides_second
from vocabulary.ids import DeviceId

RECALCULATED: Final = "recalculated"


def _second_fields(scene: Scene) -> tuple[Field, ...]:
    roles = scene.parts.configuration.sessions.two_person.second_may_be
    return second_fields(possible_seconds(scene.parts.record.accounts, roles, scene.by.account))


def _as_second(
    make: Callable[[Person, Sent], c.Command],
) -> Callable[[Scene, Sent], Commands]:
    def made(scene: Scene, sent: Sent) -> Commands:
        second = scene.parts.seconds.check(sent.values[SECOND], sent.values[PIN], scene.by)
        return second if isinstance(second, c.Refused) else make(second, sent)

    return made


def order_lines(order: Order) -> list[tuple[str, str]]:
    """An order as two people read it to each other."""
    mg, minutes = order.dose_mg, order.duration_min
    ends = "" if minutes is None else f"{plain(minutes)} min have run"
    if order.ends_by is EndsBy.DOSE:
        ends = "" if mg is None else f"{plain(mg)} mg are in"
    return [
        ("Drug", order.drug),
        ("Concentration", f"{plain(order.concentration.mg_ml)} mg/mL"),
        ("Weight", f"{plain(order.weight.kg)} kg ({order.weight.kind.value})"),
        ("Dose rate", f"{plain(order.start_rate_mg_kg_h)} mg/kg/h"),
        ("Rate", f"{order.start_rate_ml_h:.2f} mL/h"),
        ("Ends when", ends),
        ("Prescriber", order.prescriber),
    ]


def _check_list(scene: Scene) -> h.Node:
    """What the second person compares with pump, label and patient."""
    session, patient = scene.session, scene.session.patient
    lines = [
        ("Patient", f"{patient.name}, born {day_text(patient.date_of_birth)}, {patient.identifier}")
    ]
    if session.order is not None:
        lines += order_lines(session.order)
    device = find(session.associations, DeviceId(scene.about.get(DEVICE, "")))
    if device is not None:
        lines.append(
            ("Device", f"{device.device}: {', '.join(w.value for w in device.unconfirmed)}")
        )
        if device.syringe is not None:
            held = device.syringe
            lines.append(
                (
                    "In the pump",
                    (
                        f"{held.drug} {plain(held.concentration.mg_ml)} mg/mL, "
                        f"{plain(held.volume_ml)} mL"
                    ),
                )
            )
    return [
        h.p["Compare each with the patient, the label and the pump's display."],
        facts_view(lines),
    ]


def _check_preparation(scene: Scene) -> h.Node:
    found = open_besides_second(scene.session, scene.parts.configuration)
    if not found:
        return _check_list(scene)
    return [
        _check_list(scene),
        h.div(".notice")[h.p[h.strong["Still open"]], h.ul[(h.li[words] for words in found)]],
    ]


def _alone_fields(*before: str) -> Callable[[Scene], tuple[Field, ...]]:
    def fields(scene: Scene) -> tuple[Field, ...]:
        return (
            *about_fields(scene, *before),
            reason_field(("nobody else on duty", "second nurse with an emergency")),
            NumberField(
                name=RECALCULATED,
                label="Starting rate, calculated again",
                unit="mL/h",
                hint=f"Weight {TIMES} dose rate ÷ concentration, from the order and the label.",
            ),
        )

    return fields


def _explain_alone(scene: Scene) -> h.Node:
    order = scene.session.order
    given: list[tuple[str, str]] = []
    if order is not None:
        given = [
            line
            for line in order_lines(order)
            if line[0] in ("Concentration", "Weight", "Dose rate")
        ]
    return [
        h.p["Nobody is there to be second. This goes to the exception list."],
        facts_view(given) if given else None,
    ]


def _confirm_alone(scene: Scene, sent: Sent) -> Commands:
    return c.ConfirmPreparationAlone(
        by=scene.by,
        reason=sent.values[REASON],
        recalculated_ml_h=sent.values[RECALCULATED],
    )


def _confirm_device_alone(scene: Scene, sent: Sent) -> Commands:
    return c.ConfirmDeviceAlone(
        by=scene.by,
        device=DeviceId(sent.values.get(DEVICE, "")),
        reason=sent.values[REASON],
        recalculated_ml_h=sent.values[RECALCULATED],
    )


FORMS: Final = (
    SessionForm(
        name="confirm",
        title="Second person confirms the preparation",
        submit="Confirm: may be started at the pump",
        command=c.ConfirmPreparation,
        fields=_second_fields,
        explain=_check_preparation,
        make=_as_second(lambda second, _: c.ConfirmPreparation(by=second)),
        done="Preparation confirmed: start at the pump",
    ),
    SessionForm(
        name="confirm-alone",
        title="Confirm the preparation alone",
        submit="Confirm alone",
        command=c.ConfirmPreparationAlone,
        fields=_alone_fields(),
        explain=_explain_alone,
        make=_confirm_alone,
        done="Confirmed alone, on the exception list",
        is_grave=True,
    ),
    SessionForm(
        name="confirm-device",
        title="Second person confirms a device",
        submit="Confirm the device",
        command=c.ConfirmDevice,
        fields=lambda scene: (*about_fields(scene, DEVICE), *_second_fields(scene)),
        explain=_check_list,
        make=_as_second(
            lambda second, sent: c.ConfirmDevice(
                by=second, device=DeviceId(sent.values.get(DEVICE, ""))
            )
        ),
        done="Device confirmed",
    ),
    SessionForm(
        name="confirm-device-alone",
        title="Confirm a device alone",
        submit="Confirm alone",
        command=c.ConfirmDeviceAlone,
        fields=_alone_fields(DEVICE),
        explain=_explain_alone,
        make=_confirm_device_alone,
        done="Confirmed alone, on the exception list",
        is_grave=True,
    ),
)
