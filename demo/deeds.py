"""What people do at a session besides the usual steps, as commands to the clinic's rules."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from demo import script as s
from demo.bedside import SEEN_AFTER
from demo.cast import NURSE, PRESCRIBER, SECOND
from demo.usual import order_of
from infusion import commands as c
from infusion.answers import Choice
from infusion.configuration import ClinicConfiguration
from infusion.interventions.commands import ReportSymptoms
from infusion.session import Session
from vocabulary.ids import DeviceId


@dataclass(frozen=True, slots=True)
class Scene:
    """What the people at a session know while they do something."""

    session: Session
    script: s.SessionScript
    weight_kg: float
    pump: DeviceId | None
    starts_at: datetime
    now: datetime
    clinic: ClinicConfiguration


def commands_of(deed: s.AnyDeed, scene: Scene) -> tuple[c.Command, ...]:
    """The commands that a deed is. Raises BadPeople if the scene does not allow it."""
    if isinstance(deed, s.Confirm):
        return tuple(confirmations(scene.session))
    return (_COMMANDS[type(deed)](deed, scene),)


def confirmations(session: Session) -> Iterator[c.Command]:
    """What the second person confirms: each device that waits for it, then the preparation."""
    for held in session.associations:
        if held.is_standing and not held.is_confirmed:
            yield c.ConfirmDevice(by=SECOND, device=held.device)
    yield c.ConfirmPreparation(by=SECOND)


def _associate(deed: s.Associate, _: Scene) -> c.Command:
    return c.AssociateDevice(
        by=NURSE,
        device=deed.device,
        kind=deed.kind,
        is_swap=deed.is_swap,
        replaces=deed.replaces,
    )


def _order(deed: s.OrderAgain, scene: Scene) -> c.Command:
    changed = msgspec.structs.replace(
        scene.script,
        rate_mg_kg_h=deed.rate_mg_kg_h or scene.script.rate_mg_kg_h,
        dose_mg_kg=deed.dose_mg_kg or scene.script.dose_mg_kg,
    )
    order = order_of(changed, scene.weight_kg, scene.now, scene.clinic)
    return c.GiveOrder(by=PRESCRIBER, order=order, reasons=deed.reasons)


def _explain_run(deed: s.ExplainRun, scene: Scene) -> c.Command:
    runs = [run for run in scene.session.runs if deed.device in (None, run.device)]
    if not runs:
        raise s.BadPeople(f"people at bed {scene.script.bed}: no run to explain yet")
    last = runs[-1]
    return c.ExplainPumpRun(by=NURSE, device=last.device, began_at=last.began_at, kind=deed.kind)


def _explain_rate(deed: s.ExplainRate, scene: Scene) -> c.Command:
    if scene.pump is None:
        raise s.BadPeople(f"people at bed {scene.script.bed}: there is no pump")
    changed_at = scene.starts_at + timedelta(minutes=deed.changed_after_min) + SEEN_AFTER
    return c.ExplainRateChange(
        by=NURSE, device=scene.pump, changed_at=changed_at, reason=deed.reason
    )


_COMMANDS: Final[dict[type[s.Deed], Callable[[Any, Scene], c.Command]]] = {
    s.ConfirmPause: lambda deed, _: c.ConfirmPause(by=NURSE, reason=deed.reason),
    s.EndEarly: lambda deed, _: c.EndInfusionEarly(by=NURSE, reason=deed.reason),
    s.ExplainRun: _explain_run,
    s.ExplainRate: _explain_rate,
    s.OrderAgain: _order,
    s.Associate: _associate,
    s.ConfirmDevice: lambda deed, _: c.ConfirmDevice(by=SECOND, device=deed.device),
    s.Release: lambda deed, _: c.ReleaseDevice(by=NURSE, device=deed.device),
    s.AnswerAnew: lambda deed, _: c.AnswerPreparation(
        by=NURSE, item=deed.item, answer=Choice(option=deed.option)
    ),
    s.Tell: lambda deed, _: ReportSymptoms(by=NURSE, symptoms=deed.symptoms),
    s.Discharge: lambda deed, _: c.Discharge(by=NURSE, escort=deed.escort),
}
