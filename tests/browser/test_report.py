"""The report in a real Chromium: nothing is loaded, nothing complains, nothing runs sideways."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.model import Graded
from grader.report.html import report

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
_CORPUS = Path(__file__).resolve().parent.parent / "corpus"
_WIDTHS = (1280, 390, 320)


@pytest.fixture(scope="module")
def sample(grade: Callable[[Path], Graded], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(report(grade(_CORPUS / "sample" / "layers.py")), encoding="utf-8")
    return path


def test_nothing_is_loaded_and_nothing_complains(page: "Page", sample: Path) -> None:
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto(sample.as_uri())

    assert said == []
    assert asked == [sample.as_uri()]


def test_the_style_sheet_is_let_in_by_its_hash(page: "Page", sample: Path) -> None:
    page.goto(sample.as_uri())

    color = page.evaluate("getComputedStyle(document.querySelector('.first')).borderTopStyle")

    assert color == "solid"


@pytest.mark.parametrize("width", _WIDTHS)
def test_nothing_runs_over_the_side(page: "Page", sample: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(sample.as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_card_leads_to_the_line_of_code(page: "Page", sample: Path) -> None:
    page.goto(sample.as_uri())

    page.get_by_role("link", name="Layer_Dense.backward, line 15").first.click()

    assert "def backward(self, dvalues):" in page.locator(":target").inner_text()


def test_a_line_of_code_leads_back_to_what_is_said_of_it(page: "Page", sample: Path) -> None:
    page.goto(sample.as_uri())

    page.locator("#line-0-17 a").focus()
    page.keyboard.press("Enter")

    assert page.locator(":target h3").inner_text() == "The right numbers, with one axis too few"


@pytest.mark.parametrize("details", ["details.hint p", "details pre.snippet", "details ul.cases"])
def test_what_is_folded_is_printed(page: "Page", sample: Path, details: str) -> None:
    page.goto(sample.as_uri())
    assert not page.locator(details).first.is_visible()

    page.emulate_media(media="print")

    assert page.locator(details).first.bounding_box() is not None


def test_who_reads_in_the_dark_prints_on_white(page: "Page", sample: Path) -> None:
    page.goto(sample.as_uri())

    page.emulate_media(media="print", color_scheme="dark")

    style = "getComputedStyle(document.querySelector('.card'))"
    assert page.evaluate(f"{style}.color") == "rgb(22, 25, 29)"
    assert page.evaluate(f"{style}.backgroundColor") == "rgb(255, 255, 255)"


def test_given_numbers_open_by_keyboard(page: "Page", sample: Path) -> None:
    page.goto(sample.as_uri())
    assert page.get_by_text("dense.backward(D)").first.is_visible()  # of the smallest example
    summary = page.get_by_text("Try it yourself").first

    summary.focus()
    page.keyboard.press("Enter")

    assert page.get_by_text("import numpy as np").first.is_visible()


def test_hints_open_by_keyboard_one_by_one(page: "Page", sample: Path) -> None:
    page.goto(sample.as_uri())
    summary = page.get_by_text("A further hint").first
    hint = page.locator("details.hint p").first

    assert not hint.is_visible()
    summary.focus()
    page.keyboard.press("Enter")

    assert hint.is_visible()


def test_hostile_text_stays_text(
    page: "Page", grade: Callable[[Path], Graded], tmp_path: Path
) -> None:
    hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    source = tmp_path / "layers.py"
    source.write_text(
        f"print({hostile!r})\nclass Layer_Dense:\n    {hostile!r}\n"
        f"    def __init__(s, a, b): raise ValueError({hostile!r})\n"
    )
    path = tmp_path / "report.html"
    path.write_text(report(grade(source)), encoding="utf-8")

    page.goto(path.as_uri())

    assert page.locator("img, script").count() == 0
    assert page.get_by_text("onerror=").count() > 0
