"""The author's page: what an unsound assignment is told first; where the marks of figures stand."""

import math
import re
from collections import Counter
from html import unescape

import msgspec
import pytest

from grader.model import (
    CaughtRow,
    Check,
    Failure,
    Margin,
    Soundness,
    Source,
    Survivor,
    TriedCase,
)
from grader.report.author import author_page, soundness
from grader.report.author_figures import Caption, Column, Grid, Row, grid, multiple, scale, short
from grader.report.clean import clean

_HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&lt;b&gt;",
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[31mred\x1b[0m",
    "\u202egnp.exe",
    "\ud800",
    "javascript:alert(1)",
    "</style><style>*{display:none}</style>",
    "']]></svg><svg onload=alert(1)>",
    "x" * 10_000,
)


def case(id_: str, exercise: str = "The layer", source: Source = Source.FRESH) -> TriedCase:
    return TriedCase(id=id_, title=f"about {id_}", exercise=exercise, source=source)


def row(module: str, caught: str, *named: str, breaks: tuple[str, ...] = ("L.a",)) -> CaughtRow:
    mistake = module.partition(".")[0]
    return CaughtRow(
        module=module,
        mistake=mistake,
        caught=tuple(mark == "#" for mark in caught),
        named=named or (mistake,),
        breaks=breaks,
    )


def margin(**changes: object) -> Margin:
    plain = Margin("float64", 1e-8, 1e-7, "loops.py", 1e5, "half.py, L.a")
    return msgspec.structs.replace(plain, **changes)


def found(**changes: object) -> Soundness:
    plain = Soundness(
        title="Toy",
        checks=(Check("everything holds", "all of it"),),
        cases=(case("one"), case("two", "The other"), case("three")),
        rows=(row("half.py", "##·"), row("half.rows.py", "#·#"), row("sign.py", "·##")),
        margins=(margin(),),
    )
    return msgspec.structs.replace(plain, **changes)


def text(page: str) -> str:
    """Return what is read of a page, white space collapsed."""
    body = page[page.index("<body") :]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


# --- in words -------------------------------------------------------------------------------------


def test_a_sound_assignment_is_called_sound_first() -> None:
    read = text(soundness(found()))

    assert read.startswith("Toy ✓ This assignment is sound.")
    assert "✓ No mistake is caught by one case alone." in read
    assert "✓ Every case catches a mistake." in read
    assert "✓ All 3 wrong solutions have their own name, and no other." in read


def test_an_unsound_one_says_what_to_fix_first_and_how() -> None:
    checks = (
        Check("one holds", ""),
        Check(
            "mistakes are caught",
            "",
            (
                Failure("half.py passes every case", "add a case on which it differs"),
                Failure("sign.py passes every case", "add a case on which it differs"),
            ),
        ),
        Check("the last", "", (Failure("it is old", "renew it"),)),
    )

    read = text(soundness(found(checks=checks)))

    assert read.startswith(
        "Toy ✗ This assignment is not sound yet. 2 of 3 checks fail. Fix this first: "
        "half.py passes every case, and 1 more like it → Add a case on which it differs."
    )
    assert read.count("Add a case on which it differs.") == 2  # not once for each


def test_without_cases_it_says_why_nothing_else_is_shown() -> None:
    stale = Check("cases can be made", "", (Failure("cell 3 is stale", "run it again"),))

    read = text(soundness(Soundness(title="Toy", checks=(stale,))))

    assert "cell 3 is stale → Run it again. Without cases nothing else can be tried" in read
    assert "Which case catches which mistake" not in read


def test_many_failures_are_folded_after_the_first_few() -> None:
    failures = tuple(Failure(f"number {i}", "see to it") for i in range(12))

    page = soundness(found(checks=(Check("many", "", failures),)))

    assert "<summary>7 more</summary>" in page
    assert all(f"number {i}" in page for i in range(12))


# --- the kill matrix ------------------------------------------------------------------------------


def test_a_case_that_catches_nothing_and_a_mistake_caught_once_are_pointed_out() -> None:
    rows = (row("half.py", "#··"), row("sign.py", "##·"), row("lost.py", "···", breaks=()))

    page = author_page(found(rows=rows))

    assert [one.row.module for one in page.alone] == ["half.py"]
    assert [one.case.id for one in page.idle] == ["three"]
    (figure,) = page.figures
    assert "∅ three" in {head.text for head in figure.heads if head.kind == "idle"}
    assert {(end.text, end.kind) for end in figure.ends} == {
        ("✗ none", "fail"),
        ("! 1 alone", "wait"),
        ("2", ""),
    }
    read = text(soundness(found(rows=rows)))
    assert "1 caught by one case alone." in read
    assert "half.py, by one" in read
    assert "1 case catches nothing." in read


def test_modules_stand_by_the_output_that_they_break() -> None:
    rows = (
        row("z.py", "##·", breaks=("L.a", "R.b")),
        row("y.py", "##·", breaks=("L.a", "L.b")),
        row("x.form.py", "##·", breaks=("L.a",)),
        row("x.py", "##·", breaks=("L.a",)),
        row("w.py", "···", breaks=()),
        row("v.py", "##·", breaks=("R.b",)),
    )

    groups = author_page(found(rows=rows)).groups

    assert [(group.title, [one.row.module for one in group.rows]) for group in groups] == [
        ("Caught by no case", ["w.py"]),
        ("L.a", ["x.py", "x.form.py"]),
        ("R.b", ["v.py"]),
        ("Several outputs of L", ["y.py"]),
        ("Several outputs", ["z.py"]),
    ]


def test_a_case_stands_beside_those_of_its_exercise_with_its_own_marks() -> None:
    figure = author_page(found(rows=(row("half.py", "·#·"),))).figures[0]

    assert [head.text for head in figure.heads] == ["∅ one", "∅ three", "two"]
    assert figure.dots.startswith(f"M{figure.heads[2].x - 4:g} ")
    assert figure.dots.count("M") == 1
    assert figure.blanks.count("M") == 2


def test_small_groups_share_a_figure_and_a_large_one_has_its_own() -> None:
    many = [row(f"m{i}.py", "##·", breaks=("L.a",)) for i in range(30)]
    few = [row(f"n{i}.py", "##·", breaks=(f"L.b{i}",)) for i in range(3)]

    figures = author_page(found(rows=(*many, *few))).figures

    assert [len(figure.names) for figure in figures] == [31, 6]
    assert len({figure.names_width for figure in figures}) == 1


def test_the_tables_hold_what_the_figures_show() -> None:
    read = text(soundness(found()))

    assert "half.py L.a 2 one, two" in read
    assert "half.rows.py L.a 2 one, three" in read
    assert "three 2 – about three drawn The layer" in read  # noqa: RUF001 - as it is shown
    assert "half.rows.py half half ✓ yes" in read


# --- names, margins, survivors --------------------------------------------------------------------


def test_a_wrong_name_is_a_cross_and_no_name_has_a_column() -> None:
    rows = (
        row("half.py", "##·"),
        row("half.rows.py", "##·"),
        row("sign.py", "##·", "half"),
        msgspec.structs.replace(row("lost.py", "##·"), named=()),
        row("both.py", "##·", "both", "other"),
    )

    page = author_page(found(rows=rows))

    assert page.confused == 3
    assert page.names is not None
    assert [head.text for head in page.names.heads] == [
        "both", "half", "lost", "sign", "other", "no name",
    ]  # fmt: skip
    assert page.names.dots.count("M") == 2  # both, half
    assert page.names.crosses.count("M") == 3
    assert [number.text for number in page.names.numbers] == ["2"]  # forms of half


def test_a_margin_that_is_too_near_is_said_in_words() -> None:
    near = margin(worst=0.5, nearest=2.0)

    assert not near.spares_right
    assert not near.bars_wrong
    assert "0.5 loops.py ✗ too near 2 half.py, L.a ✗ too near" in text(
        soundness(found(margins=(near,)))
    )


def test_the_scale_keeps_the_order_of_what_is_on_it() -> None:
    drawn = scale([margin(), margin(worst=0.0, nearest=math.inf), margin(worst=30, nearest=0.2)])

    first, extreme, crossed = drawn.bars
    assert first.right.at < drawn.low < drawn.one < drawn.high < first.wrong.at
    assert extreme.right.at <= first.right.at
    assert extreme.wrong.at >= first.wrong.at
    assert (extreme.right.told, extreme.wrong.told) == ("0", "no number")
    assert crossed.wrong.at < drawn.one < drawn.high < crossed.right.at
    assert all(0 <= place <= 100 for place, _ in drawn.ticks)
    assert (drawn.one, "1") in drawn.ticks


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (66.64, "66.6"),
        (0.00645, "0.00645"),
        (1.2e-7, "1.2 \N{MULTIPLICATION SIGN} 10⁻⁷"),
        (4545.0, "4545"),
        (0, "0"),
    ],
)
def test_a_multiple_is_told_as_one_writes_it(number: float, told: str) -> None:
    assert multiple(number) == told


