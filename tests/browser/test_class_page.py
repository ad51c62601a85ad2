"""The page of a class in a real Chromium: it sorts, filters, and needs no script to be read."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.report.cohort import Cohort, IndexRow, MistakeShare, Who, index
from tests.test_class_page import COHORT, ROWS

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
_LARGE = 3000
_TARGET = 24


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "index.html"
    path.write_text("".join(index("Backprop", COHORT, ROWS)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a large class, with as long a text in each row as is usual."""
    path = tmp_path_factory.mktemp("large") / "index.html"
    path.write_text("".join(index("Backprop", large_cohort(), large_rows())), encoding="utf-8")
    return path


def large_rows() -> Iterator[IndexRow]:
    remark = "Layer_Dense.dweights: A factor of the matrix product is not transposed"
    for n in range(_LARGE):
        yield IndexRow(
            student=f"student-{n}",
            name=f"layers_{n}.ipynb",
            points=n * 7 % 101 / 10,
            max_points=10.0,
            remark=remark if n % 3 else "",
            link=f"reports/{n:05d}-student-{n}.html",
            person=f"Ana Maria {n} Muñoz",
            missed=tuple(at for at in range(3) if n % (at + 2) == 0),
            mistakes=(n % 2,) if n % 3 else (),
        )


def large_cohort() -> Cohort:
    who = tuple(Who(f"student-{n}", f"reports/{n:05d}-student-{n}.html") for n in range(_LARGE))
    mistakes = tuple(
        MistakeShare(id=id_, title=id_, wordings=1, outputs=(("x", 1),), students=who[at::2])
        for at, id_ in enumerate(("mean", "slope"))
    )
    return Cohort(
        students=_LARGE,
        attempts=_LARGE,
        scores=COHORT.scores,
        outputs=COHORT.outputs,
        mistakes=mistakes,
        agreements=COHORT.agreements,
    )


class Opened:
    """A page that was opened, and what the browser complained of."""

    def __init__(self, page: "Page", path: Path) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(path.as_uri())

    def students(self) -> list[str]:
        """Return the students whose rows are shown, in their order."""
        found: list[str] = self.page.evaluate(
            "Array.from(document.querySelectorAll('#table tbody tr'))"
            ".filter(row => row.getClientRects().length)"
            ".map(row => (row.cells[0].querySelector('a') ?? row.cells[0]).textContent.trim())"
        )
        return found

    def sorted_by(self) -> dict[str, str]:
        """Return what is said of each column that says how it is sorted."""
        found: dict[str, str] = self.page.evaluate(
            "Object.fromEntries(Array.from(document.querySelectorAll('#table thead th'))"
            ".map(th => [th.textContent.trim(), th.getAttribute('aria-sort')]))"
        )
        return found

    def sort(self, column: str) -> None:
        self.page.locator("thead").get_by_role("button", name=column).click()

    @property
    def told(self) -> str:
        return self.page.get_by_role("status").inner_text()


@pytest.fixture
def opened(browser: "Browser", small: Path) -> Iterator[Opened]:
    page = browser.new_page()
    yield Opened(page, small)
    page.close()


def test_nothing_is_loaded_and_nothing_complains(opened: Opened, small: Path) -> None:
    opened.sort("points")
    opened.page.get_by_label("Find").fill("anna")
    opened.page.get_by_role("button", name="who did not get D.dweights").click()

    assert opened.complaints == []
    assert opened.asked == [small.as_uri()]


def test_another_script_would_not_be_let_in(opened: Opened) -> None:
    opened.page.evaluate(
        "document.head.append(Object.assign(document.createElement('script'), {text: 'x = 1'}))"
    )

    assert "Content Security Policy" in "".join(opened.complaints)
    assert opened.page.evaluate("typeof x") == "undefined"


# --- sorting --------------------------------------------------------------------------------------


