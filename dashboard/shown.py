"""The clinic's display settings, read once."""

from functools import lru_cache
from pathlib import Path

from config.display import Display, read_display


@lru_cache(maxsize=4)
def display_of(config_dir: Path) -> Display:
    """What `display.yaml` said when it was first asked for. Raises BadConfiguration."""
    return read_display(config_dir)
