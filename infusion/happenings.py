"""Everything that can stand in a chain of the record, as closed lists, and which chain that is.

A session's chain holds what people did at it and what its devices did, in one order. A patient's
holds the course of treatment. A ward's holds what concerns no single session.
"""

from typing import Final, TypeAlias

import msgspec

from infusion.access import AccessHappening
from infusion.alarms.events import AlarmDeeds, AlarmEvent
from infusion.bed_help import BedHelp
from infusion.digests import QuarantineDigested, RefusedRetired, RowsRetired, SamplesDigested
from infusion.duty.events import DutyEvent
from infusion.events import WardEvent
from infusion.fold import SessionInput
from infusion.observations.events import ScheduleLaidOut
from infusion.patient import AccountId, PatientId
from infusion.patient_events import PatientsEvent
from infusion.session_events import PeoplesEvent, StartHeld
from infusion.station_events import StationHappening
from vocabulary.ids import SessionId, WardId

SessionHappening: TypeAlias = SessionInput
"""What a session's chain holds."""
WardHappening: TypeAlias = (
    WardEvent
    | DutyEvent
    | AlarmEvent
    | AlarmDeeds
    | SamplesDigested
    | RowsRetired
    | StationHappening
    | BedHelp
)
"""What a ward's chain holds."""
Concluded: TypeAlias = WardEvent | StartHeld | ScheduleLaidOut | AlarmEvent
"""What the rules conclude from the stream, for one chain or the other."""
PeoplesAct: TypeAlias = PeoplesEvent | PatientsEvent | DutyEvent | AlarmDeeds | BedHelp
"""What a person can append to any chain; ingest takes it up in order."""
Happening: TypeAlias = (
    SessionHappening
    | WardHappening
    | PatientsEvent
    | QuarantineDigested
    | RefusedRetired
    | AccessHappening
)

SESSION_CHAINS: Final = "session/"
PATIENT_CHAINS: Final = "patient/"
WARD_CHAINS: Final = "ward/"
PEOPLE: Final = "account/"
"""How the author of an event begins when a person did it."""
INGEST: Final = "ingest/"
"""How the author of an event begins when a worker concluded it."""


def session_chain(session: SessionId) -> str:
    """The chain of a session."""
    return f"{SESSION_CHAINS}{session}"


def patient_chain(patient: PatientId) -> str:
    """The chain of a patient's course of treatment."""
    return f"{PATIENT_CHAINS}{patient}"


def ward_chain(ward: WardId) -> str:
    """The chain of what concerns a ward."""
    return f"{WARD_CHAINS}{ward}"


def chain_of(conclusion: Concluded) -> str:
    """The chain in which a conclusion lies: its session's, else its ward's."""
    if conclusion.session is not None:
        return session_chain(conclusion.session)
    return ward_chain(conclusion.ward)


def chain_of_deed(deed: AlarmDeeds) -> str:
    """The chain of a deed at the alarms of a bed: its session's, else its ward's."""
    return ward_chain(deed.ward) if deed.session is None else session_chain(deed.session)


def author_of(account: AccountId) -> str:
    """The author of what a person does."""
    return f"{PEOPLE}{account}"


def session_of_chain(chain: str) -> SessionId | None:
    """The session whose chain this is; None for another kind of chain."""
    if not chain.startswith(SESSION_CHAINS):
        return None
    return SessionId(chain.removeprefix(SESSION_CHAINS))


def ward_of_chain(chain: str) -> WardId | None:
    """The ward whose own chain this is; None for another kind of chain."""
    return WardId(chain.removeprefix(WARD_CHAINS)) if chain.startswith(WARD_CHAINS) else None


_decoder: Final = msgspec.json.Decoder(Happening)


def decode_happening(payload: str) -> Happening:
    """Read an event from its canonical JSON. Raises msgspec.MsgspecError if it is none of ours."""
    happening: Happening = _decoder.decode(payload)
    return happening
