"""From points to marks: late days, the floor, drops, rounding, what counts, what is set by hand."""

import csv
import io
import json
import tracemalloc
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from grader.assignment.manifest import load_assignment
from grader.batch.ledger import Ledger, Line, Result, book_of
from grader.batch.marks import (
    Share,
    after_lateness,
    counting,
    dump,
    lateness,
    rounded,
    rows_of,
    settled,
    without_lowest,
)
from grader.batch.roster import Attempt
from grader.batch.terms import Adjustment, Terms, terms_of
from grader.errors import AssignmentError, UsageError
from grader.exports import gradescope, moodle
from grader.exports.marked import Marked, comment
from grader.exports.spreadsheet import spreadsheet
from grader.model import Policy, ScoredExercise
from tests.builders import MANIFEST, assignment, exercise, scorecard, write_assignment

DEADLINE = "2026-01-31T12:00"
TEN = Fraction(10)


def card(*earned: tuple[Fraction, Fraction]) -> str:
    """Return a scorecard's JSON: what each exercise earned, and of how much."""
    exercises = tuple(
        ScoredExercise(id=f"e{n}", title="", points=float(got), max_points=float(most), cases=())
        for n, (got, most) in enumerate(earned)
    )
    return msgspec.json.encode(scorecard(exercises=exercises)).decode()


def line(points: str | None, number: int = 1, student: str = "anna", **changes: object) -> Line:
    """Return an attempt at 10 points; None could not be graded."""
    result = Result("a.py", points, "10" if points else "0", "look here", None, "reports/a.html")
    plain = Line(student=student, number=number, name=student, ids={}, late=False, result=result)
    return msgspec.structs.replace(plain, **changes)


def terms(policy: Policy, deadline: str | None = None) -> Terms:
    about = assignment(exercise({"x": 10}), policy=policy)
    return terms_of(about, deadline)


def marks(
    lines: Sequence[Line], policy: Policy | None = None, **adjustments: Adjustment
) -> list[Marked]:
    """Return the mark of each student."""
    return list(counting(settled(lines, terms(policy or Policy()), adjustments)))


# --- how late -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "grace", "late", "days"),
    [
        ("2026-01-31T11:59:59.999999", "0", False, 0),
        ("2026-01-31T12:00:00", "0", False, 0),
        ("2026-01-31T12:00:00.000001", "0", True, 1),
        ("2026-02-01T12:00:00", "0", True, 1),
        ("2026-02-01T12:00:00.000001", "0", True, 2),
        ("2026-02-10T12:00:00", "0", True, 10),
        ("2026-02-01T00:00:00", "1/2", True, 0),
        ("2026-02-01T00:00:00.000001", "1/2", True, 1),
        ("2026-02-02T00:00:00", "1/2", True, 1),
        ("2026-01-31T20:00:00", "1/3", True, 0),
        ("2026-01-31T20:00:00.000001", "1/3", True, 1),
        ("2026-01-01T00:00:00", "2", False, 0),
    ],
)
def test_days_that_are_begun_after_the_grace_count(
    received: str, grace: str, days: int, *, late: bool
) -> None:
    policy = Policy(deadline=DEADLINE, grace=Fraction(grace))

    assert lateness(line("7", received_at=received), policy) == (late, days)


@pytest.mark.parametrize(
    ("received", "days"),
    [("2026-01-31T23:59:59", 0), ("2026-02-01T00:00:00", 1), ("2026-02-01T23:59:59.999999", 1)],
)
def test_a_deadline_that_is_a_date_ends_with_its_day(received: str, days: int) -> None:
    one = line("7", received_at=received)

    assert lateness(one, Policy(deadline="2026-01-31"))[1] == days


def test_times_of_other_places_are_compared_as_times() -> None:
    policy = Policy(deadline="2026-01-31T12:00+01:00")

    assert lateness(line("7", received_at="2026-01-31T11:00:00+00:00"), policy) == (False, 0)
    assert lateness(line("7", received_at="2026-01-31T11:00:01+00:00"), policy) == (True, 1)
    with pytest.raises(UsageError, match="the deadline has none"):
        lateness(line("7", received_at="2026-01-31T11:00:00+00:00"), Policy(deadline=DEADLINE))


@pytest.mark.parametrize("grace", ["0", "3"])
def test_what_an_lms_calls_late_without_a_time_is_a_day_late(grace: str) -> None:
    policy = Policy(deadline=DEADLINE, grace=Fraction(grace))

    assert lateness(line("7", late=True), policy) == (True, 1)
    assert lateness(line("7"), policy) == (False, 0)


