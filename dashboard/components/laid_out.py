"""The checks as they were laid out at the start: minutes from the first drug, and what is due."""

from datetime import datetime, tzinfo

import htpy as h

from dashboard.local_time import moment_text
from infusion.observations.rules import ObservationRules
from infusion.session import Session


def laid_out_view(session: Session, rules: ObservationRules, zone: tzinfo, now: datetime) -> h.Node:
    """The list, folded; nothing before the start, since nothing is laid out then."""
    laid_out, started_at = session.laid_out, session.started_at
    if laid_out is None or started_at is None:
        return None
    times: dict[datetime, list[str]] = {}
    for check in laid_out.checks:
        item = rules.find_item(check.item)
        times.setdefault(check.due_at, []).append(check.item if item is None else item.text)
    return h.details(".card.inset")[
        h.summary[f"Checks as laid out at the start: {laid_out.plan.label}"],
        h.p(".soft")["A pause adds some; what comes after the stop moves with it."],
        h.dl(".facts")[
            (
                h.div[
                    h.dt[f"{moment_text(due_at, zone, now)}, {_minutes(due_at, started_at)}"],
                    h.dd[", ".join(dict.fromkeys(items))],
                ]
                for due_at, items in sorted(times.items())
            )
        ],
    ]


def _minutes(due_at: datetime, started_at: datetime) -> str:
    minutes = (due_at - started_at).total_seconds() / 60
    return "before the start" if minutes <= 0 else f"+{minutes:.0f} min"
