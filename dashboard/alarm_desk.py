"""What people do about alarms at a screen, decided on what the screens show, and recorded.

Blocks; may raise RecordUnavailable.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from dashboard.acting import Deed, Done, Follows, do
from dashboard.context import Services
from infusion.alarms.absence import OffMonitor
from infusion.alarms.commands import AlarmCommand
from infusion.alarms.decisions import decide_alarms
from infusion.alarms.events import AlarmId, LimitChanged
from infusion.alarms.rules import LimitName
from infusion.alarms.signals import Acknowledgement, Alarm, HeldBack
from infusion.alarms.situation import Situation
from infusion.alarms.state import AlarmBook, BedAlarms
from infusion.commands import Refused
from infusion.happenings import session_chain, ward_chain
from infusion.patient import AccountId, Person
from record.chains import Log
from vocabulary.alarms import AlarmCode, AlarmPriority, SignalState
from vocabulary.ids import BedId, SessionId, WardId
from vocabulary.roles import Role
from wire.bed_state import AlarmView, BedState

UNHEARD: Final = Refused(
    reason="nothing is known of this bed at this moment",
    what_to_do="watch the bedside monitor, and try again when the screen is live",
)


def act_on_alarms(
    parts: Services, by: Person, bed: tuple[WardId, BedId], command: AlarmCommand, token: str = ""
) -> Done | Refused:
    """Take a command about the alarms of a bed into the record, or say why not."""
    state = state_of(parts, *bed)
    if state is None:
        return UNHEARD
    session = session_of(state)
    book = AlarmBook(parts.configuration)

    def deciding(log: Log, now: datetime) -> Follows:
        shown = bed_alarms(state, limit_changes(log.events, session))
        decision = decide_alarms(shown, command, now, book)
        return decision if isinstance(decision, Refused) else list(decision.events)

    chain = ward_chain(bed[0]) if session is None else session_chain(session)
    return do(parts.record, Deed(chain=chain, by=by, token=token, decide=deciding))


def state_of(parts: Services, ward: WardId, bed: BedId) -> BedState | None:
    """The newest state of a bed; None where nothing is known."""
    return next((state for state in parts.beds.states(ward) if state.bed == bed), None)


def session_of(state: BedState) -> SessionId | None:
    """The session in a bed's chair."""
    return None if state.session is None else state.session.id


def limit_changes(events: Sequence[object], session: SessionId | None) -> dict[LimitName, float]:
    """The limits that are others for this session now."""
    changes: dict[LimitName, float] = {}
    for event in events:
        if isinstance(event, LimitChanged) and event.session == session:
            changes.pop(event.limit, None)
            if event.amount is not None:
                changes[event.limit] = event.amount
    return changes


def bed_alarms(state: BedState, changes: dict[LimitName, float]) -> BedAlarms:
    """The alarms of a bed as the rules know them, from what ingest published."""
    session, held, off_until = state.session, state.held_back, state.off_monitor_until
    alarms = [_alarm(view) for view in state.alarms]
    return BedAlarms(
        ward=state.ward,
        bed=state.bed,
        situation=Situation(
            session=session_of(state), phase=None if session is None else session.state
        ),
        changes=changes,
        alarms={f"{alarm.code.value}:{alarm.subject}:{alarm.id}": alarm for alarm in alarms},
        held=None
        if held is None
        else HeldBack(
            inactivation=held.inactivation,
            since=held.since,
            until=held.until,
            by=None,
            base=AlarmPriority.LOW,
        ),
        off_monitor=None
        if off_until is None
        else OffMonitor(since=state.published_at, until=off_until, by=_named("")),
    )


def _alarm(view: AlarmView) -> Alarm:
    seen_at = view.acknowledged_at or datetime.now(UTC)
    is_seen = view.signal_state is SignalState.ACKNOWLEDGED
    return Alarm(
        id=AlarmId(view.id),
        code=view.code or AlarmCode.DEVICE_TROUBLE,
        subject=view.subject,
        priority=view.priority,
        current=None if view.signal_state is SignalState.LATCHED else view.priority,
        reasons=(),
        since=view.since,
        raised_at=view.raised_at or view.since,
        sounds_since=view.raised_at or view.since,
        acknowledged=Acknowledgement(by=_named(view.acknowledged_by), at=seen_at)
        if is_seen
        else None,
    )


def _named(printed_name: str) -> Person:
    """Somebody of whom the screens know the name only."""
    return Person(account=AccountId(""), printed_name=printed_name, role=Role.NURSE)