def test_a_time_goes_before_what_the_lms_says() -> None:
    one = line("7", late=True, received_at="2026-01-31T11:00:00")

    assert lateness(one, Policy(deadline=DEADLINE)) == (False, 0)


def test_the_deadline_that_a_batch_was_told_goes_before_the_policys() -> None:
    policy = Policy(deadline=DEADLINE, counts="best")

    assert terms(policy).in_force() == policy
    assert terms(policy, "2026-03-01").in_force() == Policy(deadline="2026-03-01", counts="best")


# --- what lateness costs --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "days", "policy", "left"),
    [
        ("7", 0, Policy(late_penalty=Fraction(1, 10)), "7"),
        ("7", 1, Policy(late_penalty=Fraction(1, 10)), "6"),
        ("22/3", 2, Policy(late_penalty=Fraction(1, 3)), "2/3"),
        ("7", 3, Policy(late_penalty=Fraction(1, 4)), "0"),
        ("7", 1, Policy(late_penalty=Fraction(1)), "0"),
        ("0", 1, Policy(late_penalty=Fraction(1, 10)), "0"),
        ("7", 4, Policy(), "7"),
        ("7", 9, Policy(late_penalty=Fraction(1, 10), late_least=Fraction(1, 2)), "5"),
        ("5", 1, Policy(late_penalty=Fraction(1, 10), late_least=Fraction(1, 2)), "5"),
        ("3", 1, Policy(late_penalty=Fraction(1, 10), late_least=Fraction(1, 2)), "3"),
        ("7", 2, Policy(late_most=2), "7"),
        ("7", 3, Policy(late_most=2), "0"),
        ("7", 1, Policy(late_most=0), "0"),
        ("7", 3, Policy(late_most=2, late_least=Fraction(1, 2)), "0"),
    ],
)
def test_lateness_takes_a_share_of_the_maximum(
    points: str, days: int, policy: Policy, left: str
) -> None:
    assert after_lateness(Fraction(points), TEN, days, policy) == Fraction(left)


def test_more_days_never_leave_more_and_never_less_than_nothing() -> None:
    policies = [
        Policy(late_penalty=Fraction(penalty), late_least=Fraction(least), late_most=most)
        for penalty in ("0", "1/30", "1/3", "1")
        for least in ("0", "2/7", "1")
        for most in (None, 0, 5)
    ]
    for points in (Fraction(0), Fraction(1, 3), Fraction(22, 3), TEN):
        for policy in policies:
            left = [after_lateness(points, TEN, days, policy) for days in range(12)]
            assert left[0] == points
            assert all(0 <= later <= earlier for earlier, later in pairwise(left))


# --- drops ----------------------------------------------------------------------------------------


def shares(*pairs: tuple[str, str]) -> list[Share]:
    return [Share(str(n), Fraction(got), Fraction(of)) for n, (got, of) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("found", "drop", "points"),
    [
        (shares(("2", "6"), ("3", "3"), ("1/2", "1")), 0, "11/2"),
        (shares(("2", "6"), ("3", "3"), ("1/2", "1")), 1, "35/4"),
        (shares(("2", "6"), ("3", "3"), ("1/2", "1")), 2, "10"),
        (shares(("2", "6"), ("3", "3"), ("1/2", "1")), 9, "10"),
        (shares(("0", "9"), ("0", "1")), 1, "0"),
        (shares(("3", "6"), ("2", "4")), 1, "5"),
        (shares(("3", "6"), ("1", "2"), ("2", "2")), 1, "15/2"),
        (shares(("1/3", "1"), ("1/7", "1")), 1, "2/3"),
        (shares(("0", "0"), ("1", "2")), 1, "1"),
    ],
)
def test_the_lowest_by_share_are_dropped_and_the_rest_makes_up_the_whole(
    found: list[Share], drop: int, points: str
) -> None:
    earned = sum((one.points for one in found), Fraction(0))

    assert without_lowest(found, drop, earned) == Fraction(points)


def test_a_drop_never_costs_anything() -> None:
    eighths = [Fraction(n, 8) for n in (0, 3, 8)]
    for first in eighths:
        for second in eighths:
            for third in eighths:
                found = [Share("a", first * 5, Fraction(5)), Share("b", second * 3, Fraction(3))]
                found.append(Share("c", third * 2, Fraction(2)))
                earned = sum((one.points for one in found), Fraction(0))
                kept = [without_lowest(found, drop, earned) for drop in range(4)]
                assert all(0 <= less <= more <= TEN for less, more in pairwise(kept))


