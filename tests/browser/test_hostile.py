"""Hostile text from every place is shown as it is, and does nothing: no page is taken over.

Pages are opened past their own content security policy: what is tried here is that nothing gets
through to it. That the policy stands, tests of each page say.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.grade import Grader
from tests.browser.hostile import MARK, PLACES, TAG, UNSEEN, Lab, Place
from tests.conftest import RunCli

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
# What hides or turns text, or acts in a terminal; and halves of surrogates, which no page can have.
_ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)
_FACTS = """mark => ({
    ran: window.ran,
    made: [...document.querySelectorAll(`[${mark}], iframe, img, object, embed, base, form`)]
        .map(one => one.outerHTML.slice(0, 200)),
    handlers: [...document.querySelectorAll("*")].flatMap(one => [...one.attributes])
        .filter(one => one.name.startsWith("on") || one.name === "style" || one.name === mark)
        .map(one => `${one.name}=${one.value.slice(0, 100)}`),
    links: [...document.querySelectorAll("[href], [src], [action]")].map(one =>
        one.getAttribute("href") ?? one.getAttribute("src") ?? one.getAttribute("action")),
    styles: document.querySelectorAll("style").length,
    text: document.documentElement.textContent + [...document.querySelectorAll("*")]
        .flatMap(one => [...one.attributes].map(each => each.value)).join("\\n"),
    width: document.documentElement.scrollWidth,
})"""


@pytest.fixture
def bare(browser: "Browser") -> "Iterator[BrowserContext]":
    """Open a narrow window in which no policy holds."""
    context = browser.new_context(bypass_csp=True, viewport={"width": 320, "height": 800})
    yield context
    context.close()


@pytest.fixture
def lab(tmp_path: Path, grader: Grader, run_cli: RunCli) -> Lab:
    return Lab(tmp_path, grader, run_cli)


class Facts:
    """What came of a page that was opened."""

    def __init__(self, page: "Page", path: Path) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("dialog", lambda dialog: self.said.append(f"dialog {dialog.message}"))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        found = page.evaluate(_FACTS, MARK)
        self.ran = found["ran"]
        self.made: list[str] = found["made"] + found["handlers"]
        self.links: list[str] = found["links"]
        self.styles: int = found["styles"]
        self.text: str = found["text"]
        self.width: int = found["width"]

    def faults(self, path: Path) -> list[str]:
        """Return what hostile text did."""
        outside = [link for link in self.links if not re.match(r"#|\.?/?reports/[\w%.-]+$", link)]
        asked = [url for url in self.asked if url != path.as_uri()]
        active = _ACTIVE.findall(self.text)
        told = {
            "ran": self.ran is not None,
            "said": self.said,
            "asked for": asked,
            "made": self.made,
            "links": outside,
            "styles": self.styles != 1,
            "active characters": sorted(set(map(ascii, active))),
            "runs over the side": self.width > 320,
        }
        return [f"{what}: {how}" for what, how in told.items() if how]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_hostile_text_is_shown_and_does_nothing(
    bare: "BrowserContext", lab: Lab, place: Place
) -> None:
    shown, faults = 0, []
    for path in place(lab):
        page = bare.new_page()
        facts = Facts(page, path)
        page.close()
        faults += [f"{path.name}: {fault}" for fault in facts.faults(path)]
        shown += sum(facts.text.count(tag) for tag in (TAG, TAG.replace("/", "\u2215")))

    assert faults == []
    assert shown or place in UNSEEN


def test_text_that_does_something_would_be_found(bare: "BrowserContext", tmp_path: Path) -> None:
    path = tmp_path / "taken-over.html"
    path.write_text(
        f"<!doctype html><style></style><style></style><title>t</title>{TAG}\u202e"
        f'<a href="javascript:ran=1" {MARK}>a</a><img src="a.png"><p>{"x" * 500}',
        encoding="utf-8",
    )

    told = [fault.split(":")[0] for fault in Facts(bare.new_page(), path).faults(path)]

    assert told == [
        "ran", "said", "asked for", "made", "links", "styles", "active characters",
        "runs over the side",
    ]  # fmt: skip
