"""The forms that take a password: the nurse's seal, another signature, an addendum."""

from collections.abc import Callable
from typing import Final

import htpy as h

from dashboard.acting import Deed, Done, commanding, do
from dashboard.forms.fields import (
    ChoiceField,
    Field,
    HiddenField,
    PasswordField,
    TextField,
    TickField,
)
from dashboard.forms.form import Form, Sent
from dashboard.sign_off.scene import SignOffScene, sign_off_scene
from exchange.figures import number
from infusion import commands as c
from infusion import signing_commands as sign
from infusion.decisions.permission import refusal_of
from infusion.happenings import session_chain
from infusion.sign_off import OpenItem
from infusion.signature_events import Meaning
from infusion.signatures import corrections_waiting, late_data_waiting
from vocabulary.states import SessionState

SEEN: Final = "content"
PASSWORD: Final = "password"  # noqa: S105 - the name of a field
REASON: Final = "reason"
MEANING: Final = "meaning"
COVERS: Final = "recalculated"
_MEANINGS: Final = {
    Meaning.CHECKED: "Checked",
    Meaning.DISCHARGE_AUTHORISED: "Discharge authorised",
    Meaning.REVIEWED: "Reviewed",
}

Making = Callable[[SignOffScene, Sent], c.Command | c.Refused]
"""The command of a form, from the session as it is when the form is taken up."""


def seen_of(scene: SignOffScene) -> str:
    """What tells whether anything came since the page was read.

    Once the patient has left, that is what is signed. Before, the report grows by the second with
    what the devices tell, so it is what was done at the session.
    """
    is_over = scene.session.closed is not None
    return scene.content if is_over else f"after {scene.session.taken} events"


def _password(scene: SignOffScene) -> tuple[Field, ...]:
    return (
        HiddenField(name=SEEN, initial=seen_of(scene)),
        PasswordField(name=PASSWORD, label=f"Password of {scene.by.printed_name}"),
    )


def exceptions_of(scene: SignOffScene) -> tuple[OpenItem, ...]:
    """What is open and lets the session be signed with exception."""
    return tuple(item for item in scene.open if item.allows_exception)


def sign_form(scene: SignOffScene) -> Form:
    """The nurse's signature, which seals."""
    told = [item.text for item in exceptions_of(scene)]
    reason = TextField(name=REASON, label=f"Signed with exception, because ({'; '.join(told)})")
    return Form(
        name="sign",
        action=f"{scene.path}/sign",
        title="Sign",
        submit="Sign with exception" if told else "Sign and seal",
        fields=(*((reason,) if told else ()), *_password(scene)),
        explain=h.p[
            f"{scene.by.printed_name}, {scene.by.role.value}: performed. Your signature seals "
            "everything on this page. After it there are addenda only."
        ],
        is_grave=bool(told),
    )


def make_signature(scene: SignOffScene, sent: Sent) -> c.Command | c.Refused:
    """The seal over what is recorded now."""
    return sign.SignSession(
        by=scene.by,
        seen=sent.get(SEEN) or "",
        seal=scene.content,
        zone=scene.letterhead.zone,
        content_format=scene.report.format,
        samples=scene.parts.record.sealed_samples(scene.session, scene.now),
        blocking=tuple(item.text for item in scene.open if not item.allows_exception),
        exceptions=tuple(item.text for item in exceptions_of(scene)),
        reason=sent.get(REASON) or "",
    )


def meanings_for(scene: SignOffScene) -> tuple[Meaning, ...]:
    """What another person may sign now."""
    if scene.session.state is SessionState.SIGNED:
        return (Meaning.REVIEWED,)
    return (Meaning.CHECKED, Meaning.DISCHARGE_AUTHORISED)


def cosign_form(scene: SignOffScene) -> Form:
    """Another person's signature."""
    options = [(meaning.value, _MEANINGS[meaning]) for meaning in meanings_for(scene)]
    initial = options[0][0] if len(options) == 1 else ""
    meaning = ChoiceField(name=MEANING, label="Meaning", options=options, initial=initial)
    return Form(
        name="cosign",
        action=f"{scene.path}/cosign",
        title="Another signature",
        submit="Sign",
        fields=(meaning, *_password(scene)),
    )


