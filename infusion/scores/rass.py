"""RASS, the Richmond Agitation-Sedation Scale: +4 combative to -5 unrousable.

Source: Sessler et al., Am J Respir Crit Care Med 2002;166:1338; cues in our own words. To be taken
in this order: observe; speak, once more if needed; then touch.
"""

from datetime import datetime
from typing import Final

from infusion.scores.score import Score, rated

SCALE: Final = "RASS"
VERSION: Final = "Sessler 2002"
LEVELS: Final = {
    4: "combative: violent, a danger to staff",
    3: "very agitated: pulls lines, aggressive",
    2: "agitated: frequent movement without purpose",
    1: "restless: anxious, not vigorous",
    0: "alert and calm",
    -1: "drowsy: eye contact to voice for 10 s or longer",
    -2: "light sedation: eye contact to voice, shorter than 10 s",
    -3: "moderate sedation: moves to voice, no eye contact",
    -4: "deep sedation: moves only to touch or shaking",
    -5: "unrousable: no response",
}


def rass(level: int | None, at: datetime) -> Score:
    """The level that a person observed at `at` (UTC)."""
    return rated(SCALE, VERSION, level, at, LEVELS)
