"""Reading a YAML file into a checked type: a bad value says file, key and reason."""

from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

T = TypeVar("T")


class BadFile(ValueError):
    """A file that cannot be used: which, where in it, and why."""


def read_yaml(path: Path, type_: type[T]) -> T:
    """Read `path` as `type_`. Raises BadFile naming the file, the key and the reason."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadFile(f"{path}: not YAML: {error}") from error
    try:
        return msgspec.convert(content, type_)
    except msgspec.ValidationError as error:
        reason, _, key = str(error).rpartition(" - at `$")
        where = key.strip("`.") if reason else "the file as a whole"
        raise BadFile(f"{path}: {where}: {reason or error}") from error
