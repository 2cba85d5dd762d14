"""The rules of scores, recovery and going home, from `protocol.yaml`."""

from collections.abc import Iterator

from config.files import ProtocolFile
from config.problems import Problem
from infusion.recovery_rules import DischargeItem, DischargeRules, ScoreRules


def problems_of_recovery(source: str, file: ProtocolFile) -> Iterator[Problem]:
    """What does not fit together in the questions before going home."""
    seen = set()
    for number, item in enumerate(file.discharge.items):
        if item.item in seen:
            key = f"discharge.items[{number}].item"
            yield Problem(source, key, f"{item.item!r} is there twice")
        seen.add(item.item)


def score_rules(file: ProtocolFile) -> ScoreRules:
    """How scores are computed."""
    return ScoreRules(window_s=file.scores.window_min * 60, cssrs=dict(file.scores.cssrs))


def discharge_rules(file: ProtocolFile) -> DischargeRules:
    """When a patient may go home."""
    entry = file.discharge
    return DischargeRules(
        cuff_percent=entry.cuff_percent,
        cuff_under_sys=entry.cuff_under_sys,
        cuff_under_dia=entry.cuff_under_dia,
        cuff_readings=entry.cuff_readings,
        cuff_apart_s=entry.cuff_apart_min * 60,
        current_s=entry.current_within_min * 60,
        spo2_from=entry.spo2_from,
        spo2_points=entry.spo2_points,
        moaas_from=entry.moaas_from,
        blocked_from=entry.blocked_from,
        items=tuple(DischargeItem(item=item.item, text=item.text) for item in entry.items),
    )
