"""Every page as it is used: by keyboard, narrow, enlarged, in forced colours, without a network."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.pages import CLASS, EVERY, LARGE, STUDENT, Pages

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
_OPEN = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
_TABS = 400  # more than any page has stops


# --- nothing is asked of the network, nothing complains -------------------------------------------

_RECORD = """document.addEventListener("securitypolicyviolation",
    event => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"""


def complaints(page: "Page", path: Path) -> list[str]:
    """Open a page without a network; return what it asks for beside itself, and what is said."""
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(f"asks for {request.url}"))
    page.context.set_offline(True)
    page.add_init_script(_RECORD)
    page.goto(path.as_uri())
    page.evaluate(_OPEN)
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    return [one for one in said if one != f"asks for {path.as_uri()}"]


@pytest.mark.parametrize("name", [*EVERY, LARGE])
def test_nothing_is_loaded_and_nothing_complains(page: "Page", pages: Pages, name: str) -> None:
    assert complaints(page, pages[name]) == []


def test_what_is_loaded_or_forbidden_would_be_seen(page: "Page", tmp_path: Path) -> None:
    path = tmp_path / "noisy.html"
    path.write_text(
        '<!doctype html><html lang="en"><meta http-equiv="Content-Security-Policy" '
        "content=\"style-src 'none'\"><title>t</title><p style='color: red'>a</p>"
        '<img alt="" src="other.png"><script>console.log("hm")</script>',
        encoding="utf-8",
    )

    found = " ".join(complaints(page, path))

    assert "policy: style-src" in found
    assert "other.png" in found
    assert "log: hm" in found


# --- the keyboard alone ---------------------------------------------------------------------------

_FOCUSED = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect();
    const style = getComputedStyle(one);
    return {
        tag: one.tagName.toLowerCase(),
        href: one.getAttribute("href") || "",
        number: [...document.querySelectorAll("*")].indexOf(one),
        isShown: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0,
        isOutlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    };
}"""
_STOPS = """() => [...document.querySelectorAll("*")].flatMap((one, number) =>
    one.matches("a[href], summary, button, input, select, [tabindex='0']")
    && !one.disabled && one.checkVisibility({visibilityProperty: true}) ? [number] : [])"""


def stops(page: "Page") -> Iterator[dict[str, object]]:
    """Press Tab from the top of a page, and yield what is focused, until it leaves the page."""
    for _ in range(_TABS):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUSED)
        if stop["tag"] == "body":
            return
        yield stop
    raise AssertionError(f"{_TABS} steps did not lead through the page")


@pytest.mark.parametrize("name", EVERY)
def test_the_keyboard_reaches_all_and_shows_where_it_is(open_page: OpenPage, name: str) -> None:
    page = open_page(name)

    found = list(stops(page))

    reached = {stop["number"] for stop in found}
    assert set(page.evaluate(_STOPS)) <= reached
    assert [stop for stop in found if not (stop["isShown"] and stop["isOutlined"])] == []


@pytest.mark.parametrize("name", ["some-wrong", "all-wrong", "not-run", "notebook"])
def test_the_keyboard_leads_from_a_card_to_the_line_of_code(open_page: OpenPage, name: str) -> None:
    page = open_page(name)
    link = next(stop for stop in stops(page) if str(stop["href"]).startswith("#line-"))
    assert page.evaluate("document.activeElement.closest('section') !== null")

    page.keyboard.press("Enter")

    line = page.locator(":target")
    assert f"#{line.get_attribute('id')}" == link["href"]
    assert line.evaluate(
        "one => { const box = one.getBoundingClientRect();"
        " return box.top >= 0 && box.bottom <= innerHeight && box.left < innerWidth; }"
    )
    assert line.evaluate("one => getComputedStyle(one).outlineStyle !== 'none'")
    number = page.evaluate(
        "[...document.querySelectorAll('*')].indexOf(document.querySelector(':target'))"
    )
    page.keyboard.press("Shift+Tab")
    before = [stop for stop in page.evaluate(_STOPS) if stop < number]
    assert page.evaluate(_FOCUSED)["number"] == max(before), "the keyboard goes on from the line"


