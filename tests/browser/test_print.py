"""Pages on paper: no card that fits on a sheet is cut in two, and what is folded can be read."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.pages import EVERY

pypdf = pytest.importorskip("pypdf", reason="needs pypdf")
if TYPE_CHECKING:
    from playwright.sync_api import Page, PdfMargins
    from pypdf import PageObject

pytestmark = pytest.mark.browser
# What must stand on one sheet if it can: boxes with a border of their own, and rows of tables.
_WHOLE = ".card, .first, .score, .all-right, .example, figure, tr"
# A4 with margins of 1 cm, in CSS pixels.
_MARGINS: "PdfMargins" = {"top": "1cm", "right": "1cm", "bottom": "1cm", "left": "1cm"}
_PIXELS, _EDGES = 96 / 72, 76
_WIDTH, _HEIGHT = 794 - _EDGES, 1123 - _EDGES
# A tiny word at the start and at the end of each box; paper shows on which sheet it came to lie.
_MARK = """whole => {
    const boxes = [...document.querySelectorAll(whole)].filter(one => one.checkVisibility());
    const word = (text, side) => {
        const mark = document.createElement("span");
        mark.textContent = ` ${text} `;
        mark.style.cssText = `font: 1px/1px monospace; letter-spacing: 0; position: absolute;
            left: 0; ${side}: 0;`;
        return mark;
    };
    return boxes.map((box, number) => {
        const told = box.outerHTML.slice(0, 120), height = box.getBoundingClientRect().height;
        const within = box.matches("tr") ? box.firstElementChild : box;
        within.style.position = "relative";
        within.append(word(`qq${number}b`, "top"), word(`qq${number}e`, "bottom"));
        return [told, height];
    });
}"""


def cut(page: "Page") -> list[str]:
    """Return the boxes that lie on two sheets though they would fit on one."""
    page.emulate_media(media="print")
    width, high = printed(page)[0].mediabox[2:]  # points; a page may ask for another sheet
    height = round(float(high) * _PIXELS) - _EDGES
    page.set_viewport_size({"width": round(float(width) * _PIXELS) - _EDGES, "height": height})
    boxes = page.evaluate(_MARK, _WHOLE)
    assert boxes
    sheets = printed(page)
    texts = [sheet.extract_text() for sheet in sheets]
    lies = {
        word: number
        for number, text in enumerate(texts)
        for word in text.split()
        if word.startswith("qq")
    }
    wrong = []
    for number, (told, tall) in enumerate(boxes):
        begins, ends = lies[f"qq{number}b"], lies[f"qq{number}e"]
        if begins != ends and tall <= height:
            wrong.append(f"sheet {begins + 1} to {ends + 1}, {tall:.0f} high: {told}")
    return wrong


def printed(page: "Page") -> "list[PageObject]":
    return list(pypdf.PdfReader(io.BytesIO(page.pdf(format="A4", margin=_MARGINS))).pages)


@pytest.mark.parametrize("name", EVERY)
def test_no_card_that_fits_on_a_sheet_is_cut(open_page: OpenPage, name: str) -> None:
    assert cut(open_page(name)) == []


def test_a_card_that_is_cut_would_be_found(open_page: OpenPage, tmp_path: Path) -> None:
    path = tmp_path / "cut.html"
    card = f'<div class="card" style="height: {_HEIGHT * 2 // 3}px">a card</div>'
    path.write_text(
        f'<!doctype html><html lang="en"><title>t</title><body>{card * 3}', encoding="utf-8"
    )

    assert cut(open_page(path))[0].startswith("sheet 1 to 2, ")


# --- and nothing runs off the paper ---------------------------------------------------------------

_CLIPPED = """() => [...document.querySelectorAll("body *")].filter(one =>
    getComputedStyle(one).overflowX !== "visible" && one.checkVisibility()
    && !(one instanceof SVGElement) && one.clientWidth > 1
    && one.scrollWidth > one.clientWidth + 1).map(one => one.outerHTML.slice(0, 160))"""


@pytest.mark.parametrize("name", EVERY)
def test_what_scrolls_on_a_screen_is_whole_on_paper(open_page: OpenPage, name: str) -> None:
    page = open_page(name, width=_WIDTH, height=_HEIGHT)

    page.emulate_media(media="print")

    assert page.evaluate(_CLIPPED) == []