def make_cosignature(scene: SignOffScene, sent: Sent) -> c.Command | c.Refused:
    """Chained after the signature before it."""
    is_sealed = scene.session.state is SessionState.SIGNED
    seal = scene.report.sealed if is_sealed else scene.content
    is_seen = is_sealed or sent.get(SEEN) == seen_of(scene)
    return sign.AddSignature(
        by=scene.by,
        seen=seal if is_seen else "",
        seal=seal,
        zone=scene.letterhead.zone,
        meaning=Meaning(sent.values[MEANING]),
    )


def addendum_form(scene: SignOffScene) -> Form:
    """An addition to what is sealed."""
    late, corrected = late_data_waiting(scene.session), corrections_waiting(scene.session)
    takes_up = TickField(
        name="late", label="It answers the data that arrived after the seal", is_required=False
    )
    covers = TickField(name=COVERS, label=_covered_words(scene), is_required=False)
    return Form(
        name="addendum",
        action=f"{scene.path}/addendum",
        title="Addendum",
        submit="Sign the addendum",
        fields=(
            *_versions(scene),
            *((takes_up,) if late else ()),
            *((covers,) if corrected else ()),
            *_password(scene),
        ),
        explain=h.p["What was sealed stays as it is; this stands beside it."],
    )


def _covered_words(scene: SignOffScene) -> str:
    found = scene.report.recalculated
    was = number(None if found is None else found.sealed_mg, 2, "mg")
    becomes = number(scene.report.dose.by_volume_mg, 2, "mg")
    return f"It covers what was recalculated since the session was signed ({was}, now {becomes})"


def _versions(scene: SignOffScene) -> tuple[Field, ...]:
    """What it is about and what it becomes; filled in where the dose was worked out anew."""
    corrected, found = corrections_waiting(scene.session), scene.report.recalculated
    about, because, was, becomes = "", "", "", ""
    if corrected and found is not None:
        about, because = "dose given", corrected[-1].reason
        was = number(found.sealed_mg, 2, "mg")
        becomes = number(scene.report.dose.by_volume_mg, 2, "mg")
    return (
        TextField(name="concerns", label="What it is about", initial=about),
        TextField(name=REASON, label="Reason", initial=because),
        TextField(name="text", label="What is to be added", lines=3, is_required=False),
        TextField(name="was", label="It said", initial=was, is_required=False),
        TextField(name="becomes", label="It should say", initial=becomes, is_required=False),
    )


def make_addendum(scene: SignOffScene, sent: Sent) -> c.Command | c.Refused:
    """Signed by who writes it."""
    return sign.WriteAddendum(
        by=scene.by,
        seen=sent.get(SEEN) or "",
        seal=scene.content,
        zone=scene.letterhead.zone,
        reason=sent.values[REASON],
        concerns=sent.values["concerns"],
        text=sent.get("text") or "",
        was=sent.get("was") or "",
        becomes=sent.get("becomes") or "",
        takes_up_late=bool(sent.get("late")),
        covers_recalculated=bool(sent.get(COVERS)),
    )


def offered(scene: SignOffScene, command: type[c.Command]) -> bool:
    """Whether a person of this role may send such a command now."""
    rules = scene.parts.configuration.sessions
    return refusal_of(scene.session, command, scene.by.role, rules) is None


def sign_as(scene: SignOffScene, make: Making, sent: Sent) -> Done | c.Refused:
    """Check the password, make the command of what is recorded now, and append it. Blocks."""
    wrong = scene.parts.seconds.check_again(scene.by, sent.values[PASSWORD])
    if wrong is not None:
        return wrong

    def commands(*_: object) -> tuple[c.Command, ...] | c.Refused:
        fresh = sign_off_scene(scene.parts, scene.by, scene.session.id)
        if fresh is None:
            return c.Refused(reason="there is no such session", what_to_do="go to the worklist")
        made = make(fresh, sent)
        return made if isinstance(made, c.Refused) else (made,)

    deed = Deed(
        chain=session_chain(scene.session.id),
        by=scene.by,
        token=sent.token,
        decide=commanding(commands, scene.parts.configuration),
    )
    return do(scene.parts.record, deed)
