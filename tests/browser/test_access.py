"""axe-core finds nothing at levels A and AA: light and dark, folded and open, wide and narrow."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.pages import EVERY, LARGE

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
_LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """levels => axe.run(document, {
    runOnly: {type: "tag", values: levels},
    rules: {"target-size": {enabled: true}},
    resultTypes: ["violations"],
})"""
_OPEN = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
_SCHEMES = ("light", "dark")
_WIDTHS = (1280, 390)
_WRONG = """<!doctype html><html lang="en"><title>t</title><h1>A heading</h1>
<p style="color:#999;background:#fff">pale</p><details><summary>more</summary><img src="data:,">
</details><a href="#a" style="display:inline-block">a</a><a href="#b">b</a>"""


def violations(page: "Page", axe: str) -> list[str]:
    """Return what axe-core says is wrong, with where it stands."""
    page.evaluate(axe)  # the page's policy lets no script tag in
    found = page.evaluate(_RUN, _LEVELS)
    told = [rule for kind in ("passes", "violations", "inapplicable") for rule in found[kind]]
    assert "target-size" in {rule["id"] for rule in told}, "of WCAG 2.2, and off unless asked for"
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", _SCHEMES)
@pytest.mark.parametrize("name", [*EVERY, pytest.param(LARGE, marks=pytest.mark.slow)])
def test_a_page_is_accessible_folded_and_open(
    open_page: OpenPage, axe: str, name: str, scheme: str
) -> None:
    page = open_page(name, color_scheme=scheme)

    folded = violations(page, axe)
    page.evaluate(_OPEN)

    assert folded == []
    assert violations(page, axe) == []


@pytest.mark.parametrize("name", EVERY)
def test_a_page_is_accessible_on_a_phone(open_page: OpenPage, axe: str, name: str) -> None:
    page = open_page(name, width=390)
    page.evaluate(_OPEN)

    assert violations(page, axe) == []


def test_what_is_wrong_would_be_found(open_page: OpenPage, axe: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.html"
    path.write_text(_WRONG, encoding="utf-8")
    page = open_page(path)

    folded = {one.split(":")[0] for one in violations(page, axe)}
    page.evaluate(_OPEN)

    assert folded == {"color-contrast", "target-size"}
    assert {one.split(":")[0] for one in violations(page, axe)} == folded | {"image-alt"}
