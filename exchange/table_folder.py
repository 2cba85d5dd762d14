"""A folder to which the tables of one session after another are added, one file a table."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self


class TableFolder:
    """Made when it is entered; the files in `open_files` are closed when it is left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.open_files = ExitStack()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.open_files.close()