def test_what_a_scorecard_tells_in_decimals_is_dropped_exactly() -> None:
    told = card((Fraction(1, 3), Fraction(3)), (Fraction(22, 7), Fraction(7)))
    found = line("73/21")
    assert found.result is not None
    found = msgspec.structs.replace(
        found, result=msgspec.structs.replace(found.result, scorecard=told)
    )

    (mark,) = marks([found], Policy(drop=1))

    assert mark.exercises == {"e0": Fraction(1, 3), "e1": Fraction(22, 7)}
    assert (mark.raw, mark.final) == (Fraction(73, 21), Fraction(220, 49))


# --- rounding -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "step", "wanted"),
    [
        ("22/3", None, "22/3"),
        ("22/3", "1/4", "29/4"),
        ("29/8", "1/4", "15/4"),
        ("3624999/1000000", "1/4", "7/2"),
        ("1/2", "1", "1"),
        ("5/2", "1", "3"),
        ("0", "1/2", "0"),
        ("10", "1/4", "10"),
        ("9", "4", "8"),
        ("39/4", "3", "9"),
        ("10", "7/2", "10"),
        ("1/6", "1/3", "1/3"),
    ],
)
def test_points_are_rounded_to_the_nearest_step_halves_up(
    points: str, step: str | None, wanted: str
) -> None:
    found = rounded(Fraction(points), TEN, None if step is None else Fraction(step))

    assert found == Fraction(wanted)


def test_lateness_is_taken_off_before_rounding() -> None:
    policy = Policy(deadline=DEADLINE, late_penalty=Fraction(1, 3), round_to=Fraction(1, 2))

    (mark,) = marks([line("9", received_at="2026-02-01T00:00")], policy)

    assert (mark.final, mark.days_late) == (Fraction(11, 2), 1)


# --- which attempt counts -------------------------------------------------------------------------


def test_the_latest_or_the_best_attempt_counts() -> None:
    lines = [line("7"), line("22/3", 2), line(None, 3)]
    lines += [line("5", student="ben"), line("5", 2, student="ben")]

    assert [one.attempt for one in marks(lines)] == [3, 2]
    assert [one.attempt for one in marks(lines, Policy(counts="best"))] == [2, 1]


def test_the_best_is_the_best_after_penalties() -> None:
    lines = [line("7"), line("9", 2, received_at="2026-02-02T12:00")]
    policy = Policy(deadline=DEADLINE, late_penalty=Fraction(1, 10), counts="best")

    (dear,) = marks(lines, msgspec.structs.replace(policy, late_penalty=Fraction(3, 20)))
    (equal,) = marks(lines, policy)
    (cheap,) = marks(lines, msgspec.structs.replace(policy, late_penalty=Fraction(1, 20)))

    assert (dear.attempt, dear.final) == (1, Fraction(7))
    assert (equal.attempt, equal.final) == (1, Fraction(7))
    assert (cheap.attempt, cheap.final) == (2, Fraction(8))


def test_by_default_points_are_the_mark() -> None:
    (mark,) = marks([line("22/3", late=True)])

    assert (mark.raw, mark.final) == (Fraction(22, 3), Fraction(22, 3))


def test_what_was_not_graded_has_no_mark_whatever_the_policy() -> None:
    policy = Policy(
        deadline=DEADLINE, late_penalty=Fraction(1), late_most=0, drop=1, round_to=Fraction(1)
    )
    (mark,) = marks([line(None, late=True)], policy)

    assert (mark.raw, mark.final, mark.max_points) == (None, None, TEN)


# --- set by hand ----------------------------------------------------------------------------------


def test_a_mark_that_was_set_by_hand_is_final() -> None:
    policy = Policy(late_penalty=Fraction(1, 2), round_to=Fraction(1))
    lines = [line("7", late=True), line("9", 2), line(None, student="ben")]

    anna, ben = marks(lines, policy, anna=Adjustment("17/2"), ben=Adjustment("0", "came in person"))

    assert (anna.attempt, anna.adjusted, anna.remark) == (2, True, "look here")
    assert (anna.raw, anna.final) == (Fraction(9), Fraction(17, 2))
    assert (ben.raw, ben.final, ben.max_points) == (None, Fraction(0), TEN)
    assert (ben.adjusted, ben.remark) == (True, "came in person")


def test_a_remark_alone_leaves_the_mark_as_it_is() -> None:
    (mark,) = marks([line("7")], anna=Adjustment(remark="well done"))

    assert (mark.final, mark.adjusted, mark.remark) == (Fraction(7), False, "well done")


