"""What a ward screen shows: tiles, the five states of a number, sizes, privacy, themes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.held import bed_state, identified, reading, times
from tests.browser.ward_page import OpenPage, StartWard, hear, held, number, still_page
from vocabulary.alarms import AlarmPriority, SignalState
from vocabulary.roles import Audience
from vocabulary.signals import SignalName
from vocabulary.states import InvalidReason, ReadingState
from wire.bed_state import AlarmView, DueView, NibpValue, SignalView

pytestmark = pytest.mark.browser

DASH = "\u2013"
CM_PX = 1080 / 53.5
"""One centimetre of a 43-inch screen (53.5 cm high) at 1080 lines."""


@pytest.mark.parametrize(
    ("beds", "width", "height"),
    [(8, 1920, 1080), (12, 1920, 1080), (24, 3840, 2160), (24, 1920, 1080), (12, 1366, 768)],
)
def test_all_beds_are_on_the_screen_without_scrolling(
    scripted_ward: StartWard, open_page: OpenPage, beds: int, width: int, height: int
) -> None:
    ward = scripted_ward(beds)
    held(ward, beds, session=identified(datetime.now(UTC)))
    page = open_page(ward.ward_url, width, height)
    expect(number(page, "spo2", str(beds))).to_have_text("97")

    boxes = page.locator("[data-bed]").evaluate_all(
        "tiles => tiles.map(t => { const b = t.getBoundingClientRect();"
        " return [t.dataset.bed, b.left, b.top, b.right, b.bottom,"
        " t.scrollHeight - t.clientHeight]; })"
    )
    assert [box[0] for box in boxes] == [str(n) for n in range(1, beds + 1)], "in the plan's order"
    for bed, left, top, right, bottom, overflow in boxes:
        assert left >= 0, bed
        assert top >= 0, bed
        assert right <= width, bed
        assert bottom <= height, bed
        assert overflow <= 1, f"tile {bed} is too small for what it holds"
    assert page.evaluate("document.documentElement.scrollHeight") <= height
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_hook_for_tests_is_there(scripted_ward: StartWard, open_page: OpenPage) -> None:
    ward = scripted_ward(2)
    now = datetime.now(UTC)
    alarm = AlarmView(
        id="a",
        priority=AlarmPriority.HIGH,
        text="SpO2 86 < 90",
        since=now,
        signal_state=SignalState.ACTIVE,
    )
    due = DueView(what="Quick set", due_at=now + timedelta(seconds=300))
    ward.hold(bed_state(now=now, alarms=(alarm,), next_due=due))
    page = open_page(ward.ward_url)

    live = {
        "hr": "78", "spo2": "97", "rr": "14", "etco2": "36", "nibp": "138/86",
        "temp": "36.8", "rate": "35.0", "dose": "23.3 mg",
    }  # fmt: skip
    for signal, text in live.items():
        expect(number(page, signal)).to_have_attribute("data-state", "live")
        expect(number(page, signal)).to_have_text(text)
    tile = page.locator('[data-bed="1"]')
    expect(tile).to_have_attribute("data-session-state", "infusing")
    expect(tile).to_have_attribute("data-alarm-priority", "high")
    expect(tile.locator(".alarm-text")).to_have_text("!!! SpO2 86 < 90")
    expect(tile.locator("[data-next-due]")).to_have_attribute(
        "data-next-due", due.due_at.isoformat()
    )
    assert tile.locator("[data-next-due]").inner_text().startswith("Quick set 0")
    expect(page.locator('[data-bed="2"]')).to_have_attribute("data-alarm-priority", "none")
    expect(page.locator('[data-bed="2"]')).to_have_attribute("data-session-state", "none")
    for link in ("device", "broker", "ingest", "record", "browser"):
        expect(page.locator(f'[data-link="{link}"]')).to_have_attribute("data-state", "up")
    expect(page.locator("[data-banner]")).to_be_hidden()
    expect(page.get_by_text("Second display. Bedside alarms are the alarms.")).to_be_visible()


def five_states(now: datetime) -> dict[SignalName, SignalView]:
    return {
        SignalName.SPO2: reading(SignalName.SPO2, 97, now, age_s=0),
        SignalName.HR: SignalView(
            state=ReadingState.LATE, value=78, times=times(20, now, late_s=3, stale_s=3600)
        ),
        SignalName.NIBP: reading(SignalName.NIBP, NibpValue(sys=138, dia=86), now, age_s=1000),
        SignalName.TEMP: reading(SignalName.TEMP, None, now, reason=InvalidReason.LEAD_OFF),
        SignalName.RR: SignalView(state=ReadingState.NEVER),
    }


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_each_of_the_five_states_looks_different_without_colour(
    scripted_ward: StartWard, open_page: OpenPage, theme: str
) -> None:
    ward = scripted_ward(1)
    page = still_page(ward, open_page, theme=theme)
    ward.hold(bed_state(signals=five_states(datetime.now(UTC))))
    hear(ward, page)

    shown = {"spo2": "live", "hr": "late", "nibp": "stale", "temp": "invalid", "rr": "never"}
    looks = {}
    for signal, state in shown.items():
        expect(number(page, signal)).to_have_attribute("data-state", state)
        looks[state] = number(page, signal).evaluate(
            "n => { const s = getComputedStyle(n);"
            " const below = n.closest('[data-of]').querySelector('.sub').textContent;"
            " return [s.textDecorationLine, s.textDecorationStyle, s.fontWeight,"
            "         /\\d/.test(n.textContent) ? 'number' : n.textContent, below !== '']; }"
        )
    assert looks["live"] == ["none", "solid", "650", "number", False]
    assert looks["late"] == ["underline", "dotted", "350", "number", True]
    assert looks["stale"] == ["line-through", "solid", "350", "number", True]
    assert looks["invalid"][3:] == [DASH, True]
    assert looks["never"][3:] == ["··", False]
    expect(page.locator('[data-of="temp"] .sub')).to_have_text("lead off")
    expect(number(page, "nibp")).to_have_text("138/86")


def test_a_number_below_its_limit_of_contrast_is_found_in_no_state(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    """The contrast of every number against its tile, in all states, themes and dimmed: 4.5:1."""
    ward = scripted_ward(1)
    ward.hold(bed_state(signals=five_states(datetime.now(UTC))))
    page = open_page(ward.ward_url)
    expect(number(page, "hr")).to_have_attribute("data-state", "late")
    for theme, dim in (("dark", "no"), ("dark", "yes"), ("light", "no")):
        worst = page.evaluate(
            """([theme, dim]) => {
                document.documentElement.dataset.theme = theme;
                document.documentElement.dataset.dim = dim;
                const canvas = new OffscreenCanvas(1, 1).getContext('2d');
                const luminance = colour => {
                    canvas.fillStyle = colour;
                    canvas.fillRect(0, 0, 1, 1);
                    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
                    const part = c => { c /= 255;
                        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
                    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
                };
                const tile = document.querySelector('.tile');
                const ground = luminance(getComputedStyle(tile).backgroundColor);
                const words = [...tile.querySelectorAll('span, h2, div')].filter(
                    n => [...n.childNodes].some(c => c.nodeType === 3 && c.data.trim()));
                return Math.min(...words.map(n => {
                    const ink = luminance(getComputedStyle(n).color);
                    return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
                }));
            }""",
            [theme, dim],
        )
        assert worst >= 4.5, (theme, dim, worst)


@pytest.mark.parametrize(("beds", "least_cm"), [(12, 1.6), (6, 2.5)])
def test_bed_vitals_and_minutes_can_be_read_from_afar(
    scripted_ward: StartWard,
    open_page: OpenPage,
    glyph_height: Callable[[Page, str], int],
    beds: int,
    least_cm: float,
) -> None:
    ward = scripted_ward(beds)
    held(ward, beds)
    page = open_page(ward.ward_url)
    expect(number(page, "hr")).to_have_attribute("data-state", "live")
    page.evaluate("document.querySelector('[data-display]').dataset.nightBegins = ''")
    expect(page.locator("html")).to_have_attribute("data-dim", "no")

    tile = '[data-bed="1"] '
    for part in (
        ".bed-number", '[data-signal="spo2"]', '[data-signal="nibp"]', '[data-signal="hr"]',
        "[data-minutes]",
    ):  # fmt: skip
        height = glyph_height(page, tile + part)
        assert height >= least_cm * CM_PX, f"{part} is {height / CM_PX:.2f} cm"
    sizes = {
        glyph_height(page, f'{tile}[data-signal="{signal}"]') for signal in ("spo2", "nibp", "hr")
    }
    assert max(sizes) - min(sizes) <= 1, "equally large"


def test_the_bed_is_the_largest_of_its_line(
    scripted_ward: StartWard, open_page: OpenPage, glyph_height: Callable[[Page, str], int]
) -> None:
    ward = scripted_ward(12)
    held(ward, 12)
    page = open_page(ward.ward_url)
    expect(number(page, "hr")).to_have_text("78")
    bed = glyph_height(page, '[data-bed="4"] .bed-number')
    assert bed > glyph_height(page, '[data-bed="4"] [data-minutes]')


def test_a_phone_shows_one_column_and_never_scrolls_sideways(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(8)
    held(ward, 8, session=identified(datetime.now(UTC)))
    page = open_page(ward.ward_url, 390, 844)
    expect(number(page, "nibp", "8")).to_have_text("138/86")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.documentElement.scrollHeight") > 844
    lefts = page.locator("[data-bed]").evaluate_all(
        "tiles => new Set(tiles.map(t => t.getBoundingClientRect().left)).size"
    )
    assert lefts == 1
    ward.set_links(broker={"state": "down", "since": None, "detail": "a long reason " * 12})
    expect(page.locator("[data-banner]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_public_screen_names_the_bed_and_nobody_and_nothing_else(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    now = datetime.now(UTC)
    private = ("QZ", "4/6", "Berg", "ketamine", "mg/kg/h 0.50", "0.50")
    for audience, is_shown in ((Audience.STAFF, True), (Audience.PUBLIC, False)):
        ward = scripted_ward(1, audience)
        ward.hold(bed_state(now=now, session=identified(now)))
        page = open_page(ward.ward_url)
        expect(number(page, "rate")).to_have_text("35.0")
        expect(page.locator(".session-state")).to_have_text("infusing")
        everything = page.content()
        assert ("QZ" in everything) is is_shown
        assert ("4/6" in everything) is is_shown
        assert ("ketamine" in everything) is is_shown
        if not is_shown:
            assert [word for word in private if word in everything] == []
        expect(page.locator(".menu")).to_have_count(0)


def test_hovering_a_number_tells_when_it_was_measured_received_and_painted(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    ward.hold(bed_state())
    page = open_page(ward.ward_url)
    expect(number(page, "spo2")).to_have_text("97")
    number(page, "spo2").hover()
    title = number(page, "spo2").get_attribute("title") or ""
    for word in ("measured", "received", "painted"):
        assert word in title
    assert title.count(":") == 6


def test_a_cuff_reading_always_has_its_age(scripted_ward: StartWard, open_page: OpenPage) -> None:
    ward = scripted_ward(1)
    page = still_page(ward, open_page)
    ward.hold(bed_state())
    hear(ward, page)
    expect(number(page, "nibp")).to_have_attribute("data-state", "live")
    expect(page.locator('[data-of="nibp"] > .vital-below > .sub')).to_have_text("3 min")
    expect(page.locator('[data-of="spo2"] .sub')).to_have_text("")


def test_forty_minutes_of_sixty_leave_twenty(scripted_ward: StartWard, open_page: OpenPage) -> None:
    ward = scripted_ward(1)
    ward.hold(bed_state())
    page = open_page(ward.ward_url)
    expect(page.locator("[data-minutes]")).to_have_text("20")
    expect(page.locator(".minutes-word")).to_have_text("min left")


def test_what_is_due_counts_down_and_turns_overdue(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    page = still_page(ward, open_page)
    now = datetime.now(UTC)
    ward.hold(
        bed_state(now=now, next_due=DueView(what="Quick set", due_at=now + timedelta(seconds=8)))
    )
    hear(ward, page)
    due = page.locator("[data-next-due]")
    expect(due).to_contain_text("Quick set 00:0")
    for _ in range(3):  # never so long that the screen gives up its line and asks for the time anew
        page.clock.run_for(3_000)
        hear(ward, page)
    page.clock.run_for(500)
    expect(due).to_contain_text("overdue 00:0")


def test_how_long_a_check_is_overdue_is_read_whatever_it_is_called(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward, now = scripted_ward(24), datetime.now(UTC)
    late = DueView(
        what="Before the start and before going home", due_at=now - timedelta(seconds=700)
    )
    held(ward, 24, next_due=late)
    page = open_page(ward.ward_url)
    expect(page.locator("[data-next-due]").first).to_contain_text("overdue 11:4")
    cut_off = page.locator(".row-due").evaluate_all(
        "rows => rows.filter(row => row.scrollWidth > row.clientWidth).length"
    )
    assert cut_off == 0


def test_a_bed_with_nothing_is_there_and_dim(scripted_ward: StartWard, open_page: OpenPage) -> None:
    ward = scripted_ward(2)
    ward.hold(bed_state("1"))
    page = open_page(ward.ward_url)
    expect(number(page, "hr", "1")).to_have_text("78")
    empty = page.locator('[data-bed="2"]')
    expect(empty).to_have_attribute("data-known", "no")
    expect(empty.locator(".bed-number")).to_be_visible()
    expect(empty.locator('[data-signal="hr"]')).to_be_hidden()
    assert number(page, "hr", "2").get_attribute("data-state") == "never"


def test_what_the_broker_remembered_is_last_known_and_never_live(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    ward = scripted_ward(1)
    ward.hold(bed_state(), retained=True)
    page = open_page(ward.ward_url)
    for signal in ("hr", "spo2", "nibp", "rate", "dose"):
        expect(number(page, signal)).to_have_attribute("data-state", "stale")
    expect(number(page, "hr")).to_have_text("78")


def test_words_that_look_like_markup_stay_words(
    scripted_ward: StartWard, open_page: OpenPage
) -> None:
    evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    ward = scripted_ward(1)
    now = datetime.now(UTC)
    alarm = AlarmView(
        id="a", priority=AlarmPriority.LOW, text=evil, since=now, signal_state=SignalState.ACTIVE
    )
    session = identified(now)
    ward.hold(
        bed_state(
            now=now,
            alarms=(alarm,),
            session=type(session)(
                state=session.state, id=session.id, initials=evil, nurse=evil, planned_s=60
            ),
            next_due=DueView(what=evil, due_at=now),
        )
    )
    ward.set_links(device={"state": "down", "since": None, "detail": evil})
    page = open_page(ward.ward_url)
    expect(page.locator(".alarm-text")).to_have_text(f"! {evil}")
    expect(page.locator(".nurse")).to_have_text(evil)
    expect(page.locator('[data-link="device"] .link-since')).to_have_text(evil)
    assert page.evaluate("window.hacked") is None
