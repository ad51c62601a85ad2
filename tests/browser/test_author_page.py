"""The author's page in a real Chromium: a proof that holds, and one that does not."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT, RunCli
from tests.test_validate import copied

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
_PROOF = 120.0
_KINDS = ("sound", "unsound")
_KEPT = ("dense-square-1", "relu-batch", "together-square")


@pytest.fixture(scope="module")
def proofs(run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Prove what ships, and a copy of it with three cases, two of them on square arrays."""
    root = tmp_path_factory.mktemp("proofs")
    folder, _ = copied(root)
    manifest = folder / "assignment.toml"
    head, *cases = manifest.read_text(encoding="utf-8").split("\n[[cases]]")
    kept = [one for one in cases if any(f'id = "{name}"' in one for name in _KEPT)]
    manifest.write_text("\n[[cases]]".join([head, *kept]), encoding="utf-8")
    pages = {"sound": root / "sound.html", "unsound": root / "unsound.html"}
    proved = {"sound": (ROOT / "assignments" / "backprop", 0), "unsound": (folder, 4)}
    for kind, (where, code) in proved.items():
        done = run_cli("validate", where, "--html", pages[kind], seconds=_PROOF)
        assert done.returncode == code, done.stderr
    return pages


def fits(page: "Page") -> bool:
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width <= 0


@pytest.mark.parametrize("kind", _KINDS)
def test_nothing_is_loaded_and_nothing_complains(
    page: "Page", proofs: dict[str, Path], kind: str
) -> None:
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto(proofs[kind].as_uri())

    assert said == []
    assert asked == [proofs[kind].as_uri()]
    assert page.evaluate("getComputedStyle(document.querySelector('.plot')).display") == "flex"


def test_the_verdict_is_on_the_first_screen_of_a_phone(
    page: "Page", proofs: dict[str, Path]
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})

    page.goto(proofs["unsound"].as_uri())

    box = page.locator(".verdict").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 800
    assert "Fix this first" in page.locator(".verdict").inner_text()


@pytest.mark.parametrize("width", [1280, 640, 390, 320])
@pytest.mark.parametrize("kind", _KINDS)
def test_only_figures_and_tables_scroll_sideways(
    page: "Page", proofs: dict[str, Path], kind: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(proofs[kind].as_uri())

    assert fits(page)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert fits(page)


def test_names_stay_beside_the_marks_that_are_scrolled_to(
    page: "Page", proofs: dict[str, Path]
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(proofs["sound"].as_uri())
    plot = page.locator(".plot").first
    names = plot.locator(".names")
    before = names.bounding_box()

    plot.focus()
    page.keyboard.press("ArrowRight")
    plot.evaluate("""one => new Promise(done =>
      one.scrollLeft ? done() : one.addEventListener('scroll', () => done(), {once: true}))""")

    after = names.bounding_box()
    assert before is not None
    assert after is not None
    assert after["x"] == before["x"]


def test_the_headings_of_columns_do_not_overlap(page: "Page", proofs: dict[str, Path]) -> None:
    """Two that lean side by side are as far apart, across their direction, as they are high."""
    page.goto(proofs["sound"].as_uri())

    apart, high = page.evaluate("""() => {
      const heads = [...document.querySelectorAll('.plot .head')].slice(0, 2);
      const [first, second] = heads.map(head => head.getScreenCTM());
      const angle = Math.atan2(first.b, first.a);
      const across = Number(heads[1].getAttribute('x')) - Number(heads[0].getAttribute('x'));
      return [Math.abs(across * Math.sin(angle)), parseFloat(getComputedStyle(heads[0]).fontSize)];
    }""")

    assert apart >= high


def test_tables_open_by_keyboard_and_hold_what_is_drawn(
    page: "Page", proofs: dict[str, Path]
) -> None:
    page.goto(proofs["sound"].as_uri())
    table = page.locator("table", has_text="Wrong solutions, and the cases that catch them")
    assert not table.is_visible()

    page.get_by_text("As a table, by mistake").focus()
    page.keyboard.press("Enter")

    assert table.is_visible()
    drawn = page.evaluate("""[...document.querySelectorAll('#caught ~ .plot .dots')]
      .map(one => one.getAttribute('d').split('M').length - 1).reduce((a, b) => a + b)""")
    told = sum(int(one) for one in table.locator("td.amount").all_inner_texts())
    assert drawn == told


@pytest.mark.parametrize("kind", _KINDS)
def test_every_figure_has_a_name_and_a_description(
    page: "Page", proofs: dict[str, Path], kind: str
) -> None:
    page.goto(proofs[kind].as_uri())

    figures = page.locator("svg[role=img]").all()

    assert len(figures) >= 3
    for figure in figures:
        words = [
            page.locator(f"#{id_}").text_content()
            for id_ in (figure.get_attribute("aria-labelledby") or "").split()
        ]
        assert len(words) == 2
        assert all(words)


def test_a_survivor_shows_its_lines_with_signs(page: "Page", proofs: dict[str, Path]) -> None:
    page.goto(proofs["unsound"].as_uri())

    page.get_by_role("link", name="its lines").first.click()

    assert page.evaluate("document.querySelector(':target').textContent").startswith("Mutants")
    survivor = page.locator(".survivor").first
    assert survivor.locator("del").first.inner_text().startswith("-")
    assert survivor.locator("ins").first.inner_text().startswith("+")


@pytest.mark.parametrize("kind", _KINDS)
def test_marks_are_seen_in_forced_colours(page: "Page", proofs: dict[str, Path], kind: str) -> None:
    page.emulate_media(forced_colors="active", color_scheme="dark")
    page.goto(proofs[kind].as_uri())

    ink, ground = page.evaluate("""[
      getComputedStyle(document.querySelector('.plot .dots')).stroke,
      getComputedStyle(document.querySelector('.card')).backgroundColor,
    ]""")

    assert ink != ground


def test_a_printed_figure_is_as_wide_as_its_page(page: "Page", proofs: dict[str, Path]) -> None:
    sheet = 794 - 2 * 38  # A4 less margins of 1 cm
    page.set_viewport_size({"width": sheet, "height": 1047})
    page.emulate_media(media="print")
    page.goto(proofs["sound"].as_uri())

    ends = page.evaluate("""[...document.querySelectorAll('.plot .marks')]
      .map(one => one.getBoundingClientRect().right)""")

    assert len(ends) >= 3
    assert max(ends) <= sheet
