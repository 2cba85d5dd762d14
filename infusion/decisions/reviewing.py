"""What is looked at before the signature: gaps and alarms."""

from datetime import datetime

from infusion import sign_off_commands as c
from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.session import Session
from infusion.sign_off_events import AlarmsReviewed, AlarmVerdict, GapsExplained


def explain_gaps(
    session: Session, command: c.ExplainGaps, at: datetime, _: ClinicConfiguration
) -> Decision:
    """One reason for all of them."""
    if not command.gaps or any(gap.ends <= gap.begins or gap.ends > at for gap in command.gaps):
        return Refused(reason="that is no gap", what_to_do="reload the page and choose the gaps")
    if not command.reason.strip():
        return Refused(reason="a gap needs a reason", what_to_do="enter the reason")
    event = GapsExplained(
        session=session.id,
        at=at,
        by=command.by,
        gaps=command.gaps,
        reason=command.reason.strip(),
    )
    return Accepted(events=(event,))


def review_alarms(
    session: Session, command: c.ReviewAlarms, at: datetime, _: ClinicConfiguration
) -> Decision:
    """One verdict for all of them; wherever nothing was done, why."""
    if not command.alarms:
        return Refused(reason="no alarm is chosen", what_to_do="choose the alarms")
    if command.verdict is not AlarmVerdict.ACTED_ON and not command.note.strip():
        return Refused(
            reason="an alarm that nobody acted on needs a reason", what_to_do="enter the reason"
        )
    event = AlarmsReviewed(
        session=session.id,
        at=at,
        by=command.by,
        alarms=command.alarms,
        verdict=command.verdict,
        note=command.note.strip(),
    )
    return Accepted(events=(event,))
