"""Questions before going home, and handovers."""

from datetime import datetime

from infusion import care_commands as c
from infusion.care_events import HandoverGiven, HomeQuestionsAnswered
from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.session import Session


def answer_home_questions(
    session: Session,
    command: c.AnswerHomeQuestions,
    at: datetime,
    configuration: ClinicConfiguration,
) -> Decision:
    """Those that the clinic asks, each with yes or no."""
    known = {item.item for item in configuration.discharge.items}
    unknown = sorted(set(command.answers) - known)
    if unknown:
        return Refused(
            reason=f"{', '.join(unknown)} is not asked before going home",
            what_to_do="reload the page",
        )
    if not command.answers:
        return Refused(reason="nothing is answered", what_to_do="answer a question")
    event = HomeQuestionsAnswered(
        session=session.id, at=at, by=command.by, answers=dict(command.answers)
    )
    return Accepted(events=(event,))


def give_handover(
    session: Session, command: c.GiveHandover, at: datetime, _: ClinicConfiguration
) -> Decision:
    """The words that are signed, edited or as drafted."""
    if not command.text.strip():
        return Refused(reason="the handover is empty", what_to_do="write what is handed over")
    event = HandoverGiven(
        session=session.id,
        at=at,
        by=command.by,
        text=command.text.strip(),
        drafted=command.drafted,
        to=command.to.strip(),
    )
    return Accepted(events=(event,))
