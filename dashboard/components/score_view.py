"""A score: its total and what that means, the points of each item and why, or what it lacks."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

import htpy as h

from dashboard.local_time import moment_text
from infusion.scores.score import Score


def newest_of_each(scores: Iterable[Score]) -> tuple[Score, ...]:
    """The newest score of each scale, newest first; `scores` in order of time."""
    newest: dict[str, Score] = {}
    for score in scores:
        newest.pop(score.scale, None)
        newest[score.scale] = score
    return tuple(reversed(newest.values()))


def score_view(score: Score, zone: tzinfo, now: datetime) -> h.Element:
    """One score, its items folded; of a scale with one item the meaning says it all."""
    told: h.Node = [
        h.strong[score.text],
        f", {score.meaning}" if score.meaning else "",
        h.span(".soft")[f" {moment_text(score.at, zone, now)}"],
        [h.span(".badge")[note] for note in score.notes],
    ]
    attributes = {"data_score_of": score.scale, "data_total": str(score.total)}
    if len(score.items) + len(score.lacking) < 2:
        return h.p(**attributes)[told]
    return h.details(**attributes)[
        h.summary[told],
        h.ul[
            (h.li[f"{item.item} {item.points}: {item.why}"] for item in score.items),
            (h.li[f"{lacking.item}: {lacking.why}"] for lacking in score.lacking),
        ],
        h.p(".soft")[score.version],
    ]
