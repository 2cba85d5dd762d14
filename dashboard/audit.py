"""Who looked at a patient's data: the one place that every such page goes through."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from infusion.access import PatientDataSeen
from infusion.patient import PatientId, Person
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


def note_view(record: Record, view: View) -> None:
    """Note a look at a patient's data before it is shown. Blocks; may raise RecordUnavailable."""
    log.info("%s opened %s of patient %s", view.by.account, view.page, view.patient)
    record.audit.note(
        PatientDataSeen(
            at=datetime.now(UTC),
            by=view.by,
            page=view.page,
            patient=view.patient,
            session=view.session,
        )
    )
