"""Earlier sessions of the demonstration are signed, as the record itself says what is open."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from demo.cast import NURSE, SECOND
from demo.script import BadPeople
from exchange.loading import Shelf
from infusion.commands import Accepted, Command
from infusion.configuration import ClinicConfiguration
from infusion.decisions import decide
from infusion.fold import fold
from infusion.happenings import author_of, session_chain
from infusion.observations.commands import ExplainMissedChecks
from infusion.order import Order
from infusion.report import SessionReport, content_hash, sealed_content
from infusion.sign_off import OpenItem, OpenKind, what_is_open
from infusion.sign_off_commands import DrawDrug, ExplainGaps, ReconcileDrug, WitnessWaste
from infusion.sign_off_events import WasteOf
from infusion.signing_commands import MakeReadyForSignOff, SignSession
from record.act import Act
from record.store import Record
from vocabulary.ids import SessionId

_VIAL_MG_ML: Final = Decimal(50)
_VIAL_ML: Final = Decimal(10)
_SIGNED_AFTER: Final = timedelta(minutes=20)
_WHY: Final = "charted by hand, no device was connected"
_ZONE: Final = "UTC"


def draw_drug(order: Order, now: datetime) -> DrawDrug:
    """All that is ordered, from one vial."""
    return DrawDrug(
        by=NURSE,
        vial=1,
        drug=order.drug,
        lot="DEMO-1",
        expires_on=(now + timedelta(days=200)).date(),
        vial_mg_ml=_VIAL_MG_ML,
        vial_ml=_VIAL_ML,
        drawn_ml=(order.planned_mg or Decimal(0)) / _VIAL_MG_ML,
    )


def account_for_drug(order: Order) -> Iterator[Command]:
    """All of it went in; what stayed in the vial is wasted before a witness."""
    given = order.planned_mg or Decimal(0)
    left = _VIAL_MG_ML * _VIAL_ML - given
    yield ReconcileDrug(
        by=NURSE,
        infused_mg=given,
        line_residual_mg=Decimal(0),
        wasted_mg=Decimal(0),
        vials_wasted_mg=left,
    )
    yield WitnessWaste(by=SECOND, of=WasteOf.VIALS, seen_mg=left, method="absorbed, discarded")


def sign(record: Record, name: SessionId, clinic: ClinicConfiguration, now: datetime) -> None:
    """Answer what is open of a discharged session, and sign it. Raises BadPeople if refused.

    Raises RecordUnavailable.
    """
    report = _report(record, name, clinic, now)
    if report.closed is None:
        raise BadPeople(f"session {name} is not over")
    at = report.closed.at + _SIGNED_AFTER
    for item in what_is_open(report, clinic.dosing.balance):
        _do(record, name, _answer(item, name), at, clinic)
    _do(record, name, MakeReadyForSignOff(by=NURSE, at=at), at, clinic)
    report = _report(record, name, clinic, now)
    seal = content_hash(sealed_content(report))
    signature = SignSession(
        by=NURSE,
        at=at,
        seen=seal,
        seal=seal,
        zone=_ZONE,
        content_format=report.format,
        samples=(),
        blocking=tuple(i.text for i in what_is_open(report, clinic.dosing.balance)),
    )
    _do(record, name, signature, at, clinic)


def _report(
    record: Record, name: SessionId, clinic: ClinicConfiguration, now: datetime
) -> SessionReport:
    return Shelf(record, clinic).load(name, now).report


def _answer(item: OpenItem, name: SessionId) -> Command:
    if item.kind is OpenKind.GAPS:
        return ExplainGaps(by=NURSE, gaps=item.gaps, reason=_WHY)
    if item.kind is OpenKind.CHECK:
        return ExplainMissedChecks(by=NURSE, checks=item.checks, reason=_WHY)
    raise BadPeople(f"session {name}: {item.text}")


def _do(
    record: Record, name: SessionId, command: Command, at: datetime, clinic: ClinicConfiguration
) -> None:
    chain = session_chain(name)
    log = record.chains.read(chain)
    decision = decide(fold(log.events), command, at, clinic)
    if not isinstance(decision, Accepted):
        raise BadPeople(
            f"session {name}, {type(command).__name__}: {decision.reason}: {decision.what_to_do}"
        )
    record.act(
        chain,
        decision.events,
        Act(author=author_of(command.by.account), now=at, seen=log.position),
    )
