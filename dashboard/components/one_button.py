"""A form that is one button: what it does is plain from its words."""

import secrets
from collections.abc import Mapping

import htpy as h

from dashboard.forms.form import NEXT, TOKEN


def one_button(
    name: str, action: str, words: str, said: Mapping[str, str], *, next_path: str = ""
) -> h.Element:
    """A button that POSTs `said` to `action`, once however often it is pressed."""
    return h.form(".inline", method="post", action=action, data_form=name)[
        h.input(type="hidden", name=TOKEN, value=secrets.token_urlsafe(16)),
        h.input(type="hidden", name=NEXT, value=next_path) if next_path else None,
        (h.input(type="hidden", name=key, value=value) for key, value in said.items()),
        h.button(".link-button", type="submit")[words],
    ]
