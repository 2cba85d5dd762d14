"""The head of a table: each heading stands over its column as the column's cells do."""

from collections.abc import Container, Iterable

import htpy as h


def table_head(headings: Iterable[str], counts: Container[str]) -> h.Element:
    """One row of headings; those in `counts` are over numbers, which end on the right."""
    return h.thead[
        h.tr[(h.th(".count" if words in counts else "", scope="col")[words] for words in headings)]
    ]
