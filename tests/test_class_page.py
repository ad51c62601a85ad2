"""The page of a class: in order, in one file, and inert whatever students are called."""

import base64
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import msgspec
import pytest

from grader.report.cohort import (
    Agreement,
    Cohort,
    IndexRow,
    MistakeShare,
    OutputShare,
    Refused,
    Scores,
    Who,
    index,
)

_HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}{% raw %}&lt;`</td>"
_ANNA, _BEN = Who("anna", "reports/00001-anna.html"), Who("ben", "reports/00002-ben.html")
COHORT = Cohort(
    students=4,
    attempts=5,
    late=1,
    deadline="2026-01-31T12:00",
    refused=(Refused("is no notebook; save it again", (Who("zoe"),)),),
    scores=Scores(bins=(1, 0, 0, 0, 0, 0, 0, 0, 0, 2), most=10.0, lower=4, median=9.5, upper=10),
    outputs=(
        OutputShare(exercise="dense", title="Dense", name="D.dweights", got=2, partly=1, of=3),
        OutputShare(exercise="dense", title="Dense", name="D.dbiases", got=3, partly=0, of=3),
        OutputShare(exercise="relu", title="ReLU", name="R.dinputs", got=0, partly=0, of=3),
    ),
    mistakes=(
        MistakeShare(
            id="mean",
            title="Divided by `n`",
            wordings=1,
            outputs=(("D.dweights", 2),),
            students=(_ANNA, _BEN),
        ),
        MistakeShare(
            id="slope",
            title="A slope",
            wordings=2,
            outputs=(("R.dinputs", 1), ("D.dweights", 1)),
            students=(_BEN,),
        ),
    ),
    agreements=(Agreement("R.dinputs", "2 of 4 values differ", (_ANNA, _BEN)),),
    moves=True,
)
ROWS = (
    IndexRow("anna", "a.py", 9.5, 10.0, "`dweights`: off", _ANNA.link, missed=(2,), mistakes=(0,)),
    IndexRow("ben", "b.py", 0.125, 10.0, "look", _BEN.link, final=0.0, missed=(0, 2),
             mistakes=(0, 1), person="Ben Okri", note="attempt 2"),
    IndexRow("carl", "c.ipynb", 10.0, 10.0, "", "reports/00003-carl.html"),
    IndexRow("zoe", "", None, 0.0, "is no notebook; save it again", None),
)  # fmt: skip
EMPTY = Cohort(students=0, attempts=0)


def class_page(
    cohort: Cohort = COHORT, rows: tuple[IndexRow, ...] = ROWS, title: str = "Backprop"
) -> str:
    return "".join(index(title, cohort, rows))


class Tags(HTMLParser):
    """Collects every tag with its attributes, and the text outside of style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("style", "script"):
            self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", Tags(page).text)


# --- what is on it, and in which order ------------------------------------------------------------


def test_what_matters_comes_in_order() -> None:
    text = text_of(class_page())
    parts = (
        "Backprop 4 students, 5 submissions, 1 not graded; due 2026-01-31T12:00, 1 late",
        "Could not be graded: 1 is no notebook; save it again zoe",
        "Points, as graded",
        "Who got what",
        "Divided by n",
        "Wrong alike, without a name",
        "A name leads to the report.",
    )

    at = 0
    for part in parts:
        assert part in text[at:], part
        at = text.index(part, at) + len(part)


def test_the_histogram_has_the_numbers_of_its_table() -> None:
    page = class_page()
    table = page[page.index("Students by points") :]
    rows = re.findall(r'<th scope="row">(.*?)</th><td class="figure">(\d+)</td>', table)
    svg = page[page.index('<svg class="histogram"') :].partition("</svg>")[0]

    assert len(rows) == 10
    assert (rows[0], rows[-1]) == (("0 to less than 1", "1"), ("9 to 10", "2"))
    heights = re.findall(r'<rect class="full".*?height="([\d.]+)"', svg)
    assert heights == ["50.0", "100.0"], "as counts are, and none where nobody is"
    assert 'role="img" aria-labelledby="histogram-title histogram-told"' in svg
    assert "Half of them have 9.5 of 10 points or more" in svg


def test_everybody_at_one_end_is_drawn_all_the_same() -> None:
    alone = Scores(bins=(1, *[0] * 9), most=0.3, lower=0, median=0, upper=0)
    page = class_page(msgspec.structs.replace(COHORT, scores=alone))

    assert 'cx="0.0"' in page
    assert "0 to less than 0.03" in page


@pytest.mark.parametrize(
    ("got", "of", "percent"), [(2, 3, 66), (3, 3, 100), (0, 3, 0), (2999, 3000, 99), (1, 3000, 0)]
)
def test_a_share_is_whole_only_where_all_have_it(got: int, of: int, percent: int) -> None:
    one = OutputShare(exercise="e", title="E", name="x", got=got, partly=0, of=of)

    assert one.percent == percent


def test_each_output_tells_who_got_it_in_numbers() -> None:
    text = text_of(class_page())

    assert "D.dweights who did not get D.dweights66 % 2 of 31" in text
    assert "D.dbiases100 % 3 of 3" in text, "there is nobody who did not"


def test_mistakes_and_groups_lead_to_the_students() -> None:
    page = class_page()
    mistakes = page[page.index('id="mistakes"') : page.index('id="unnamed"')]
    groups = page[page.index('id="unnamed"') : page.index('id="everyone"')]

    assert mistakes.count(f'href="{_ANNA.link}"') == groups.count(f'href="{_ANNA.link}"') == 1
    assert mistakes.count(f'href="{_BEN.link}"') == 2
    assert "Divided by <code>n</code>" in mistakes
    assert "Told in 2 wordings" in text_of(mistakes)
    assert "Told in 1 wordings" not in text_of(mistakes)


def test_everyone_has_a_row_with_a_link_to_the_report() -> None:
    page = class_page()
    table = page[page.index("<table class=") :]
    body = page[page.rindex("<tbody>") :]

    assert body.count("<tr") == 4
    assert re.findall(r'<a href="(.*?)">', body) == [row.link for row in ROWS if row.link]
    assert "9.5 / 10" in text_of(table)
    assert "Ben Okri attempt 2" in text_of(table)
    assert "0 final" in text_of(table)
    assert "not graded" in text_of(body)
    assert "<code>dweights</code>: off" in body


def test_rows_say_what_they_can_be_found_by() -> None:
    body = class_page().rpartition("<tbody>")[2]

    assert re.findall(r"<tr( .*?)?><th", body) == [
        ' data-missed="2" data-mistakes="0"',
        ' data-missed="0 2" data-mistakes="0 1"',
        "",
        " data-ungraded",
    ]


def test_final_marks_have_a_column_only_where_one_differs() -> None:
    calm = class_page(msgspec.structs.replace(COHORT, moves=False))

    assert 'data-kind="number">final' in class_page()
    assert 'data-kind="number">final' not in calm
    assert " final" not in text_of(calm[calm.index("<tbody>") :])


def test_a_class_of_nobody_has_a_page() -> None:
    text = text_of(class_page(EMPTY, ()))

    assert "0 students, none not graded" in text
    assert "Nobody has handed in anything yet." in text
    assert "Points, as graded" not in text


def test_where_nobody_could_be_graded_there_is_nothing_to_count() -> None:
    cohort = Cohort(students=1, attempts=1, refused=(Refused("is empty", (Who("zoe"),)),))
    text = text_of(class_page(cohort, ROWS[3:]))

    assert "1 student, 1 not graded" in text
    assert "Mistakes" not in text


def test_many_who_failed_alike_are_folded() -> None:
    many = tuple(Who(f"s{n}") for n in range(13))
    few, folded = (
        class_page(msgspec.structs.replace(COHORT, refused=(Refused("is empty", who),)))
        for who in (many[:12], many)
    )

    assert folded.count("<details>") == few.count("<details>") + 1
    assert "s12" in folded


# --- what it may do -------------------------------------------------------------------------------


def test_nothing_but_its_own_sheet_and_script_may_act() -> None:
    page = class_page()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    digests = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for tag in ("style", "script")
        for text in re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    ]

    style, script = digests
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert page.index("Content-Security-Policy") < page.index("<style")


def test_nothing_acts_by_an_attribute_and_every_id_is_given_once() -> None:
    found = Tags(class_page()).found
    names = [name for _, attributes in found for name in attributes]
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    targets = {str(a["href"]) for tag, a in found if tag == "a" and str(a["href"])[0] == "#"}

    assert not [name for name in names if name.startswith("on") or name in ("style", "src")]
    assert len(ids) == len(set(ids))
    assert targets <= {f"#{one}" for one in ids}


def test_what_needs_the_script_shows_with_it_alone() -> None:
    tags = Tags(class_page())
    controls = [a for tag, a in tags.found if tag == "div" and a.get("class") == "controls"]
    table = class_page().rpartition("<thead>")[2].partition("</thead>")[0]

    assert ["hidden" in one for one in controls] == [True]
    assert all("hidden" in one for one in tags.named("button") if one.get("class") == "pick")
    assert "<button" not in table


def test_hostile_text_is_text_everywhere() -> None:
    who = (Who(_HOSTILE, _HOSTILE),)
    cohort = msgspec.structs.replace(
        COHORT,
        deadline=_HOSTILE,
        refused=(Refused(_HOSTILE, who),),
        outputs=(
            OutputShare(exercise=_HOSTILE, title=_HOSTILE, name=_HOSTILE, got=0, partly=0, of=1),
        ),
        mistakes=(
            MistakeShare(
                id=_HOSTILE, title=_HOSTILE, wordings=1, outputs=((_HOSTILE, 1),), students=who
            ),
        ),
        agreements=(Agreement(_HOSTILE, _HOSTILE, who),),
    )
    row = IndexRow(_HOSTILE, _HOSTILE, 1.0, 3.0, _HOSTILE, _HOSTILE, 1.0, _HOSTILE, _HOSTILE)
    plain, page = class_page(rows=ROWS[:1]), class_page(cohort, (row,), title=_HOSTILE)
    tags = Tags(page)

    assert {tag for tag, _ in tags.found} <= {tag for tag, _ in Tags(plain).found}
    assert len(tags.named("script")) == 1
    assert tags.text.count("<script>alert(1)</script>") >= 18
    assert "49" not in tags.text


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example/", "\ud800", "a b\"'<>.html"],
)
def test_a_link_stays_in_the_folder(link: str) -> None:
    row = IndexRow("anna", "a.py", 1.0, 1.0, "", link)
    body = class_page(EMPTY, (row,)).rpartition("<tbody>")[2]
    (found,) = re.findall(r'<a href="([^"]*)">', body)

    assert not found.startswith("/")
    assert re.fullmatch(r"[\w./%-]+", found)


def test_rows_are_never_held() -> None:
    taken: list[str] = []

    def rows() -> Iterator[IndexRow]:
        for number in range(100):
            taken.append(f"student-{number}")
            yield IndexRow(taken[-1], "a.py", 1.0, 1.0, "", None)

    for part in index("Backprop", EMPTY, rows()):
        if part == "student-5":
            break

    assert len(taken) == 6
