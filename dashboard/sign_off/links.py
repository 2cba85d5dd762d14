"""Where each open thing is put right: the address of its form, with what it is about."""

from typing import Final

from dashboard.session_forms.session_form import form_path
from dashboard.sign_off.scene import SignOffScene, sign_off_path
from infusion.sign_off import OpenItem, OpenKind

_FORMS: Final = {
    OpenKind.CHECK: ("Say why", "explain-checks"),
    OpenKind.ALARMS: ("Review them", "review-alarms"),
    OpenKind.GAPS: ("Say why", "explain-gaps"),
    OpenKind.DISCHARGE: ("Discharge", "discharge"),
}


def link_of(item: OpenItem, scene: SignOffScene) -> tuple[str, str]:
    """The words and the address of what puts an open thing right."""
    session, back = scene.session.id, sign_off_path(scene.session.id)
    if item.kind is OpenKind.WITNESS:
        return "Witness", form_path(session, "witness", of=item.refers_to[0], next=back)
    if item.kind is OpenKind.BALANCE and not scene.report.account.drawn:
        return "Chart the vial", form_path(session, "draw", next=back)
    if item.kind is OpenKind.BALANCE:
        return "Account for the drug", form_path(session, "reconcile", next=back)
    words, form = _FORMS[item.kind]
    return words, form_path(session, form, what=item.text, next=back)
