"""The scores of a session, from what was observed: each form that holds their items gives them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from infusion.answers import Choice, Number, YesNo
from infusion.configuration import ClinicConfiguration
from infusion.interventions.effects import oxygen_l_min
from infusion.observations.closer import Concern
from infusion.observations.observed import Entry
from infusion.observations.schedule_rules import ScoreTrigger, Trigger
from infusion.observations.values import Level, Pressure
from infusion.scored_scales import SCALES, scale_scores
from infusion.scores.dissociation import dissociation
from infusion.scores.moaas import moaas
from infusion.scores.nausea import nausea
from infusion.scores.news2 import SCALE as NEWS2
from infusion.scores.news2 import Consciousness, News2Inputs, news2
from infusion.scores.pain import pain
from infusion.scores.score import Given, Score
from infusion.session import Session

CONSCIOUSNESS: Final = "consciousness"
EXPECTED: Final = "expected"
_SCALES: Final[dict[str, Callable[[int | None, datetime], Score]]] = {
    "sedation": moaas,
    "dissociation": dissociation,
    "nausea": nausea,
    "pain": pain,
}
"""The items of observation (protocol.yaml) that are scales by themselves."""
_EVER: Final = datetime.min.replace(tzinfo=UTC)
SCORED: Final = (NEWS2, *(scale(None, _EVER).scale for scale in _SCALES.values()), *SCALES)
"""The names of all scores of a session."""
_WORDS: Final = {
    "alert": Consciousness.ALERT,
    "new confusion": Consciousness.CONFUSED,
    "voice": Consciousness.VOICE,
    "pain": Consciousness.PAIN,
    "unresponsive": Consciousness.UNRESPONSIVE,
}


def scores_of(session: Session, configuration: ClinicConfiguration) -> tuple[Score, ...]:
    """Every score of a session, in order of time; of one time NEWS2 comes last.

    NEWS2 is worked out wherever consciousness was observed, from what was on record then.
    """
    early_warning = _early_warnings(session, configuration)
    scales = scale_scores(session, configuration)
    return tuple(sorted((*_levels(session), *scales, *early_warning), key=lambda score: score.at))


def score_concerns(
    session: Session, triggers: Sequence[ScoreTrigger], configuration: ClinicConfiguration
) -> tuple[Concern, ...]:
    """The scores that ask for closer checks, each with its total or its item."""
    wanted = {trigger.scale: trigger for trigger in triggers}
    scores: list[Score] = []
    if NEWS2 in wanted:
        scores += _early_warnings(session, configuration)
    if wanted.keys() - {NEWS2}:
        scores += (*_levels(session), *scale_scores(session, configuration))
    return tuple(
        Concern(at=score.at, trigger=Trigger.SCORE, why=why)
        for score in scores
        if score.scale in wanted and (why := _why_closer(score, wanted[score.scale]))
    )


def _why_closer(score: Score, trigger: ScoreTrigger) -> str:
    """What of a score asks for closer checks; empty if nothing does."""
    total, low, high = score.total, trigger.normal_low, trigger.normal_high
    if total is not None and (
        (low is not None and total < low) or (high is not None and total > high)
    ):
        return score.text
    if trigger.item_points is None:
        return ""
    found = (
        f"{score.scale} {item.points} for {item.item}"
        for item in score.items
        if item.points >= trigger.item_points and item.item not in trigger.but_not
    )
    return next(found, "")


def newest_news2(session: Session, configuration: ClinicConfiguration) -> Score | None:
    """NEWS2 at the time at which consciousness was observed last; None if it never was."""
    entry = session.observed.latest(CONSCIOUSNESS)
    if entry is None:
        return None
    inputs = news2_inputs(session, entry.at)
    return news2(inputs, entry.at, configuration.scores.window_s)


def news2_inputs(session: Session, at: datetime) -> News2Inputs:
    """What NEWS2 is made of at a moment (UTC), by the newest entry of each.

    Oxygen that nobody charted was not given.
    """
    observed = session.observed
    expected = observed.latest(EXPECTED, at)
    return News2Inputs(
        rr=_number(observed.latest("rr", at)),
        spo2=_number(observed.latest("spo2", at)),
        on_oxygen=bool(oxygen_l_min(session, at)),
        systolic=_systolic(observed.latest("bp", at)),
        pulse=_number(observed.latest("hr", at)),
        consciousness=_consciousness(observed.latest(CONSCIOUSNESS, at)),
        temp=_number(observed.latest("temp", at)),
        dissociation_expected=expected is not None
        and expected.at == at
        and isinstance(expected.value, YesNo)
        and expected.value.is_yes,
    )


def _early_warnings(session: Session, configuration: ClinicConfiguration) -> Iterator[Score]:
    window_s = configuration.scores.window_s
    for entry in session.observed.of(CONSCIOUSNESS):
        yield news2(news2_inputs(session, entry.at), entry.at, window_s)


def _levels(session: Session) -> Iterator[Score]:
    for entry in session.observed.entries:
        scale = _SCALES.get(entry.item)
        if scale is not None and isinstance(entry.value, Level):
            yield scale(entry.value.level, entry.at)


def _number(entry: Entry | None) -> Given[float]:
    if entry is None or not isinstance(entry.value, Number):
        return Given()
    return Given(value=float(entry.value.value), observed_at=entry.at)


def _systolic(entry: Entry | None) -> Given[float]:
    if entry is None or not isinstance(entry.value, Pressure):
        return Given()
    return Given(value=entry.value.sys, observed_at=entry.at)


def _consciousness(entry: Entry | None) -> Given[Consciousness]:
    if entry is None or not isinstance(entry.value, Choice):
        return Given()
    word = _WORDS.get(entry.value.option)
    if word is None:
        return Given(lacks=f"{entry.value.option!r} is not of ACVPU")
    return Given(value=word, observed_at=entry.at)
