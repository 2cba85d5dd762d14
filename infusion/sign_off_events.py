"""What people did so that a session can be signed: the drug accounted for, gaps and alarms seen.

Past tense and frozen, as in `infusion.session_events`. Amounts of drug are mg, exact.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

import msgspec

from infusion.deeds import Deed
from vocabulary.signals import SignalName


class DrugDrawn(Deed, frozen=True, kw_only=True, tag=True):
    """Drug was drawn from a vial of `vial_ml` mL; `by` is the preparer.

    `vial`: its number within the session; a later word on the same vial takes the place of an
    earlier one, which stays in the record.
    """

    vial: int
    drug: str
    lot: str
    expires_on: date
    vial_mg_ml: Decimal
    vial_ml: Decimal
    drawn_ml: Decimal

    @property
    def drawn_mg(self) -> Decimal:
        """What was drawn, mg."""
        return self.drawn_ml * self.vial_mg_ml

    @property
    def remainder_mg(self) -> Decimal:
        """What stayed in the vial, mg."""
        return (self.vial_ml - self.drawn_ml) * self.vial_mg_ml


class DrugReconciled(Deed, frozen=True, kw_only=True, tag=True):
    """Where the drug went. A later one takes the place of an earlier, which stays in the record.

    `infused_mg`: what the pump had given as the person saw it. `returned_mg`: drawn, but went
    back. `vials_wasted_mg`, `vials_returned_mg`: what stayed in the vials. `reason`: why drawn and
    accounted for differ.
    """

    infused_mg: Decimal
    line_residual_mg: Decimal
    wasted_mg: Decimal
    returned_mg: Decimal
    vials_wasted_mg: Decimal
    vials_returned_mg: Decimal
    reason: str = ""


class WasteOf(str, Enum):
    """What was wasted: what was drawn and not given, or what stayed in the vials."""

    SYRINGE = "syringe"
    VIALS = "vials"


class WasteWitnessed(Deed, frozen=True, kw_only=True, tag=True):
    """`by`, who neither prepared nor wasted it, saw `seen_mg` before it was made irretrievable."""

    of: WasteOf
    seen_mg: Decimal
    method: str


class Gap(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Time without a usable number of a signal, UTC."""

    begins: datetime
    ends: datetime
    signal: SignalName


class GapsExplained(Deed, frozen=True, kw_only=True, tag=True):
    """One reason for one or more gaps."""

    gaps: tuple[Gap, ...]
    reason: str


class AlarmVerdict(str, Enum):
    """What an alarm was, looked at afterwards."""

    ACTED_ON = "acted_on"
    NO_ACTION_NEEDED = "no_action_needed"
    FALSE = "false"


class AlarmsReviewed(Deed, frozen=True, kw_only=True, tag=True):
    """One or more alarms of a kind were looked at. `note`: why, wherever nothing was done."""

    alarms: tuple[str, ...]
    verdict: AlarmVerdict
    note: str = ""


SignOffEvent: TypeAlias = (
    DrugDrawn | DrugReconciled | WasteWitnessed | GapsExplained | AlarmsReviewed
)
