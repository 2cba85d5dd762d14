"""One step of the ordered stream: (state, inputs) -> (state, conclusions).

The state is immutable for whoever holds it: a batch is taken up on a copy of what it touches, so
that nothing is concluded before it is stored. Time comes from the stream only: a deadline passes
when an input of a later moment is taken up, at the moment of the deadline, so that how the stream
was cut into batches changes nothing.
"""

from collections.abc import Iterable

from infusion.happenings import Concluded
from infusion.inputs import StreamInput
from infusion.ward_draft import Draft
from infusion.ward_state import Rules, StreamState


def advance(
    state: StreamState, inputs: Iterable[StreamInput], rules: Rules
) -> tuple[StreamState, tuple[Concluded, ...]]:
    """The state after `inputs`, and what was concluded from them and from deadlines up to them."""
    draft = Draft(state, rules)
    for item in inputs:
        draft.take(item)
    return draft.finished()