def test_a_survivor_is_shown_amid_its_lines_with_the_entry_to_paste() -> None:
    around = " \n def f(x):\n-    return x > 0\n+    return x >= 0\n "
    diff = "- return x > 0\n+ return x >= 0"

    proof = found(survivors=(Survivor("line 2: > to >=", diff, around),))

    page = soundness(proof)
    assert "<del>-    return x &gt; 0</del>" in page
    assert "<ins>+    return x &gt;= 0</ins>" in page
    (shown,) = author_page(proof).survivors
    assert shown.lines[0][1] == " def f(x):"
    assert msgspec.toml.decode(shown.entry)["equivalent"][0]["diff"].strip() == diff


def test_an_entry_with_quotes_of_its_own_is_still_toml() -> None:
    diff = "- x = '''a\\n'''\n+ x = 1"
    (shown,) = author_page(found(survivors=(Survivor("one", diff, ""),))).survivors

    assert msgspec.toml.decode(shown.entry)["equivalent"][0]["diff"] == diff


# --- places of marks ------------------------------------------------------------------------------


def drawn(columns: int, rows: int) -> Grid:
    return grid(
        Caption("g", "title", "desc"),
        [Column(f"case-{i}", "band") for i in range(columns)],
        [Row(f"row-{i}", (("hit", 1),) * columns, "2") for i in range(rows)],
    )


