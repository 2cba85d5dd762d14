import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dash import Dash
from dash.development.base_component import Component

import dashboard
from config.settings import Settings
from dashboard.callbacks import register_callbacks
from dashboard.components.device_table import device_table
from dashboard.components.display_settings import display_settings
from dashboard.components.refused_table import refused_table
from dashboard.components.tile import split_label, tile
from dashboard.components.ward_screen import ward_screen
from dashboard.context import asking
from dashboard.display_attributes import display_attributes
from infusion.configuration import BedPlan, ClinicConfiguration
from tests.fixtures.alarms import alarm_rules
from vocabulary.ids import BedId
from vocabulary.roles import Audience
from vocabulary.states import Link

ASSETS = Path(dashboard.__file__).parent / "assets"
CONFIG = Path(dashboard.__file__).parents[1] / "config"


def parts_of(component: Any) -> Iterator[Component]:
    """A component and all within it."""
    if isinstance(component, Component):
        yield component
        yield from parts_of(getattr(component, "children", None))
    elif isinstance(component, list | tuple):
        for one in component:
            yield from parts_of(one)


def having(component: Component, attribute: str) -> list[Any]:
    return [
        part.to_plotly_json()["props"][attribute]
        for part in parts_of(component)
        if attribute in part.to_plotly_json()["props"]
    ]


def test_a_tile_has_every_hook_before_anything_is_known() -> None:
    made = tile(BedPlan(bed=BedId("7"), label="Chair 7"))
    assert having(made, "data-bed") == ["7"]
    assert sorted(having(made, "data-signal")) == [
        "dose", "etco2", "hr", "nibp", "rate", "rr", "spo2", "temp",
    ]  # fmt: skip
    assert set(having(made, "data-state")) == {"never"}
    assert having(made, "data-alarm-priority") == ["none"]
    assert having(made, "data-session-state") == ["none"]
    assert having(made, "data-next-due") == [""]


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("Chair 1", ("Chair", "1")),
        ("Room B 12a", ("Room B", "12a")),
        ("12", ("", "12")),
        ("Window seat", ("Window", "seat")),
        ("Isolation", ("", "Isolation")),
        ("By the window", ("", "By the window")),
    ],
)
def test_a_label_is_split_where_its_end_tells_beds_apart(
    label: str, parts: tuple[str, str]
) -> None:
    assert split_label(label) == parts


def test_a_ward_screen_has_its_beds_in_the_plans_order_and_every_link_down(
    clinic: ClinicConfiguration,
) -> None:
    screen = ward_screen(clinic.wards[0], Audience.PUBLIC, is_screen=True)
    assert having(screen, "data-bed") == ["1", "2"]
    assert having(screen, "data-link") == [link.value for link in Link]
    assert having(screen, "data-feed") == ["down"], "nothing is live before the first frame"
    assert having(screen, "data-audience") == ["public"]
    assert having(screen, "data-banner") == [""]


@pytest.mark.parametrize(
    ("night", "begins", "ends"),
    [('{begins: "21:00", ends: "07:00"}', "21:00", "07:00"), ("null", "", "")],
)
def test_what_the_clinic_set_reaches_the_scripts_of_a_page(
    tmp_path: Path, night: str, begins: str, ends: str
) -> None:
    shipped = (CONFIG / "display.yaml").read_text()
    text = re.sub(r"^night: .*$", f"night: {night}", shipped, flags=re.MULTILINE)
    (tmp_path / "display.yaml").write_text(text)
    shutil.copy(CONFIG / "sounds.yaml", tmp_path)
    parts: Any = SimpleNamespace(
        settings=Settings(config_dir=tmp_path), configuration=SimpleNamespace(alarms=alarm_rules())
    )
    with asking(parts, None):
        settings = display_settings(display_attributes())
    assert having(settings, "data-night-begins") == [begins]
    assert having(settings, "data-night-ends") == [ends]
    assert having(settings, "data-audio-pause-s") == ["120"]
    assert having(settings, "data-sounds-again-s") == ["60"]
    assert set(json.loads(having(settings, "data-sounds")[0])["bursts"]) == {"high", "medium"}


def test_empty_tables_say_so_in_words() -> None:
    assert "Nothing has been refused." in str(refused_table([]))
    assert "No device has been heard" in str(device_table([]))


def test_every_page_stands_in_a_document_with_a_language() -> None:
    app = Dash("shell")
    register_callbacks(app)
    assert '<html lang="en">' in app.index()


SVG = "http://www.w3.org/2000/svg"
"""The name of a vocabulary, which nobody asks for."""


@pytest.mark.parametrize("script", sorted(ASSETS.glob("*.js")), ids=lambda path: path.name)
def test_no_script_writes_markup_or_asks_another_server(script: Path) -> None:
    text = script.read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", text)
    addresses = text.replace(SVG, "")
    assert not re.search(r"https?://", addresses)
    assert "dash_clientside" not in text


@pytest.mark.parametrize("style", sorted(ASSETS.glob("*.css")), ids=lambda path: path.name)
def test_every_style_is_served_from_here(style: Path) -> None:
    for address in re.findall(r"url\(\"?([^)\"]+)", style.read_text()):
        assert (ASSETS / address).is_file(), address
    assert "@import" not in style.read_text()


def test_nothing_flashes_faster_than_three_times_a_second() -> None:
    css = "".join(style.read_text() for style in ASSETS.glob("*.css"))
    periods = {float(found) for found in re.findall(r"animation: [\w-]+ ([\d.]+)s", css)}
    assert sorted(periods) == [pytest.approx(1 / 2), pytest.approx(1 / 0.6, abs=0.001)]


def test_a_button_that_pauses_sound_says_of_which_bed() -> None:
    made = tile(BedPlan(bed=BedId("7"), label="Chair 7"))
    assert "Chair 7: audio pause" in having(made, "aria-label")
