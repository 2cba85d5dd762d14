"""The questions of the preparation, block by block, as the clinic configures them."""

from typing import Any, Final

from dashboard.forms.fields import (
    ChoiceField,
    Field,
    HiddenField,
    MomentField,
    NumberField,
    TextField,
    YesNoField,
)
from dashboard.forms.form import Form, Sent
from dashboard.session_forms.session_form import Commands, Scene, SessionForm, form_path
from infusion import commands as c
from infusion.answers import Answer, Choice, Moment, Number, Text, YesNo, shown
from infusion.configuration import AnswerKind, PreparationBlock, PreparationItem
from infusion.exact import plain
from infusion.session_events import PreparationAnswered

BLOCK: Final = "block"


def answers_form(scene: Scene, block: PreparationBlock) -> Form:
    """The questions of a block that this person may answer."""
    fields = [_item_field(scene, item) for item in block.items if may_answer(scene, item)]
    return Form(
        name=f"answers-{block.block}",
        action=form_path(scene.session.id, "answers"),
        title=block.label,
        submit=f"Save {block.label.lower()}",
        fields=(HiddenField(name=BLOCK, initial=block.block), *fields),
    )


def may_answer(scene: Scene, item: PreparationItem) -> bool:
    """Whether this person may answer the item."""
    return not item.roles or scene.by.role in item.roles


def _item_field(scene: Scene, item: PreparationItem) -> Field:
    named: dict[str, Any] = {
        "name": item.item,
        "label": item.text,
        "is_required": False,
        "initial": _typed(scene, scene.session.answers.get(item.item)),
        "aside": _aside(scene.session.answers.get(item.item), is_required=item.is_required),
    }
    if item.kind is AnswerKind.YES_NO:
        return YesNoField(**named)
    if item.kind is AnswerKind.CHOICE:
        return ChoiceField(**named, options=[(words, words) for words in item.options])
    if item.kind is AnswerKind.NUMBER:
        return NumberField(**named, unit=item.unit)
    if item.kind is AnswerKind.TIME:
        return MomentField(**named)
    return TextField(**named)


def _aside(answered: PreparationAnswered | None, *, is_required: bool) -> str:
    if answered is not None:
        return answered.by.printed_name
    return "needed before the start" if is_required else "optional"


def _typed(scene: Scene, answered: PreparationAnswered | None) -> str:
    """An answer as it would have been typed."""
    if answered is None:
        return ""
    given = answered.answer
    if isinstance(given, Moment):
        return f"{given.moment.astimezone(scene.zone):%Y-%m-%dT%H:%M}"
    return plain(given.value) if isinstance(given, Number) else shown(given)


def _block(scene: Scene) -> PreparationBlock | None:
    blocks = scene.parts.configuration.sessions.blocks
    return next((b for b in blocks if b.block == scene.about.get(BLOCK)), None)


def _answers_fields(scene: Scene) -> tuple[Field, ...]:
    block = _block(scene)
    return () if block is None else answers_form(scene, block).fields


def _answers(scene: Scene, sent: Sent) -> Commands:
    block = _block(scene)
    if block is None:
        return c.Refused(reason="there is no such block of questions", what_to_do="reload the page")
    commands: list[c.Command] = []
    for item in block.items:
        value = sent.get(item.item)
        if value is None or not may_answer(scene, item):
            continue
        answer, before = _answer(item, value), scene.session.answers.get(item.item)
        if before is not None and before.answer == answer:
            continue
        if before is not None and _is_news(scene, sent, before):
            return c.Refused(
                reason=f"{before.by.printed_name} answered meanwhile: "
                f"{item.text}: {shown(before.answer)}",
                what_to_do="talk to them; send again to put yours in its place",
            )
        commands.append(c.AnswerPreparation(by=scene.by, item=item.item, answer=answer))
    return commands


def _answer(item: PreparationItem, value: Any) -> Answer:  # noqa: ANN401 - as its field reads it
    if item.kind is AnswerKind.YES_NO:
        return YesNo(is_yes=value)
    if item.kind is AnswerKind.CHOICE:
        return Choice(option=value)
    if item.kind is AnswerKind.NUMBER:
        return Number(value=value, unit=item.unit)
    if item.kind is AnswerKind.TIME:
        return Moment(moment=value)
    return Text(text=value)


def _is_news(scene: Scene, sent: Sent, answered: PreparationAnswered) -> bool:
    """Whether somebody else answered after the form was made."""
    if answered.by.account == scene.by.account:
        return False
    return any(r.position > sent.seen and r.event == answered for r in scene.recorded)


FORMS: Final = (
    SessionForm(
        name="answers",
        title="Preparation",
        submit="Save",
        command=c.AnswerPreparation,
        fields=_answers_fields,
        make=_answers,
    ),
)
