"""Forms about devices: associate, swap, load, release. Confirming is in `seconding`, correcting in
`correcting`."""

from typing import Final

import htpy as h

from dashboard.forms.fields import (
    ChoiceField,
    Field,
    NumberField,
    TextField,
    YesNoField,
)
from dashboard.forms.form import Sent
from dashboard.session_forms.concentration import concentration_fields, concentration_in
from dashboard.session_forms.infusing import DEVICE, about_fields
from dashboard.session_forms.session_form import Commands, Scene, SessionForm, when, when_field
from dashboard.session_forms.ward_facts import WardFacts, ward_facts
from infusion import commands as c
from infusion.association import Association
from infusion.device import Device
from vocabulary.ids import NAME_PATTERN, DeviceId
from vocabulary.states import DeviceKind, SessionState

REPLACES: Final = "replaces"
_UNDER_WAY: Final = (SessionState.INFUSING, SessionState.PAUSED)


def standing(scene: Scene, kind: DeviceKind | None = None) -> tuple[Association, ...]:
    """The devices that are the session's now."""
    return tuple(a for a in scene.session.associations if a.is_standing and kind in (None, a.kind))


def _facts(scene: Scene) -> WardFacts:
    return ward_facts(scene.parts, scene.session.plan.ward)


def _device_words(device: Device, facts: WardFacts) -> str:
    kind = "" if device.kind is None else f" ({device.kind.value})"
    fixed = next((b.label for b in facts.beds if device.device in b.devices), None)
    return f"{device.device}{kind}" + ("" if fixed is None else f", fixed to {fixed}")


def _device_field(scene: Scene, kind: DeviceKind | None, label: str) -> ChoiceField:
    facts = _facts(scene)
    options = [(str(d.device), _device_words(d, facts)) for d in facts.offered(scene.session, kind)]
    return ChoiceField(
        name=DEVICE,
        label=label,
        options=options,
        initial=scene.about.get(DEVICE, ""),
        hint="" if options else "No free device is heard on this ward.",
    )


def _associate(scene: Scene, sent: Sent) -> Commands:
    facts, device = _facts(scene), DeviceId(sent.values[DEVICE])
    kind = facts.kinds.get(device)
    if kind is None:
        return c.Refused(
            reason=f"{device} has not said yet what it is",
            what_to_do="wait until it reports, or look at the device page",
        )
    return c.AssociateDevice(
        by=scene.by, at=when(sent), device=device, kind=kind, held_by=facts.held_by(device)
    )


def _manual_fields(_: Scene) -> tuple[Field, ...]:
    return (
        TextField(
            name=DEVICE,
            label="Name on the pump",
            hint="Letters, digits, - and _, such as its inventory number.",
        ),
        when_field(),
    )


def _associate_manual(scene: Scene, sent: Sent) -> Commands:
    name = sent.values[DEVICE]
    if not NAME_PATTERN.fullmatch(name):
        return c.Refused(
            reason=f"{name!r} is not a name of a device",
            what_to_do="use 1 to 64 letters, digits, - and _",
        )
    if DeviceId(name) in _facts(scene).kinds:
        return c.Refused(
            reason=f"{name} is connected", what_to_do="associate it as usual, it tells by itself"
        )
    return c.AssociateDevice(
        by=scene.by,
        at=when(sent),
        device=DeviceId(name),
        kind=DeviceKind.PUMP,
        held_by=_facts(scene).held_by(DeviceId(name)),
        is_manual=True,
    )


def _swap_fields(scene: Scene) -> tuple[Field, ...]:
    pumps = [(str(a.device), str(a.device)) for a in standing(scene, DeviceKind.PUMP)]
    facts = _facts(scene)
    others = [
        (str(d.device), _device_words(d, facts))
        for d in facts.devices
        if d.kind is DeviceKind.PUMP and str(d.device) not in dict(pumps)
    ]
    return (
        ChoiceField(
            name=REPLACES, label="Pump that failed", options=pumps,
            initial=pumps[0][0] if len(pumps) == 1 else "",
        ),
        ChoiceField(name=DEVICE, label="Pump that takes over", options=others),
        when_field(),
    )  # fmt: skip


