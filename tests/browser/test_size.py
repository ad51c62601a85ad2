"""A page is light, and that of a large class opens at once."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.pages import LARGE, STUDENT, Pages

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
_KB, _MB = 1000, 1_000_000
_TRIES = 3
# From the start of the navigation until two frames were drawn of what was loaded.
_DRAWN = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
    const [told] = performance.getEntriesByType("navigation");
    done({loaded: told.loadEventEnd, drawn: performance.now()});
})))"""


@pytest.mark.parametrize("name", STUDENT)
def test_a_students_page_is_light(pages: Pages, name: str) -> None:
    assert pages[name].stat().st_size < 150 * _KB


def test_the_page_of_a_large_class_is_light(pages: Pages) -> None:
    assert pages[LARGE].stat().st_size < 3 * _MB


def opened(page: "Page") -> float:
    """Open a page anew; return the seconds until it was loaded and drawn."""
    page.reload()
    told = page.evaluate(_DRAWN)
    assert 0 < told["loaded"] <= told["drawn"]
    return float(told["drawn"]) / 1000


def test_the_page_of_a_large_class_opens_at_once(open_page: OpenPage) -> None:
    """In seconds, since that is what was promised: the least of three, so that noise only adds."""
    page = open_page(LARGE)
    assert page.locator("tr").count() >= 3000

    seconds = min(opened(page) for _ in range(_TRIES))

    print(f"\na class of 3,000 is drawn after {seconds:.2f} s")
    assert seconds < 2