def test_all_marks_stand_inside_their_figure() -> None:
    figure = drawn(7, 5)

    places = [tuple(map(float, one)) for one in re.findall(r"M([\d.]+) ([\d.]+)h0", figure.dots)]
    assert len(places) == 35
    assert all(0 < x < figure.width and 0 < y < figure.height for x, y in places)
    assert {y for _, y in places} == {name.y for name in figure.names}


def test_a_larger_figure_is_printed_smaller() -> None:
    assert [drawn(columns, 1).size for columns in (5, 35, 40, 300)] == [0, 1, 2, 7]
    assert drawn(5, 60).size > drawn(5, 20).size


def test_a_long_label_is_cut() -> None:
    assert short("x" * 100).endswith("…")
    assert len(short("x" * 100)) == len(short("y" * 50)) < 40
    assert drawn(3, 1).names_width == drawn(3, 9).names_width


# --- hostile text ---------------------------------------------------------------------------------


@pytest.mark.parametrize("hostile", _HOSTILE, ids=range(len(_HOSTILE)))
def test_hostile_text_makes_no_element_anywhere(hostile: str) -> None:
    plain, wild = (_everywhere(word) for word in ("plain", hostile))

    assert _elements(wild) <= _elements(plain)
    assert {character for character in wild if not character.isprintable()} <= {"\n"}
    assert clean(hostile) in unescape(wild)


def _everywhere(word: str) -> str:
    """Return the page of an assignment that has a text in every place there is."""
    named = f"{word}-a"
    checks = (Check(word, word, (Failure(word, word, word),)),)
    cases = (TriedCase(word, word, word, Source.FRESH), TriedCase(named, word, word, Source.PUBLIC))
    rows = (
        CaughtRow(word, word, (True, False), (word,), (word,)),
        CaughtRow(f"{named}.py", named, (False, False), (), ()),
    )
    return soundness(
        Soundness(
            title=word,
            checks=checks,
            cases=cases,
            rows=rows,
            margins=(margin(precision=word, worst_name=word, nearest_name=word),),
            survivors=(Survivor(word, word, f" {word}\n-{word}\n+{word}"),),
        )
    )


def _elements(page: str) -> Counter[str]:
    return Counter(re.findall(r"<(/?[a-zA-Z!]+)", page))