def _swap(scene: Scene, sent: Sent) -> Commands:
    device = DeviceId(sent.values[DEVICE])
    return c.AssociateDevice(
        by=scene.by,
        at=when(sent),
        device=device,
        kind=DeviceKind.PUMP,
        held_by=_facts(scene).held_by(device),
        is_swap=True,
        replaces=DeviceId(sent.values[REPLACES]),
    )


def _explain_swap(scene: Scene) -> h.Node:
    minutes = scene.parts.configuration.sessions.two_person.swap_within_s / 60
    return h.p[f"In an emergency only. A second person confirms within {minutes:g} min."]


def _load_fields(scene: Scene) -> tuple[Field, ...]:
    pumps = [(str(a.device), str(a.device)) for a in standing(scene, DeviceKind.PUMP)]
    drugs = [(d.drug, d.label) for d in scene.parts.configuration.dosing.drugs]
    order = scene.session.order
    return (
        ChoiceField(
            name=DEVICE, label="Pump", options=pumps,
            initial=scene.about.get(DEVICE, pumps[0][0] if len(pumps) == 1 else ""),
        ),
        ChoiceField(
            name="drug", label="Drug on the label", options=drugs,
            initial=drugs[0][0] if order is None else order.drug,
        ),
        *concentration_fields(scene.parts.configuration.dosing.drugs, order),
        NumberField(name="volume", label="Volume in the syringe or bag", unit="mL"),
        *(
            (YesNoField(name="swap", label="Changed in an emergency", initial="no"),)
            if scene.session.state in _UNDER_WAY
            else ()
        ),
        when_field(),
    )  # fmt: skip


def _load(scene: Scene, sent: Sent) -> Commands:
    concentration = concentration_in(sent)
    if isinstance(concentration, c.Refused):
        return concentration
    return c.LoadSyringe(
        by=scene.by,
        at=when(sent),
        device=DeviceId(sent.values[DEVICE]),
        drug=sent.values["drug"],
        concentration=concentration,
        volume_ml=sent.values["volume"],
        is_swap=bool(sent.get("swap")),
    )


def _release(scene: Scene, sent: Sent) -> Commands:
    return c.ReleaseDevice(by=scene.by, at=when(sent), device=DeviceId(sent.values.get(DEVICE, "")))


FORMS: Final = (
    SessionForm(
        name="associate",
        title="Associate a device",
        submit="Associate",
        command=c.AssociateDevice,
        fields=lambda scene: (_device_field(scene, None, "Device"), when_field()),
        explain=lambda _: h.p["Its numbers show at once, marked unconfirmed until a second person "
                              "has confirmed a pump."],
        make=_associate,
        done="Device associated",
    ),
    SessionForm(
        name="manual-pump",
        title="Pump without a connection",
        submit="Chart it by hand",
        command=c.AssociateDevice,
        fields=_manual_fields,
        explain=lambda _: h.p["What it does is charted by hand and marked manual."],
        make=_associate_manual,
        done="Pump charted by hand",
    ),
    SessionForm(
        name="swap",
        title="Emergency swap of the pump",
        submit="Swap",
        command=c.AssociateDevice,
        fields=_swap_fields,
        explain=_explain_swap,
        make=_swap,
        done="Pump swapped",
        is_grave=True,
    ),
    SessionForm(
        name="load",
        title="New syringe or bag",
        submit="It is in the pump",
        command=c.LoadSyringe,
        fields=_load_fields,
        make=_load,
        done="Syringe charted",
    ),
    SessionForm(
        name="release",
        title="Release a device",
        submit="Release",
        command=c.ReleaseDevice,
        fields=lambda scene: (*about_fields(scene, DEVICE), when_field()),
        explain=lambda scene: h.p[f"{scene.about.get(DEVICE, 'The device')} is this patient's "
                                  "no longer."],
        make=_release,
        done="Device released",
    ),
)  # fmt: skip
