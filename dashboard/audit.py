"""Who looked at a patient's data: the one place that every such page goes through."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from infusion.access import PatientDataSeen
from infusion.patient import PatientId, Person
from infusion.session import Session
from record.store import Record
from vocabulary.ids import SessionId

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One look at a patient's data: by whom, of which page, of whom. No names of patients."""

    by: Person
    page: str
    patient: PatientId
    session: SessionId | None = None


def view_of(session: Session, by: Person, page: str) -> View:
    """A look at a page of a session."""
    return View(by=by, page=page, patient=session.patient.patient, session=session.id)


def note_view(record: Record, view: View) -> None:
    """Note a look at a patient's data before it is shown. Blocks; may raise RecordUnavailable."""
    note_views(record, (view,))


def note_views(record: Record, views: Sequence[View]) -> None:
    """Note looks at several patients, as on a list of them, in one go."""
    if not views:
        return
    log.info("%s opened %s of %d patient(s)", views[0].by.account, views[0].page, len(views))
    now = datetime.now(UTC)
    record.audit.note(
        *(
            PatientDataSeen(
                at=now, by=view.by, page=view.page, patient=view.patient, session=view.session
            )
            for view in views
        )
    )