def test_a_column_sorts_both_ways_and_says_so(opened: Opened) -> None:
    assert set(opened.sorted_by().values()) == {"none"}

    opened.sort("points")
    assert opened.students() == ["carl", "anna", "ben", "zoe"]
    assert opened.sorted_by() == {
        "student": "none", "points": "descending", "final": "none",
        "submission": "none", "first to look at": "none",
    }  # fmt: skip
    opened.sort("points")
    assert opened.students() == ["ben", "anna", "carl", "zoe"], "what has none is last both ways"
    assert opened.sorted_by()["points"] == "ascending"
    opened.sort("student")
    assert opened.students() == ["anna", "ben", "carl", "zoe"]
    assert opened.sorted_by()["points"] == "none"
    opened.sort("final")
    assert opened.students()[0] == "ben"


def test_a_name_is_sorted_by_its_number(browser: "Browser", large: Path) -> None:
    page = browser.new_page()
    opened = Opened(page, large)
    opened.sort("student")

    assert opened.students() == [f"student-{n}" for n in range(_LARGE)]
    opened.sort("points")
    opened.sort("points")
    points = page.evaluate(
        "Array.from(document.querySelectorAll('#table tbody td:nth-child(2)'), "
        "cell => parseFloat(cell.textContent))"
    )
    assert points == sorted(points)
    page.close()


# --- filtering ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "students"),
    [
        ("ANNA", ["anna"]),
        ("okri b.py", ["ben"]),
        ("notebook", ["zoe"]),
        ("anna ben", []),
        (" ", ["anna", "ben", "carl", "zoe"]),
        ("<b>", []),
    ],
)
def test_text_finds_rows_that_have_all_its_words(
    opened: Opened, text: str, students: list[str]
) -> None:
    opened.page.get_by_label("Find").fill(text)

    assert opened.students() == students
    assert opened.told == f"{len(students)} of 4 shown"


def test_outputs_mistakes_and_the_ungraded_are_found(opened: Opened) -> None:
    page = opened.page
    page.get_by_label("Did not get").select_option("R.dinputs (ReLU)")
    assert opened.students() == ["anna", "ben"]
    page.get_by_label("Made").select_option("A slope")
    assert opened.students() == ["ben"]
    page.get_by_label("Find").fill("anna")
    assert opened.students() == []
    page.get_by_role("button", name="Show everyone").click()
    assert opened.students() == ["anna", "ben", "carl", "zoe"]
    page.get_by_label("Only what is not graded").check()
    assert opened.students() == ["zoe"]
    assert opened.told == "1 of 4 shown"


def test_a_share_leads_to_those_who_did_not_get_it(opened: Opened) -> None:
    opened.page.get_by_label("Only what is not graded").check()

    opened.page.get_by_role("button", name="who did not get D.dweights").click()

    assert opened.students() == ["ben"]
    assert opened.page.evaluate("document.activeElement.id") == "everyone"
    assert not opened.page.get_by_label("Only what is not graded").is_checked()


def test_what_is_found_stays_found_when_it_is_sorted(opened: Opened) -> None:
    opened.page.get_by_label("Did not get").select_option("R.dinputs (ReLU)")
    opened.sort("points")

    assert opened.students() == ["anna", "ben"]


# --- without a mouse, without a script, without room ----------------------------------------------


def focused(page: "Page") -> str:
    name: str = page.evaluate(
        "(e => e.id || e.textContent.trim().slice(0, 40) || e.ariaLabel)(document.activeElement)"
    )
    return name


def test_the_keyboard_alone_reaches_and_does_everything(opened: Opened) -> None:
    page = opened.page
    reached: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        if (at := focused(page)) in reached and at == "Not graded":
            break
        reached.append(at)
        if at in ("points", "find"):
            page.keyboard.press("Enter" if at == "points" else "a")
    summaries = page.locator("summary").count()

    assert summaries == 4
    assert sum(at.startswith(("The same", "2", "1")) for at in reached) == summaries
    assert {"find", "output", "mistake", "ungraded", "all", "student", "points"} <= set(reached)
    assert opened.students()[0] == "carl"
    assert opened.told.endswith("of 4 shown")


