"""What a clinic configures of interventions: drugs, symptoms, adverse events, stamps."""

from decimal import Decimal

import msgspec


class RescueDrug(msgspec.Struct, frozen=True, kw_only=True):
    """A drug of the clinic's rescue list.

    `usual_dose`, `usual_route`: what one tap gives. A dose beyond `low` or `high` (in `unit`)
    needs a reason.
    """

    drug: str
    label: str
    unit: str
    usual_dose: Decimal
    low: Decimal
    high: Decimal
    routes: tuple[str, ...]


class InterventionRules(msgspec.Struct, frozen=True, kw_only=True):
    """The clinic's lists. Oxygen flows in L/min; `oxygen_flows` are offered, the usual one first.

    `urgent_symptoms`: of `symptoms`, those that wait for nothing. `grades`: of adverse events.
    `stamps`: what an emergency offers to stamp.
    """

    rescue_drugs: tuple[RescueDrug, ...]
    oxygen_flows: tuple[float, ...]
    oxygen_max_l_min: float
    symptoms: tuple[str, ...]
    urgent_symptoms: tuple[str, ...]
    adverse_events: tuple[str, ...]
    grades: tuple[int, ...]
    stamps: tuple[str, ...]

    def find_drug(self, drug: str) -> RescueDrug | None:
        """The rescue drug of that name."""
        return next((found for found in self.rescue_drugs if found.drug == drug), None)
