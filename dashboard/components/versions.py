"""An observation with everything that was put right of it: what holds, and what it was before."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from itertools import pairwise

import htpy as h

from dashboard.local_time import moment_text
from infusion.observations.observed import Entry
from infusion.observations.rules import ObservationRules
from infusion.observations.values import shown
from infusion.observations.versions import FormVersions, ItemVersions, Version, versions_of
from infusion.session import Session


def versions_view(
    versions: FormVersions, rules: ObservationRules, zone: tzinfo, now: datetime
) -> h.Element:
    """Every item of a form: its value, and under it each earlier one struck through, and why."""
    return h.dl(".facts")[
        _seen(versions, zone, now),
        (_item(item, rules, zone, now) for item in versions.items),
        (
            h.div[h.dt[_label(missing.item, rules)], h.dd[f"not observed: {missing.words or why}"]]
            for missing in versions.form.not_observed
            if versions.of(missing.item) is None
            for reason in [rules.find_absence(missing.reason)]
            for why in [missing.reason if reason is None else reason.text.lower()]
        ),
    ]


def earlier_view(
    session: Session, entry: Entry, rules: ObservationRules, zone: tzinfo, now: datetime
) -> h.Node:
    """What an amended entry said before; nothing of one that never was."""
    if not entry.is_amended:
        return None
    form = next(o for o in session.observations if o.observation == entry.observation)
    found = versions_of(form, session.amendments).of(entry.item)
    return None if found is None else list(_earlier(found, rules, zone, now))


def _seen(versions: FormVersions, zone: tzinfo, now: datetime) -> h.Node:
    holds = versions.times[-1]
    return h.div[
        h.dt["Seen"],
        h.dd[
            moment_text(holds.seen_at, zone, now),
            (
                h.span(".was")[
                    " was ", h.del_[moment_text(before.seen_at, zone, now)],
                    (f", amended by {after.by.printed_name} {moment_text(after.at, zone, now)}: "
                    f"{after.reason}"),
                ]
                for before, after in pairwise(versions.times)
            ),
        ],
    ]  # fmt: skip


def _item(item: ItemVersions, rules: ObservationRules, zone: tzinfo, now: datetime) -> h.Node:
    return h.div[
        h.dt[_label(item.item, rules)],
        h.dd[_text(item.now, item.item, rules), _earlier(item, rules, zone, now)],
    ]


def _earlier(
    item: ItemVersions, rules: ObservationRules, zone: tzinfo, now: datetime
) -> Iterator[h.Node]:
    for before, after in pairwise(item.versions):
        yield h.span(".was")[
            " was ",
            h.del_[_text(before, item.item, rules)],
            (
                f" ({before.by.printed_name}), amended by {after.by.printed_name} "
                f"{moment_text(after.at, zone, now)}: {after.reason}"
            ),
        ]


def _label(name: str, rules: ObservationRules) -> str:
    item = rules.find_item(name)
    return name if item is None else item.text


def _text(version: Version, name: str, rules: ObservationRules) -> str:
    item = rules.find_item(name)
    if version.said is None:
        return "not observed"
    return str(version.said.value) if item is None else shown(item, version.said.value)
