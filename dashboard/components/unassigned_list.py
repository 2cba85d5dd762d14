"""Devices of the ward that no session has and that are fixed to no bed."""

from collections.abc import Sequence
from datetime import tzinfo

import htpy as h

from dashboard.local_time import stamp_text
from dashboard.session_forms.session_form import form_path
from dashboard.words import LINK_WORDS
from infusion.device import Device
from infusion.session import Session
from vocabulary.states import DeviceLink, SessionState

_IN_THE_CHAIR = (
    SessionState.PREPARING,
    SessionState.INFUSING,
    SessionState.PAUSED,
    SessionState.RECOVERY,
)


def unassigned_list(devices: Sequence[Device], session: Session | None, zone: tzinfo) -> h.Node:
    """Each with what it is and whether it is heard; for a session in the chair, to associate."""
    if not devices:
        return None
    may = session is not None and session.state in _IN_THE_CHAIR
    return h.section(".card", aria_label="unassigned devices")[
        h.h2["Devices at no bed"],
        h.ul(".devices")[
            (
                h.li(".device")[
                    h.div(".device-line")[
                        h.strong[device.device],
                        h.span(".soft")[_about(device, zone)],
                    ],
                    h.div(".buttons")[
                        h.a(
                            ".quiet",
                            href=form_path(session.id, "associate", device=device.device),
                        )[f"Associate {device.device}"]
                    ]
                    if may and session is not None and device.kind is not None
                    else None,
                ]
                for device in devices
            )
        ],
    ]


def _about(device: Device, zone: tzinfo) -> str:
    kind = "of no known kind" if device.kind is None else device.kind.value
    if device.link is DeviceLink.ONLINE:
        return f"{kind}, online"
    seen = "never" if device.last_received_at is None else stamp_text(device.last_received_at, zone)
    return f"{kind}, {LINK_WORDS[device.link]}, last heard {seen}"
