"""The shipped files, in a copy that a test may spoil."""

import shutil
from pathlib import Path

import pytest

SHIPPED = Path(__file__).resolve().parents[3] / "config"


@pytest.fixture
def config_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped files that a test may spoil; the working directory holds it."""
    monkeypatch.chdir(tmp_path)
    copy = tmp_path / "config"
    copy.mkdir()
    for file in SHIPPED.glob("*.yaml"):
        shutil.copy(file, copy)
    return copy


@pytest.fixture
def protocol(config_dir: Path) -> Path:
    """A copy of the shipped `protocol.yaml` that a test may spoil, among the other files."""
    return config_dir / "protocol.yaml"
