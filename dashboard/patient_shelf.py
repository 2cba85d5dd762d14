"""Patients as the record has them, and what is known of each one's sessions.

Everything here blocks and may raise RecordUnavailable: call it in `asyncio.to_thread`.
"""

from dataclasses import dataclass
from typing import Final

from infusion.happenings import patient_chain
from infusion.patient import Patient, PatientId
from infusion.patient_events import PatientRegistered, PatientsEvent
from record.store import Record

MOST_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class KnownPatient:
    """A patient: who they are, and what was done about their course of treatment."""

    identity: Patient
    events: tuple[PatientsEvent, ...]
    position: int


class PatientShelf:
    """Reads patients, each again only when their chain has grown."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._kept: dict[PatientId, KnownPatient] = {}

    def read(self, patient: PatientId) -> KnownPatient | None:
        """A patient; None if there is none of that name."""
        found = self._read([patient])
        return found[0] if found else None

    def all(self) -> tuple[KnownPatient, ...]:
        """Every patient, by family name."""
        found = self._read(self._record.chains.patients())
        return tuple(
            sorted(
                found,
                key=lambda p: (p.identity.family_name.casefold(), p.identity.given_name.casefold()),
            )
        )

    def _read(self, patients: list[PatientId]) -> list[KnownPatient]:
        chains = {patient_chain(patient): patient for patient in patients}
        heads = self._record.chains.heads(list(chains)) if chains else {}
        for chain, position in heads.items():
            known = self._kept.get(chains[chain])
            if known is not None and known.position == position:
                continue
            log = self._record.chains.read(chain)
            identities = [e.identity for e in log.events if isinstance(e, PatientRegistered)]
            if identities:
                events: tuple[PatientsEvent, ...] = log.events
                self._kept[chains[chain]] = KnownPatient(identities[-1], events, log.position)
        found = [self._kept[p] for p in patients if p in self._kept]
        while len(self._kept) > max(MOST_KEPT, len(patients)):
            self._kept.pop(next(iter(self._kept)), None)
        return found
