"""The drug accounted for: drawn from vials, reconciled, its waste witnessed."""

from datetime import datetime
from decimal import Decimal

from infusion import sign_off_commands as c
from infusion.commands import Accepted, Decision, Refused
from infusion.configuration import ClinicConfiguration
from infusion.drug_account import (
    balance_of,
    preparers,
    standing_vials,
    vials_of,
    wasted_mg,
)
from infusion.exact import plain
from infusion.session import Session
from infusion.sign_off_events import DrugDrawn, DrugReconciled, WasteWitnessed


def draw(
    session: Session, command: c.DrawDrug, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """From a vial that holds it, of a drug of this clinic, not after its expiry."""
    refused = _refuse_vial(command, at, configuration)
    if refused is not None:
        return refused
    event = DrugDrawn(
        session=session.id,
        at=at,
        by=command.by,
        vial=command.vial,
        drug=command.drug,
        lot=command.lot.strip(),
        expires_on=command.expires_on,
        vial_mg_ml=command.vial_mg_ml,
        vial_ml=command.vial_ml,
        drawn_ml=command.drawn_ml,
    )
    return Accepted(events=(event,))


def _refuse_vial(
    command: c.DrawDrug, at: datetime, configuration: ClinicConfiguration
) -> Refused | None:
    if configuration.dosing.find_drug(command.drug) is None:
        return Refused(
            reason=f"{command.drug!r} is not a drug of this clinic",
            what_to_do="choose one of the list",
        )
    if not command.lot.strip():
        return Refused(reason="the lot is missing", what_to_do="enter the lot that the vial shows")
    if not (_is_amount(command.vial_mg_ml) and _is_amount(command.vial_ml)) or 0 in (
        command.vial_mg_ml,
        command.vial_ml,
    ):
        return Refused(
            reason=f"a vial of {command.vial_ml} mL with {command.vial_mg_ml} mg/mL cannot be",
            what_to_do="enter what its label says",
        )
    if not _is_amount(command.drawn_ml) or command.drawn_ml > command.vial_ml:
        return Refused(
            reason=f"{command.drawn_ml} mL cannot be drawn from a vial of {command.vial_ml} mL",
            what_to_do="enter each vial by itself",
        )
    if command.expires_on < at.date():
        return Refused(
            reason=f"the vial expired on {command.expires_on}",
            what_to_do="take another one; check the date if it is mistyped",
        )
    return None


def reconcile(
    session: Session, command: c.ReconcileDrug, at: datetime, configuration: ClinicConfiguration
) -> Decision:
    """All of it, and why if some is missing."""
    amounts = (
        command.infused_mg,
        command.line_residual_mg,
        command.wasted_mg,
        command.returned_mg,
        command.vials_wasted_mg,
        command.vials_returned_mg,
    )
    if not all(_is_amount(mg) for mg in amounts):
        return Refused(
            reason="an amount is less than nothing, or no number", what_to_do="enter mg, 0 or more"
        )
    vials = standing_vials(session.drawn)
    if not vials:
        return Refused(
            reason="no vial was charted", what_to_do="enter what was drawn, from which lot"
        )
    event = DrugReconciled(
        session=session.id,
        at=at,
        by=command.by,
        infused_mg=command.infused_mg,
        line_residual_mg=command.line_residual_mg,
        wasted_mg=command.wasted_mg,
        returned_mg=command.returned_mg,
        vials_wasted_mg=command.vials_wasted_mg,
        vials_returned_mg=command.vials_returned_mg,
        reason=command.reason.strip(),
    )
    refused = None if event.reason else _refuse_unaccounted(event, vials, configuration)
    return Accepted(events=(event,)) if refused is None else refused


def _refuse_unaccounted(
    event: DrugReconciled, vials: tuple[DrugDrawn, ...], configuration: ClinicConfiguration
) -> Refused | None:
    drawn = sum((vial.drawn_mg for vial in vials), Decimal(0))
    remainder = sum((vial.remainder_mg for vial in vials), Decimal(0))
    for what, balance in (
        ("what was drawn", balance_of(drawn, event.infused_mg, event)),
        ("what stayed in the vials", vials_of(remainder, event)),
    ):
        if balance.is_told(configuration.dosing.balance):
            return Refused(
                reason=f"of {what} {balance.drawn_mg:.3f} mg, "
                f"{balance.difference_mg:.3f} mg are not accounted for",
                what_to_do="check the amounts, or enter the reason",
            )
    return None


def witness(
    session: Session, command: c.WitnessWaste, at: datetime, _: ClinicConfiguration
) -> Decision:
    """Of what is charted as wasted, by somebody who had no hand in it."""
    if command.by.account in preparers(session):
        return Refused(
            reason=f"{command.by.printed_name} prepared or wasted the drug",
            what_to_do="another person witnesses, by name and PIN",
        )
    wasted = wasted_mg(session.reconciled[-1], command.of) if session.reconciled else None
    if not wasted:
        return Refused(
            reason="nothing is charted as wasted", what_to_do="enter what was wasted first"
        )
    if command.seen_mg != wasted:
        return Refused(
            reason=f"{plain(wasted)} mg are charted as wasted, not {plain(command.seen_mg)} mg",
            what_to_do="look again; who wasted it corrects the amount",
        )
    if not command.method.strip():
        return Refused(
            reason="how it was destroyed is missing",
            what_to_do="enter how it was made irretrievable",
        )
    event = WasteWitnessed(
        session=session.id,
        at=at,
        by=command.by,
        of=command.of,
        seen_mg=command.seen_mg,
        method=command.method.strip(),
    )
    return Accepted(events=(event,))


def _is_amount(value: Decimal) -> bool:
    return value.is_finite() and value >= 0