def test_only_the_attempt_that_counts_is_marked_by_hand() -> None:
    lines = [line("7"), line("9", 2)]
    by_hand = {"anna": Adjustment("1")}

    rows = json.loads("".join(dump(settled(lines, terms(Policy(counts="best")), by_hand))))

    assert [(row["attempt"], row["counts"], row["points"], row["final"]) for row in rows] == [
        (1, False, "7", "7"),
        (2, True, "9", "1"),
    ]
    assert [row["adjusted"] for row in rows] == [False, True]


# --- what is told ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "final", "days", "adjusted", "told"),
    [
        ("7", "7", 0, False, "look"),
        (None, None, 1, False, "look"),
        ("7", "6", 1, False, "6 of 10 points (7 as graded; 1 day late).\nlook"),
        ("7", "5", 2, False, "5 of 10 points (7 as graded; 2 days late).\nlook"),
        ("22/3", "29/4", 0, False, "7.25 of 10 points (7.3333 as graded; by the course's rules)."),
        ("7", "8", 1, True, "8 of 10 points (7 as graded; set by hand).\nlook"),
        (None, "8", 0, True, "8 of 10 points (not graded; set by hand).\nlook"),
    ],
)
def test_a_comment_says_what_came_of_the_points(
    raw: str | None, final: str | None, days: int, told: str, *, adjusted: bool
) -> None:
    points = [None if text is None else Fraction(text) for text in (raw, final)]
    mark = Marked(
        student="7", name="Anna", ids={"moodle_participant": "7"}, raw=points[0], final=points[1],
        max_points=TEN, late=days > 0, remark="look" if "look" in told else "", report=None,
        days_late=days, adjusted=adjusted,
    )  # fmt: skip

    assert comment(mark) == told
    (row,) = csv.DictReader(io.StringIO(moodle.worksheet([mark]).text, newline=""))
    assert row["Feedback comments"] == told.replace("\n", "<br>")
    assert json.loads(gradescope.results([mark]).text)["7"]["output"] == told


# --- the table of all that is known ---------------------------------------------------------------

_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NASTY = [
    '=HYPERLINK("https://example.org")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx",
    "\n=1", "\uff1d1+1", "'=1", "''=1", "'", "''", "'a", "1,2;3", '"', "two\nlines", " =1", "-12",
    "Muñoz, Ana", "00123", "",
]  # fmt: skip


def read_back(cell: str) -> str:
    behind = cell.lstrip("'")
    return cell[1:] if cell != behind and behind.startswith(_RUN) else cell


def table(*found: Marked) -> list[dict[str, str]]:
    text = spreadsheet(found).text
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("text", _NASTY)
def test_texts_run_nothing_and_are_read_back_as_they_were(text: str) -> None:
    (mark,) = marks([line("7", student=text, ids={"canvas_user": text})])
    (row,) = table(msgspec.structs.replace(mark, remark=text))

    columns = ("student", "name", "id canvas_user", "remark")
    assert [read_back(row[column]) for column in columns] == [text] * 4
    assert not any(row[column].startswith(_RUN) for column in ("name", "remark"))


def test_a_row_tells_all_that_is_known_of_a_mark() -> None:
    policy = Policy(deadline=DEADLINE, late_penalty=Fraction(1, 10))
    known = line("7", 2, ids={"sis_login": "amu"}, received_at="2026-02-02T12:00")
    assert known.result is not None
    result = msgspec.structs.replace(known.result, scorecard=card((Fraction(7), TEN)))
    lines = [msgspec.structs.replace(known, result=result)]
    lines += [line(None, student="ben"), line(None, student="carl", ids={"canvas_user": "9"})]

    anna, ben, carl = table(*marks(lines, policy, carl=Adjustment("3", "orally")))

    assert anna == {
        "student": "anna", "name": "anna", "id canvas_user": "", "id sis_login": "amu",
        "attempt": "2", "late": "yes", "days late": "2", "raw": "7", "final": "5", "max": "10",
        "raw e0": "7", "set by hand": "", "remark": "look here",
    }  # fmt: skip
    assert [ben[name] for name in ("raw", "final", "max", "raw e0")] == ["", "", "10", ""]
    assert [carl[name] for name in ("raw", "final", "set by hand", "remark", "id canvas_user")] == [
        "", "3", "yes", "orally", "9",
    ]  # fmt: skip


# --- in a manifest --------------------------------------------------------------------------------


def read_policy(folder: Path, table_: str) -> Policy:
    return load_assignment(write_assignment(folder, f"{MANIFEST}\n[policy]\n{table_}\n")).policy


