"""What a clinic sets about scores, recovery and going home. `config` reads and validates it."""

import msgspec

from infusion.scores.cssrs import Question, Triage


class ScoreRules(msgspec.Struct, frozen=True, kw_only=True):
    """How old the inputs of a score may be (seconds), and the triage of each yes of C-SSRS."""

    window_s: float
    cssrs: dict[Question, Triage]


class DischargeItem(msgspec.Struct, frozen=True, kw_only=True):
    """One question before going home, put so that yes is what is wanted."""

    item: str
    text: str


class DischargeRules(msgspec.Struct, frozen=True, kw_only=True):
    """When a patient may go home: mmHg, %, percentage points, seconds.

    Of the cuff the last `cuff_readings` must all be good, `cuff_apart_s` apart, since the last
    drug. Cuff and sedation are at most `current_s` old. `spo2_points`: how far below the baseline
    is enough. `blocked_from`: this triage of C-SSRS, or a worse one, keeps the patient here.
    """

    cuff_percent: float
    cuff_under_sys: float
    cuff_under_dia: float
    cuff_readings: int
    cuff_apart_s: float
    current_s: float
    spo2_from: float
    spo2_points: float
    moaas_from: int
    blocked_from: Triage
    items: tuple[DischargeItem, ...]
