"""The devices of a session: what each is, whether it is confirmed, its link, clock and battery."""

from collections.abc import Mapping

import htpy as h

from dashboard.inventory import clock_text
from dashboard.session_forms.session_form import form_path
from dashboard.words import LINK_WORDS
from infusion.association import Association
from infusion.device import Device
from infusion.exact import plain
from infusion.session import Session
from infusion.session_events import AssociationBasis
from vocabulary.ids import DeviceId
from vocabulary.states import DeviceKind, DeviceLink, SessionState
from wire.bed_state import DeviceView

_BASIS: dict[AssociationBasis, str] = {
    AssociationBasis.FIXED: "fixed to the chair",
    AssociationBasis.BY_HAND: "associated by hand",
    AssociationBasis.EMERGENCY_SWAP: "emergency swap",
    AssociationBasis.NO_CONNECTION: "charted by hand, manual",
}
_OVER: frozenset[SessionState] = frozenset(
    {SessionState.DISCHARGED, SessionState.READY_FOR_SIGN_OFF, SessionState.SIGNED}
)


def device_list(
    session: Session,
    devices: Mapping[DeviceId, Device],
    heard: Mapping[DeviceId, DeviceView],
    *,
    is_live: bool,
) -> h.Element:
    """Every standing device of the session, each with what can be done about it.

    `is_live`: what was heard last is of now.
    """
    standing = [held for held in session.associations if held.is_standing]
    return h.section(".card", id="devices", aria_label="devices")[
        h.h2["Devices"],
        h.ul(".devices")[
            (_device(session, held, _about(held, heard.get(held.device) or devices.get(held.device),
                                           is_live=is_live))
             for held in standing)
        ]
        if standing
        else h.p["None yet."],
        _more(session),
    ]  # fmt: skip


def _device(session: Session, held: Association, about: list[str]) -> h.Element:
    return h.li(".device", data_device=held.device, data_confirmed=_yes(held.is_confirmed))[
        h.div(".device-line")[
            h.strong[held.device],
            h.span(".soft")[f"{held.kind.value}, {_BASIS[held.basis]}"],
            None if held.is_confirmed else h.span(".badge")["unconfirmed"],
        ],
        h.div(".soft")[" · ".join(about)],
        h.div(".buttons")[
            h.a(".link-button", href=form_path(session.id, "confirm-device", device=held.device))[
                f"Second person confirms {held.device}"
            ]
            if not held.is_confirmed
            else None,
            h.a(".quiet", href=form_path(session.id, "confirm-device-alone", device=held.device))[
                "Confirm alone"
            ]
            if not held.is_confirmed
            else None,
            h.a(".quiet", href=form_path(session.id, "load", device=held.device))["New syringe"]
            if held.kind is DeviceKind.PUMP
            else None,
            h.a(".quiet", href=form_path(session.id, "release", device=held.device))["Release"],
        ],
    ]


def _about(held: Association, source: DeviceView | Device | None, *, is_live: bool) -> list[str]:
    words = (
        [f"not seen by a second person: {', '.join(c.value for c in held.unconfirmed)}"]
        if (held.unconfirmed)
        else []
    )
    if held.confirmed_by is not None and held.is_confirmed:
        words.append(f"confirmed by {held.confirmed_by.printed_name}")
    syringe = held.syringe
    if syringe is not None:
        mg_ml = plain(syringe.concentration.mg_ml)
        words.append(f"{syringe.drug} {mg_ml} mg/mL, {plain(syringe.volume_ml)} mL")
    if held.basis is AssociationBasis.NO_CONNECTION:
        return words
    if source is None:
        return [*words, "never heard"]
    link = "online" if source.link is DeviceLink.ONLINE else LINK_WORDS[source.link]
    words.append(link if is_live else f"last known: {link}")
    words.append(f"clock {clock_text(source.clock_offset_s)}")
    if source.battery_percent is not None:
        mains = {True: ", on mains", False: ", on battery", None: ""}[source.on_mains]
        words.append(f"battery {source.battery_percent:.0f} %{mains}")
    return words


def _more(session: Session) -> h.Node:
    if session.state in _OVER or not session.stays:
        return None
    under_way = session.state in (SessionState.INFUSING, SessionState.PAUSED)
    return h.div(".buttons")[
        h.a(".link-button", href=form_path(session.id, "associate"))["Associate a device"],
        h.a(".quiet", href=form_path(session.id, "swap"))["Emergency swap"] if under_way else None,
        h.a(".quiet", href=form_path(session.id, "manual-pump"))["Pump without a connection"],
        h.a(".quiet", href=form_path(session.id, "correct"))["Correct an association"],
    ]


def _yes(value: bool) -> str:  # noqa: FBT001 - a word for a page
    return "yes" if value else "no"
