"""What pages look like: pictures beside those that somebody looked at and accepted.

GRADER_SCREENS=accept python -m pytest tests/browser/test_screens.py

takes the new pictures for the accepted ones, in screens/: look at each before you commit it.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import FLAGS, OpenPage, chromium
from tests.browser.pages import Pages

pytest.importorskip("PIL", reason="needs Pillow")
from PIL import Image

from tests.browser import screens

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
_ACCEPTED = Path(__file__).resolve().parent / "screens"
_ACCEPTING = os.environ.get("GRADER_SCREENS") == "accept"
_NAMES = ("all-right", "some-wrong", "unreadable", "notebook", "class-of-60", "author-sound")
# Of a page this much is looked at, from the top: what follows is more of the same.
_TALL = {1280: 2000, 390: 2800}
# Versions and digests change with every release: they are covered.
_MASKED = "footer"
_GREY = "#808080"


def taken(page: "Page", width: int) -> bytes:
    """Return a picture of the top of a page."""
    whole = page.evaluate("document.documentElement.scrollHeight")
    return page.screenshot(
        full_page=True,
        clip={"x": 0, "y": 0, "width": width, "height": min(whole, _TALL[width])},
        animations="disabled",
        mask=[page.locator(_MASKED)],
        mask_color=_GREY,
    )


def compared(found: Image.Image, accepted: Path, beside: Path) -> None:
    """Fail where a picture differs, and leave it and the difference to be looked at."""
    if not accepted.exists():
        screens.saved(found, beside / accepted.name)
        pytest.fail(
            f"no picture was accepted: look at {beside / accepted.name}, then accept it by "
            "GRADER_SCREENS=accept"
        )
    before = Image.open(accepted)
    different = screens.difference(before, found)
    if not different:
        return
    screens.saved(found, beside / accepted.name)
    screens.saved(screens.shown(before, found), beside / f"differs-{accepted.name}")
    pytest.fail(f"{different}: look at {beside}, then accept it by GRADER_SCREENS=accept")


@pytest.mark.parametrize("width", _TALL)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", _NAMES)
def test_a_page_looks_as_it_did(
    open_page: OpenPage, tmp_path: Path, name: str, scheme: str, width: int
) -> None:
    page = open_page(name, width=width, color_scheme=scheme)
    found = screens.reduced(taken(page, width))
    accepted = _ACCEPTED / f"{name}-{scheme}-{width}.png"

    if _ACCEPTING:
        screens.saved(found, accepted)
    compared(found, accepted, tmp_path)


# --- what the comparison sees, and what it does not -----------------------------------------------

_CHANGES = {
    "a card that moved": "document.querySelector('.card').style.marginLeft = '8px'",
    "a card that is gone": "document.querySelector('.card').remove()",
    "a wrong ground": "document.querySelector('.first').style.background = 'none'",
    "a chip of a wrong colour": "document.querySelector('.state.wrong').className = 'state passed'",
    "a border that is gone": "document.querySelector('.score').style.border = '0'",
    "a word that is gone": "document.querySelector('h1').textContent = 'By hand'",
}


@pytest.fixture
def accepted(open_page: OpenPage, tmp_path: Path) -> Path:
    """Return where a picture of a page is that was accepted just now."""
    path = tmp_path / "accepted" / "page.png"
    screens.saved(screens.reduced(taken(open_page("some-wrong"), 1280)), path)
    return path


@pytest.mark.parametrize("change", _CHANGES)
def test_what_changed_is_seen_and_shown(
    open_page: OpenPage, accepted: Path, tmp_path: Path, change: str
) -> None:
    page = open_page("some-wrong")
    page.evaluate(_CHANGES[change])

    with pytest.raises(pytest.fail.Exception):
        compared(screens.reduced(taken(page, 1280)), accepted, tmp_path)

    assert (tmp_path / "page.png").exists()


def test_letters_that_are_hinted_are_not_seen(
    browser: "Browser", pages: Pages, accepted: Path, tmp_path: Path
) -> None:
    """By a browser that has the machine's own fonts and settings."""
    other = browser.browser_type.launch(
        executable_path=chromium(), args=[*FLAGS, "--font-render-hinting=full"]
    )
    page = other.new_page(viewport={"width": 1280, "height": 800})
    page.goto(pages["some-wrong"].as_uri())
    found = screens.reduced(taken(page, 1280))
    other.close()

    compared(found, accepted, tmp_path)


def test_where_nothing_was_accepted_it_is_said(open_page: OpenPage, tmp_path: Path) -> None:
    found = screens.reduced(taken(open_page("all-right"), 1280))

    with pytest.raises(pytest.fail.Exception, match="no picture was accepted"):
        compared(found, tmp_path / "none.png", tmp_path / "beside")