@pytest.mark.parametrize("name", [name for name in STUDENT if name != "all-right"])
def test_every_fold_opens_by_keyboard(open_page: OpenPage, name: str) -> None:
    page = open_page(name)
    folds = page.locator("details")
    assert folds.count() > 0

    for number in range(folds.count()):
        fold = folds.nth(number)
        summary = fold.locator("> summary")
        if not summary.is_visible():
            continue  # within one that is closed
        was_open = fold.evaluate("one => one.open")
        summary.focus()
        page.keyboard.press("Enter")
        assert fold.evaluate("one => one.open") is not was_open
        page.keyboard.press("Space")
        assert fold.evaluate("one => one.open") is was_open


@pytest.mark.parametrize("name", ["some-wrong", "all-wrong"])
def test_hints_are_hidden_until_they_are_asked_for(open_page: OpenPage, name: str) -> None:
    page = open_page(name)
    hint = page.locator("details.hint").first
    text = hint.locator("> :not(summary)").first
    assert not text.is_visible()

    hint.locator("> summary").focus()
    page.keyboard.press("Enter")

    assert text.is_visible()


# --- narrow, and enlarged -------------------------------------------------------------------------

# Elements beyond the right edge that are in no region that scrolls, and regions that scroll though
# they hold neither a table nor code nor a figure.
_SPILLS = """() => {
    const scrolls = one => ["auto", "scroll"].includes(getComputedStyle(one).overflowX);
    const regions = [...document.querySelectorAll("body *")].filter(scrolls);
    const odd = regions.filter(one => one.scrollWidth > one.clientWidth + 1
        && !one.matches(":is(pre, table, ol, svg), :has(table, pre, ol, svg)"));
    const over = [...document.querySelectorAll("body *")].filter(one =>
        one.checkVisibility({visibilityProperty: true})
        && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1
        && !regions.some(region => region !== one && region.contains(one)));
    const told = one => one.outerHTML.slice(0, 160);
    const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth
        ? [`the page is ${document.documentElement.scrollWidth} wide`] : [];
    return [...wide, ...over.map(told), ...odd.map(told)];
}"""
# What WCAG 1.4.12 asks a page to bear; text that is then cut off.
_SPACING = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
        word-spacing: .16em !important; } p { margin-bottom: 2em !important; }`);
    document.adoptedStyleSheets = [sheet];
}"""
_CUT_OFF = """() => [...document.querySelectorAll("body *")].filter(one => {
    const style = getComputedStyle(one), isSvg = one instanceof SVGElement;
    const isHidden = value => ["hidden", "clip"].includes(value);
    const forReaders = one.clientWidth <= 1 || one.clientHeight <= 1;
    return !isSvg && !forReaders && one.textContent.trim() && one.checkVisibility()
        && (isHidden(style.overflowX) && one.scrollWidth > one.clientWidth + 1
            || isHidden(style.overflowY) && one.scrollHeight > one.clientHeight + 1);
}).map(one => one.outerHTML.slice(0, 160))"""
# CSS pixels: a desk, 200 % zoom of it, a phone, 400 % zoom.
_VIEWS = {"desk": (1280, 1), "zoomed to 200 %": (640, 2), "phone": (390, 3), "narrow": (320, 4)}


@pytest.mark.parametrize("view", _VIEWS)
@pytest.mark.parametrize("name", EVERY)
def test_nothing_runs_over_the_side(open_page: OpenPage, name: str, view: str) -> None:
    width, scale = _VIEWS[view]
    page = open_page(name, width=width, height=400, device_scale_factor=scale)

    folded = page.evaluate(_SPILLS)
    page.evaluate(_OPEN)

    assert folded == []
    assert page.evaluate(_SPILLS) == []


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("name", EVERY)
def test_wide_spacing_of_text_cuts_nothing_off(open_page: OpenPage, name: str, width: int) -> None:
    page = open_page(name, width=width)
    page.evaluate(_OPEN)

    page.evaluate(_SPACING)

    assert page.evaluate("getComputedStyle(document.querySelector('p')).letterSpacing") != "normal"
    assert page.evaluate(_SPILLS) == []
    assert page.evaluate(_CUT_OFF) == []


def test_what_runs_over_the_side_or_is_cut_off_would_be_found(
    open_page: OpenPage, tmp_path: Path
) -> None:
    path = tmp_path / "wide.html"
    path.write_text(
        '<!doctype html><html lang="en"><title>t</title><body><p id="a">'
        + "x" * 200
        + '</p><div style="overflow-x:auto"><p id="b">'
        + "y" * 200
        + '</p></div><p id="c" style="height:1em;overflow:hidden">one line <br>two</p>',
        encoding="utf-8",
    )
    page = open_page(path, width=320)

    told = page.evaluate(_SPILLS)

    assert told[0].startswith("the page is ")
    assert '<div style="overflow-x:auto"' in told[-1]
    assert 'id="c"' in page.evaluate(_CUT_OFF)[0]


# --- forced colours, reduced motion ---------------------------------------------------------------

# What carries a meaning by its ground or sets things apart: where colours are forced, by a border.
_BORDERED = ".state, .card, .first, .score, td.differs"
_BORDERLESS = f"""() => [...document.querySelectorAll("{_BORDERED}")].filter(one => {{
    const style = getComputedStyle(one);
    const sides = ["Top", "Right", "Bottom", "Left"];
    return one.checkVisibility()
        && !sides.some(side => parseFloat(style[`border${{side}}Width`]) >= 1);
}}).map(one => one.outerHTML.slice(0, 160))"""
_MOVING = """() => [...document.querySelectorAll("*")].filter(one => {
    const style = getComputedStyle(one);
    const lasts = value => value.split(",").some(each => parseFloat(each) > 0.001);
    return style.animationName !== "none" && lasts(style.animationDuration)
        || lasts(style.transitionDuration) || style.scrollBehavior === "smooth";
}).map(one => one.outerHTML.slice(0, 160))"""


@pytest.mark.parametrize("name", [name for name in EVERY if name not in CLASS])
def test_where_colours_are_forced_borders_set_apart(open_page: OpenPage, name: str) -> None:
    page = open_page(name, forced_colors="active")
    page.evaluate(_OPEN)

    assert page.locator(_BORDERED).count() > 0
    assert page.evaluate(_BORDERLESS) == []


@pytest.mark.parametrize("name", ["some-wrong", "all-wrong"])
def test_differing_numbers_are_told_by_a_sign(open_page: OpenPage, name: str) -> None:
    """By text of their own or of the style sheet, which the same number alone has not."""
    page = open_page(name)
    page.evaluate(_OPEN)
    differing = page.locator("td.differs")

    assert differing.count() > 0
    for cell in differing.all():
        sign = cell.evaluate("one => getComputedStyle(one, '::before').content")
        assert sign not in ("none", "normal", '""') or "≠" in cell.inner_text()


@pytest.mark.parametrize("name", EVERY)
def test_nothing_moves_where_motion_is_to_be_reduced(open_page: OpenPage, name: str) -> None:
    page = open_page(name, reduced_motion="reduce")
    page.evaluate(_OPEN)

    assert page.evaluate(_MOVING) == []


def test_what_moves_or_has_no_border_would_be_found(open_page: OpenPage, tmp_path: Path) -> None:
    path = tmp_path / "moving.html"
    path.write_text(
        '<!doctype html><html lang="en"><title>t</title><p class="state" '
        'style="transition: color 1s; background: red">a</p>',
        encoding="utf-8",
    )
    page = open_page(path, reduced_motion="reduce", forced_colors="active")

    assert len(page.evaluate(_MOVING)) == 1
    assert len(page.evaluate(_BORDERLESS)) == 1


# --- light and dark -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_a_dark_page_is_dark_and_a_light_one_light(open_page: OpenPage, name: str) -> None:
    grounds = [
        open_page(name, color_scheme=scheme).evaluate(
            "getComputedStyle(document.documentElement).backgroundColor"
            ".match(/[\\d.]+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0)"
        )
        for scheme in ("light", "dark")
    ]

    assert grounds[0] > 600
    assert grounds[1] < 150
