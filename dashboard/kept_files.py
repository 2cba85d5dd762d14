"""Files that browsers keep for good: the scripts and styles of plain pages, each kind in one.

Their addresses change with what is in them. plotly.js is its own "basic" build, of lines and bars
alone, a quarter of the whole: `plotly.js-basic-dist-min` 4.1.1 of the npm registry, unchanged, its
licence (MIT) beside it.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

KEPT: Final = "/kept/"
"""Where they are."""
_HERE: Final = Path(__file__).parent
_ASSETS: Final = _HERE / "assets"
_PLOTLY: Final = _HERE / "plotly" / "plotly-basic.min.js"
_SCRIPT: Final = "text/javascript; charset=utf-8"
_STYLE: Final = "text/css; charset=utf-8"
_BY_ITSELF: Final = "try {\n%s\n} catch (error) { setTimeout(() => { throw error; }); }"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file: its address, what it holds, the same in gzip, and what it is."""

    address: str
    body: bytes
    packed: bytes
    media_type: str


@cache
def plotly_script() -> KeptFile:
    """What draws graphs."""
    return _kept("plotly", "js", _PLOTLY.read_bytes())


@cache
def page_scripts() -> KeptFile:
    """The scripts of every page in the order of their names, each failing for itself alone."""
    parts = (_BY_ITSELF % file.read_text("utf-8") for file in sorted(_ASSETS.glob("*.js")))
    return _kept("pages", "js", "\n".join(parts).encode())


@cache
def page_styles() -> KeptFile:
    """The styles of every page in the order of their names."""
    text = "\n".join(file.read_text("utf-8") for file in sorted(_ASSETS.glob("*.css")))
    return _kept("pages", "css", text.replace('url("', 'url("/assets/').encode())


@cache
def kept_files() -> Mapping[str, KeptFile]:
    """All of them, by address."""
    return {file.address: file for file in (plotly_script(), page_scripts(), page_styles())}


def _kept(name: str, kind: str, body: bytes) -> KeptFile:
    digest = hashlib.sha256(body).hexdigest()[:16]
    return KeptFile(
        address=f"{KEPT}{name}-{digest}.{kind}",
        body=body,
        packed=gzip.compress(body, 6, mtime=0),
        media_type=_SCRIPT if kind == "js" else _STYLE,
    )
