"""Keeps the device page fresh."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from dash import Dash, Input, Output, State, no_update

from dashboard.components.device_table import device_table
from dashboard.components.refused_table import refused_table
from dashboard.context import Services, require, services
from dashboard.inventory import (
    DeviceRow,
    Inventory,
    RefusedRow,
    device_rows,
    refused_rows,
)
from dashboard.local_time import clinic_zone, stamp_text
from infusion.device import Device
from infusion.stream import Quarantined
from record.faults import RecordUnavailable
from record.store import Record
from vocabulary.ids import DeviceId

AS_OF: Final = "devices-as-of"
DEVICES: Final = "devices"
QUARANTINE: Final = "quarantine"
ONLY: Final = "quarantine-only"
SHOWN: Final = "devices-shown"
EVERY: Final = "devices-every"
REFUSED_SHOWN: Final = 100


def register(app: Dash) -> None:
    """Declare the callback that reads the record again."""
    app.callback(
        Output(AS_OF, "children"),
        Output(DEVICES, "children"),
        Output(QUARANTINE, "children"),
        Output(SHOWN, "value"),
        Input(EVERY, "n_intervals"),
        State(ONLY, "value"),
        State(SHOWN, "value"),
    )(refresh)


async def refresh(_: int | None, only: str | None, shown: str | None) -> tuple[str, Any, Any, str]:
    """When it was read, the two tables, and a digest of what they show.

    A table that says what `shown` is the digest of stays as it is, with its focus and scrolling.
    Where the record is away there are no tables, and the first line says so.
    """
    require()
    parts = services()
    zone = clinic_zone()
    as_of = f"As of {stamp_text(datetime.now(UTC), zone)}"
    states = tuple(state for ward in parts.beds.wards for state in parts.beds.states(ward))
    try:
        recorded, counts, messages = await asyncio.to_thread(
            _read, parts.record, DeviceId(only) if only else None
        )
    except RecordUnavailable as gone:
        return f"{as_of}: the record does not answer ({gone}). It is asked again.", None, None, ""
    inventory = Inventory(
        devices=tuple(recorded), states=states, refused=counts, is_heard=_is_heard(parts)
    )
    devices = device_rows(inventory, parts.configuration, zone)
    refused = refused_rows(messages, zone)
    digests = f"{_digest(devices)} {_digest(refused)}"
    known = (shown or " ").split(" ")
    return (
        as_of,
        no_update if _digest(devices) == known[0] else device_table(devices),
        no_update if _digest(refused) == known[-1] else refused_table(refused),
        digests,
    )


def _digest(rows: Sequence[DeviceRow] | Sequence[RefusedRow]) -> str:
    return hashlib.blake2b(msgspec.json.encode(rows), digest_size=8).hexdigest()


def _is_heard(parts: Services) -> bool:
    """Whether broker and ingest carry data for every ward."""
    links = [parts.links.links(ward).links for ward in parts.beds.wards]
    return all(link.broker.is_up and link.ingest.is_up for link in links)


def _read(
    record: Record, only: DeviceId | None
) -> tuple[list[Device], Counter[DeviceId | None], list[Quarantined]]:
    counts: Counter[DeviceId | None] = Counter()
    for counted in record.quarantine_counts():
        counts[counted.device] += counted.count
    return record.load_devices(), counts, record.quarantine_recent(REFUSED_SHOWN, only)
