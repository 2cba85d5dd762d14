"""What only one can have: a chair, a device, a clinic's number.

Two people may take the same one at the same instant, each in a chain of their own. Whoever takes
one has to have seen who took which before; the record sees to it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from infusion.patient_events import PatientRegistered
from infusion.session_events import (
    AssociationCorrected,
    DeviceAssociated,
    PreparationBegun,
    SessionMovedToBed,
)

_PLACES: Final = (PreparationBegun, SessionMovedToBed, DeviceAssociated, AssociationCorrected)
_RIVALS: Final[Mapping[type[Any], tuple[type[Any], ...]]] = {
    **dict.fromkeys(_PLACES, _PLACES),
    PatientRegistered: (PatientRegistered,),
}


def rivals_of(events: Iterable[Any]) -> tuple[str, ...]:
    """The kinds of events that must not have happened unseen in another chain before these."""
    found = {rival.__name__ for event in events for rival in _RIVALS.get(type(event), ())}
    return tuple(sorted(found))
