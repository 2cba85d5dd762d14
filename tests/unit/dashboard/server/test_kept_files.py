"""The files that browsers keep for good: what is in them, and that their addresses follow it."""

import gzip
from pathlib import Path

import dashboard
from dashboard.kept_files import kept_files, page_scripts, page_styles, plotly_script

ASSETS = Path(dashboard.__file__).parent / "assets"


def test_every_script_is_in_the_one_file_in_order_and_fails_for_itself_alone() -> None:
    text = page_scripts().body.decode()
    places = [text.index(file.read_text()) for file in sorted(ASSETS.glob("*.js"))]
    assert places == sorted(places)
    assert text.count("try {\n") >= len(places)


def test_every_style_is_in_the_one_file_and_finds_its_fonts() -> None:
    text = page_styles().body.decode()
    assert 'url("/assets/fonts/inter-latin-wght-normal.woff2")' in text
    assert 'url("fonts/' not in text
    assert len(text) > sum(file.stat().st_size for file in ASSETS.glob("*.css"))


def test_plotly_is_the_small_build_with_what_our_figures_are_made_of() -> None:
    script = plotly_script()
    assert b"plotly.js (basic - minified)" in script.body[:100]
    assert len(script.body) < 1_300_000
    assert (ASSETS.parent / "plotly" / "LICENSE").read_text().startswith("MIT License")


def test_what_is_packed_is_the_same_and_an_address_names_what_is_in_it() -> None:
    files = kept_files()
    assert len(files) == 3
    for address, file in files.items():
        assert gzip.decompress(file.packed) == file.body
        assert len(file.packed) < len(file.body) / 2
        assert address == file.address
