"""People's commands: accepted with the events that follow, or refused with the reason."""

from infusion.decisions.decide import decide
from infusion.decisions.permission import allowed

__all__ = ["allowed", "decide"]
