"""When something will have to be concluded although nothing arrives."""

from datetime import datetime

from infusion.device import silent_at
from infusion.ward_state import Rules, StreamState


def next_deadline(state: StreamState, rules: Rules) -> datetime | None:
    """When something will have to be concluded if nothing more arrives, UTC."""
    deadlines = (silent_at(device, rules.clinic.devices) for device in state.devices.values())
    return min((deadline for deadline in deadlines if deadline is not None), default=None)
