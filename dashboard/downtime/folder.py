"""The folder of the downtime pack: each file is there whole or as it was before. Blocks.

May raise OSError; what was written before then stays.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

COVER: Final = "index.html"
_PREFIX: Final = "sheet-"
_ENDING: Final = ".html"
_UNFINISHED: Final = ".part"
_FOR_OWNER_AND_GROUP: Final = 0o640
"""The sheets name patients: whoever is to print them is of the folder's group."""


def name_of(ward: str, bed: str, session: str) -> str:
    """The file of a session at a bed."""
    return f"{_PREFIX}{ward}-{bed}-{session}{_ENDING}"


class PackFolder:
    """Sheets by file name, in a folder that is there. It touches no file that it has not named.

    It makes no folder: where a disk is missing, sheets would go to the disk that is not meant.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> None:
        """Put a file in the place of the one before, once all of it is on the disk."""
        unfinished = self.path / f"{name}{_UNFINISHED}"
        try:
            handle = os.open(
                unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FOR_OWNER_AND_GROUP
            )
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.path / name)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    def keep_only(self, names: Collection[str]) -> None:
        """Remove the sheets of sessions that are not running any more."""
        for file in self.path.glob(f"{_PREFIX}*{_ENDING}"):
            if file.name not in names:
                file.unlink(missing_ok=True)
        for file in self.path.glob(f"*{_UNFINISHED}"):
            file.unlink(missing_ok=True)
