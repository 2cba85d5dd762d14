"""What people may ask of a session that is on its way to the signature. Amounts of drug in mg."""

from datetime import date
from decimal import Decimal

from infusion.commands import Command
from infusion.sign_off_events import AlarmVerdict, Gap, WasteOf


class DrawDrug(Command, frozen=True, kw_only=True):
    """Drug was drawn from a vial (mg/mL, mL); `by` is the preparer. Again: to correct a vial."""

    vial: int
    drug: str
    lot: str
    expires_on: date
    vial_mg_ml: Decimal
    vial_ml: Decimal
    drawn_ml: Decimal


class ReconcileDrug(Command, frozen=True, kw_only=True):
    """Where the drug went. `infused_mg`: by the pump, as the screen shows it; nobody types it."""

    infused_mg: Decimal
    line_residual_mg: Decimal
    wasted_mg: Decimal
    returned_mg: Decimal = Decimal(0)
    vials_wasted_mg: Decimal = Decimal(0)
    vials_returned_mg: Decimal = Decimal(0)
    reason: str = ""


class WitnessWaste(Command, frozen=True, kw_only=True):
    """`by` saw this much before it was made irretrievable, and how that was done."""

    of: WasteOf
    seen_mg: Decimal
    method: str


class ExplainGaps(Command, frozen=True, kw_only=True):
    """Why there are no numbers; one reason may cover many gaps."""

    gaps: tuple[Gap, ...]
    reason: str


class ReviewAlarms(Command, frozen=True, kw_only=True):
    """These alarms were looked at. `note`: why, wherever nothing was done."""

    alarms: tuple[str, ...]
    verdict: AlarmVerdict
    note: str = ""
