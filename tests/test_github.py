"""A job's summary in Markdown: a table, and nothing in it that acts. Rendered by a real parser."""

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from grader.exports.github import annotations, notices, step_summary
from grader.exports.remarks import Remark
from grader.model import Scorecard, ScoredExercise, State
from tests.builders import diagnosis, scorecard, scored_case
from tests.ci import readers

_HOSTILE = [
    pytest.param("a | b | c", id="pipes"),
    pytest.param("`code` ``more``", id="backticks"),
    pytest.param("![x](https://example.org/x.png)", id="an image"),
    pytest.param("[x](javascript:alert(1))", id="a link"),
    pytest.param("<https://example.org>", id="an autolink"),
    pytest.param("<img src=x onerror=alert(1)><b>bold</b>", id="HTML"),
    pytest.param("</td></table>", id="the end of a table"),
    pytest.param("&lt;b&gt; &amp; &#64;", id="entities"),
    pytest.param("**bold** _italic_ ~~gone~~", id="emphasis"),
    pytest.param("line\n\n# Heading\n- item\n1. one", id="blocks"),
    pytest.param("\\| \\` \\", id="backslashes"),
    pytest.param("[^1] [x]: y", id="references"),
    pytest.param("$x$ $$y$$", id="mathematics"),
]
_ALLOWED = {"h3", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "strong"}


class Page(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(card: Scorecard) -> Page:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return Page(parser.render(step_summary(card)))


def titled(title: str) -> Scorecard:
    """Return a scorecard that says one text wherever it can."""
    exercise = ScoredExercise(
        id="dense", title=title, points=1.5, max_points=3, cases=(scored_case(),)
    )
    told = diagnosis(title=title, hint=title)
    return scorecard(assignment=title, exercises=(exercise,), diagnoses=(told,))


def test_it_tells_points_and_cases_of_each_exercise() -> None:
    cases = (scored_case(), scored_case(State.WRONG), scored_case(State.BLOCKED))
    lines = step_summary(scorecard(*cases)).splitlines()

    assert lines[0] == "### toy: 1 of 3 points"
    assert lines[4] == "| The layer | 1 of 3 | 1 of 3 |"


def test_it_tells_what_went_wrong() -> None:
    summary = step_summary(scorecard(scored_case(State.WRONG), diagnoses=(diagnosis(),)))

    assert summary.splitlines()[-1] == "- **Divided** Sum\\."


def test_it_is_a_table_of_three_columns() -> None:
    assert rendered(titled("The layer")).tags.count("td") == 3


@pytest.mark.parametrize("text", _HOSTILE)
def test_nothing_in_it_acts(text: str) -> None:
    page = rendered(titled(text))

    assert set(page.tags) <= _ALLOWED
    assert page.tags.count("td") == 3
    assert page.tags.count("li") == 2


@pytest.mark.parametrize("text", _HOSTILE)
def test_every_character_is_shown_as_it_is(text: str) -> None:
    shown = " ".join(rendered(titled(text)).text.split())

    assert shown.count(" ".join(text.split())) == 4


def test_nobody_is_mentioned_and_nothing_referred_to() -> None:
    summary = step_summary(titled("@someone #12 GH-12"))

    assert not re.search(r"(?<!\\)[@#]\w", summary)


def test_an_address_is_no_link() -> None:
    summary = step_summary(titled("see https://example.org and www.example.org"))

    assert not re.search(r"https?://|www\.\w", summary)


# --- annotations ----------------------------------------------------------------------------------


def remarks(count: int, length: int = 10) -> list[Remark]:
    """Return remarks, each on a line of its own."""
    return [
        Remark("layers.py", n, f"title {n}", "m" * length, State.WRONG, "wrong")
        for n in range(1, count + 1)
    ]


def test_no_more_are_annotated_than_are_shown() -> None:
    lines = list(annotations(remarks(13)))
    found = list(readers.commands("\n".join(lines)))

    assert [one.properties["line"] for one in found] == [str(n) for n in range(1, 11)]
    assert lines[-1].startswith("3 more: ")


@pytest.mark.parametrize("count", [0, 1, 10])
def test_where_all_are_annotated_no_more_are_spoken_of(count: int) -> None:
    assert len(list(annotations(remarks(count)))) == count


def test_points_are_noticed_only_where_all_was_graded() -> None:
    assert len(list(notices(scorecard(scored_case())))) == 2
    assert list(notices(scorecard(scored_case(), scored_case(State.NOT_RUN)))) == []
    assert list(notices(scorecard())) == []


def test_a_summary_stays_below_what_github_takes() -> None:
    exercises = tuple(
        ScoredExercise(id="dense", title="@" * 900, points=0, max_points=1, cases=())
        for _ in range(200)
    )
    summary = step_summary(scorecard(exercises=exercises), remarks(100, 5000))

    assert 800_000 < len(summary.encode()) <= 900_000
    assert summary.endswith("|\n")


def test_a_summary_says_where_and_tells_a_mistake_once() -> None:
    told = Remark("src/layers.py", 3, "Divided", "Sum.", State.WRONG, "mean")
    summary = step_summary(scorecard(scored_case(State.WRONG), diagnoses=(diagnosis(),)), [told])

    assert summary.count("Divided") == 1
    assert "(src\\/layers\\.py, line 3) Sum\\." in summary
