"""Facts, each with its name."""

from collections.abc import Iterable

import htpy as h


def facts_view(lines: Iterable[tuple[str, h.Node]]) -> h.Element:
    """A list of names and what each is."""
    return h.dl(".facts")[(h.div[h.dt[name], h.dd[told]] for name, told in lines)]