def test_a_policy_is_read(tmp_path: Path) -> None:
    found = read_policy(
        tmp_path,
        """
        deadline = "2026-01-31T23:59+01:00"
        grace = "1/2"
        late_penalty = "1/10"
        late_least = "1/2"
        late_most = 7
        counts = "best"
        round_to = "1/4"
        """,
    )

    assert found == Policy(
        deadline="2026-01-31T23:59+01:00",
        grace=Fraction(1, 2),
        late_penalty=Fraction(1, 10),
        late_least=Fraction(1, 2),
        late_most=7,
        counts="best",
        round_to=Fraction(1, 4),
    )


def test_without_a_policy_nothing_changes(tmp_path: Path) -> None:
    assert load_assignment(write_assignment(tmp_path)).policy == Policy()


@pytest.mark.parametrize(
    ("written", "deadline"),
    [
        ('"2026-01-31"', "2026-01-31"),
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T23:59:00+01:00", "2026-01-31T23:59:00+01:00"),
        ("2026-01-31 23:59:00", "2026-01-31T23:59:00"),
    ],
)
def test_a_deadline_may_be_a_time_of_toml(tmp_path: Path, written: str, deadline: str) -> None:
    assert read_policy(tmp_path, f"deadline = {written}").deadline == deadline


@pytest.mark.parametrize(
    ("table_", "named"),
    [
        ("graces = 1", "graces"),
        ('deadline = "Friday"', "deadline"),
        ("deadline = 5", "deadline"),
        ("deadline = 23:59:00", "deadline"),
        ("grace = -1", "grace"),
        ("grace = 0.5", "grace"),
        ('late_penalty = "11/10"', "late_penalty"),
        ("late_penalty = 0.1", "late_penalty"),
        ('late_penalty = "ten"', "late_penalty"),
        ('late_least = "-1/2"', "late_least"),
        ("late_most = -1", "late_most"),
        ('late_most = "1/2"', "late_most"),
        ('counts = "first"', "counts"),
        ("drop = -1", "drop"),
        ("drop = 1", "drop"),  # of one exercise nothing would be left
        ("round_to = 0", "round_to"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(tmp_path: Path, table_: str, named: str) -> None:
    with pytest.raises(AssignmentError) as caught:
        read_policy(tmp_path, table_)

    assert named in f"{caught.value.message} {caught.value.hint}"


# --- in a ledger ----------------------------------------------------------------------------------


def test_a_ledger_keeps_terms_times_and_what_was_set(tmp_path: Path) -> None:
    policy = Policy(
        deadline=DEADLINE, grace=Fraction(1, 2), late_penalty=Fraction(1, 3), late_most=3,
        counts="best", drop=1, round_to=Fraction(1, 4),
    )  # fmt: skip
    attempt = Attempt("anna", "Ana", {}, 1, False, "2026-01-31T11:00:00+01:00", "/x")  # noqa: FBT003
    with Ledger(tmp_path) as ledger:
        ledger.agree(terms(policy, "2026-03-01"))
        ledger.enter([attempt])
        ledger.adjust("anna", Adjustment("22/3", "well"))
        ledger.adjust("ben", Adjustment("1"))
        ledger.adjust("ben", None)

    with book_of(tmp_path) as book:
        assert book.terms == terms(policy, "2026-03-01")
        assert book.adjustments == {"anna": Adjustment("22/3", "well")}
        assert [one.received_at for one in book.lines] == ["2026-01-31T11:00:00+01:00"]


def test_the_marks_of_a_class_take_no_more_memory_than_they_have(tmp_path: Path) -> None:
    result = Result("x.py", None, "10", "x" * 100_000, None, None)
    with Ledger(tmp_path) as ledger:
        ledger.agree(terms(Policy(), None))
        for number in range(200):
            one = Attempt(f"s{number:03}", "", {}, 1, late=False, received_at=None, path="")
            ledger.enter([one])
            ledger.record(one, "", "", result)

    tracemalloc.start()
    with book_of(tmp_path) as book:
        told = sum(len(part) for part in dump(settled(book.lines, book.terms, {})))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert told > 200 * 100_000
    assert most < 5_000_000


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_dump_is_one_list(count: int) -> None:
    pairs = [*settled([line("7", n) for n in range(count)], terms(Policy()), {})]

    told = "".join(dump(pairs)).encode()

    assert told == msgspec.json.format(msgspec.json.encode([*rows_of(pairs)]), indent=1) + b"\n"
