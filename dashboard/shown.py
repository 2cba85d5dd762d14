"""The clinic's display settings and sounds, read once."""

from functools import lru_cache
from pathlib import Path

from config.display import Display, read_display
from config.sounds import Sounds, read_sounds


@lru_cache(maxsize=4)
def display_of(config_dir: Path) -> Display:
    """What `display.yaml` said when it was first asked for. Raises BadConfiguration."""
    return read_display(config_dir)


@lru_cache(maxsize=4)
def sounds_of(config_dir: Path) -> Sounds:
    """What `sounds.yaml` said when it was first asked for. Raises BadConfiguration."""
    return read_sounds(config_dir)
