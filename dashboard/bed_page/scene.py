"""What the bed page is made from, as the record has it at one moment. Blocks."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from dashboard.context import Services
from dashboard.local_time import clinic_zone
from dashboard.session_forms.ward_facts import WardFacts, ward_facts
from infusion.configuration import BedPlan
from infusion.patient import Person
from infusion.session import Session
from vocabulary.ids import BedId, DeviceId, WardId
from wire.bed_state import BedState, DeviceView


@dataclass(frozen=True, slots=True, kw_only=True)
class BedScene:
    """A bed, the session in it (None: it is free), the ward around it, who looks, when (UTC)."""

    parts: Services
    by: Person
    ward: WardId
    bed: BedPlan
    session: Session | None
    position: int
    facts: WardFacts
    now: datetime
    zone: tzinfo

    @property
    def path(self) -> str:
        """The address of the page."""
        return bed_path(self.ward, self.bed.bed)

    @property
    def state(self) -> BedState | None:
        """The newest state that ingest published of the bed."""
        states = self.parts.beds.states(self.ward)
        return next((state for state in states if state.bed == self.bed.bed), None)

    @property
    def is_live(self) -> bool:
        """Whether live data flows, so that what was heard of a device last is of now."""
        return self.parts.own_alarms.of_link(self.ward) is None

    @property
    def heard(self) -> dict[DeviceId, DeviceView]:
        """What was heard last of every device of the ward that is at a bed."""
        states = self.parts.beds.states(self.ward)
        return {view.device: view for state in states for view in state.devices}


def bed_path(ward: WardId, bed: BedId) -> str:
    """The address of a bed's page."""
    return f"/ward/{ward}/bed/{bed}"


def bed_scene(parts: Services, by: Person, ward: WardId, bed: BedId) -> BedScene | None:
    """A bed as it is now; None if the ward has no such bed. May raise RecordUnavailable."""
    plan = parts.ward(ward)
    found = next((b for b in plan.beds if b.bed == bed), None) if plan is not None else None
    if found is None:
        return None
    facts = ward_facts(parts, ward)
    session = facts.sessions.at_bed(ward, bed)
    kept = None if session is None else parts.shelf.read(session.id)
    return BedScene(
        parts=parts,
        by=by,
        ward=ward,
        bed=found,
        session=session,
        position=0 if kept is None else kept.position,
        facts=facts,
        now=datetime.now(UTC),
        zone=clinic_zone(),
    )
