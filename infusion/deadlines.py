"""When something will have to be concluded although nothing arrives."""

from datetime import datetime

from infusion.alarms.feed import settled_at
from infusion.device import silent_at
from infusion.schedule import has_schedule
from infusion.ward_state import Rules, StreamState
from vocabulary.ids import SessionId


def next_deadline(state: StreamState, rules: Rules) -> datetime | None:
    """When something will have to be concluded if nothing more arrives, UTC."""
    deadlines = [silent_at(device, rules.clinic.devices) for device in state.devices.values()]
    deadlines += [check_again_at(state, session) for session in state.charts]
    deadlines += [bed.deadline for beds in state.alarms.values() for bed in beds.values()]
    deadlines.append(settled_at(state.feed, rules.clinic.alarms.technical))
    return min((deadline for deadline in deadlines if deadline is not None), default=None)


def check_again_at(state: StreamState, session: SessionId) -> datetime | None:
    """When the schedule of a session with a chart has to be looked at again; None: not by itself.

    At once if it was not looked at since the state was read back.
    """
    schedule = state.schedules.get(session)
    if schedule is not None:
        return schedule.holds_until
    return state.now if has_schedule(state.sessions[session]) else None