def test_a_focus_is_seen(opened: Opened) -> None:
    for selector in ("#find", "#output", "#all", "thead button", "summary", ".names a", ".scroll"):
        opened.page.keyboard.press("Tab")  # from now on a focus is one by keyboard
        element = opened.page.locator(selector).first
        if selector == ".names a":
            opened.page.locator("summary").nth(1).press("Enter")
        element.focus()
        outline = element.evaluate("e => getComputedStyle(e).outlineStyle")
        assert outline == "solid", selector


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_what_is_to_be_hit_is_large_enough(browser: "Browser", small: Path, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    opened = Opened(page, small)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    sizes = page.evaluate(
        "Array.from(document.querySelectorAll('a, button, input, select, summary'), e => "
        "[e.outerHTML.slice(0, 60), e.getBoundingClientRect().width, "
        "e.getBoundingClientRect().height])"
    )

    assert len(sizes) > 20
    assert [one for one in sizes if min(one[1:]) < _TARGET] == []
    assert opened.complaints == []
    page.close()


def test_everything_can_be_read_without_the_script(browser: "Browser", small: Path) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(small.as_uri())

    assert page.locator("#table tbody tr:visible").count() == len(ROWS)
    assert page.get_by_role("heading", name="Mistakes").is_visible()
    for selector in ("button", "input", "select", "#shown"):
        assert page.locator(f"{selector}:visible").count() == 0, selector
    page.locator("summary").nth(1).click()
    assert page.locator("details[open] a").first.is_visible()
    page.context.close()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [1280, 640, 390, 320])
def test_nothing_runs_over_the_side_and_no_heading_is_broken(
    browser: "Browser", small: Path, width: int, *, script: bool
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=script
    )
    page = context.new_page()
    page.goto(small.as_uri())
    heights = page.locator("#table thead th:visible").evaluate_all(
        "all => all.map(th => th.getBoundingClientRect().height)"
    )

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('.scroll').scrollWidth") <= width
    assert all(height < 48 for height in heights), "each stands on one line"
    context.close()


def test_the_text_of_the_figure_is_never_too_small(browser: "Browser", small: Path) -> None:
    page = browser.new_page()
    page.goto(small.as_uri())
    for width in (1280, 1024, 768, 641, 640, 481, 480, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        size = page.evaluate(
            "(t => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a)"
            "(document.querySelector('.histogram text'))"
        )
        assert 11.5 <= size <= 22, width
    page.close()


def test_in_print_all_is_open_and_nothing_is_to_be_pressed(opened: Opened) -> None:
    opened.page.emulate_media(media="print")

    assert opened.page.locator(".controls, .pick, .parts").locator("visible=true").count() == 0
    assert opened.page.get_by_text("Told in 2 wordings").is_visible()


# --- a large class --------------------------------------------------------------------------------


def test_a_large_class_is_a_page_that_opens_filters_and_sorts(
    browser: "Browser", large: Path
) -> None:
    page = browser.new_page()
    opened = Opened(page, large)
    took = page.evaluate(
        "(t => [t.domContentLoadedEventEnd, t.loadEventEnd].map(Math.round))"
        "(performance.getEntriesByType('navigation')[0])"
    )
    print(f"{large.stat().st_size / 1e6:.2f} MB; DOM ready, loaded after {took} ms")

    assert large.stat().st_size < 3_000_000
    page.get_by_label("Did not get").select_option("D.dbiases (Dense)")
    assert opened.told == f"{_LARGE // 3} of {_LARGE} shown"
    opened.sort("points")
    assert len(opened.students()) == _LARGE // 3
    assert opened.complaints == []
    page.close()
