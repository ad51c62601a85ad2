"""A changed assignment: what was answered is judged anew, and only what changed is run."""

import csv
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from subprocess import CompletedProcess

import msgspec
import numpy as np
import pytest

from grader.assignment.key import Key
from grader.batch import kept
from grader.explain import Explainer, explainer_of
from grader.grade import Grader, prepare
from grader.judge.changes import changes
from grader.model import Array, Assignment, Scorecard, ScoredCase, State
from grader.sandbox.evidence import Evidence, packed, unpacked
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import LOST, Answer, Child, Hello, Keeper
from grader.sandbox.memory import Memory, execution_digest
from grader.sandbox.paths import policy_for
from grader.sandbox.session import Conversation
from grader.submission.read import read_submission
from tests.builders import scorecard, scored_case, scored_output
from tests.conftest import BACKPROP, ROOT, RunCli

_SOLUTIONS = ROOT / "solutions" / "backprop"
_WORKS = {
    "anna": _SOLUTIONS / "layers.py",
    "ben": _SOLUTIONS / "mistakes" / "leaky.py",
    "carl": ROOT / "tests" / "corpus" / "os-exit" / "layers.py",
    "dora": BACKPROP / "layers.py",
}
_MISTAKES = ("leaky", "mask-only", "mean-over-batch")
# Whatever runs it leaves another stamp on the page: in the class body, in a case.
_STAMP = "print('stamp', time.time_ns(), 'end')"
_NOTHING = r"Cases run: 0; judged anew: (\d+); further runs to explain: 0\."

Regrade = Callable[..., CompletedProcess[str]]


def stamped(source: str) -> str:
    source = source.replace("class Activation_ReLU:", f"class Activation_ReLU:\n    {_STAMP}\n")
    head, _, tail = source.rpartition("    def backward(self, dvalues):\n")
    return f"import time\n{head}    def backward(self, dvalues):\n        {_STAMP}\n{tail}"


class Course:
    """A class that was graded into `out`, and a copy of the assignment to be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.students = folder / "class"
        self.assignment = folder / "assignments" / "backprop"

    def change(self, *pairs: tuple[str, str], name: str = "assignment.toml") -> None:
        path = self.assignment / name
        text = path.read_text(encoding="utf-8")
        for old, new in pairs:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def points(self) -> dict[str, Fraction]:
        with (self.out / "grades.csv").open(encoding="utf-8", newline="") as file:
            return {row["student"]: Fraction(row["backprop"]) for row in csv.DictReader(file)}

    def published(self) -> dict[str, bytes]:
        """Return every file that others may see."""
        found = (path for path in self.out.rglob("*") if path.is_file())
        return {
            str(path.relative_to(self.out)): path.read_bytes()
            for path in found
            if not path.name.startswith("ledger.")
        }

    def answers(self) -> dict[str, dict[bytes, Answer]]:
        """Return what is kept of each student."""
        archive = kept.Archive(self.out / "ledger.sqlite")
        with closing(archive), closing(sqlite3.connect(self.out / "ledger.sqlite")) as database:
            students = [row[0] for row in database.execute("SELECT student FROM evidence")]
            found = {student: archive.evidence(student, 1) for student in students}
        return {student: one.answers for student, one in found.items() if one is not None}

    def stamps(self) -> list[str]:
        """Return the stamps on the page of who leaves some."""
        (page,) = (self.out / "reports").glob("*-emil.html")
        return re.findall(r"stamp (\d+) end", page.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def graded(run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Grade a class, once for all tests here."""
    course = Course(tmp_path_factory.mktemp("course"))
    shutil.copytree(BACKPROP, course.assignment)
    shutil.copytree(_SOLUTIONS, course.folder / "solutions" / "backprop")
    for module in (course.folder / "solutions" / "backprop" / "mistakes").glob("*.py"):
        if module.stem not in _MISTAKES:  # each is run once more for each change
            module.unlink()
    course.students.mkdir()
    for student, work in _WORKS.items():
        shutil.copy(work, course.students / f"{student}.py")
    leaky = _WORKS["ben"].read_text(encoding="utf-8")
    (course.students / "emil.py").write_text(stamped(leaky), encoding="utf-8")
    done = run_cli("batch", "-a", course.assignment, course.students, "-o", course.out)
    assert done.returncode == 0, done.stderr
    return course


@pytest.fixture
def course(graded: Course, tmp_path: Path) -> Course:
    shutil.copytree(graded.folder, tmp_path / "course")
    return Course(tmp_path / "course")


@pytest.fixture
def regrade(run_cli: RunCli, course: Course) -> Regrade:
    return lambda *args: run_cli("regrade", course.out, "-a", course.assignment, *args)


def counted(done: CompletedProcess[str]) -> tuple[int, ...]:
    """Return what a regrade says that it took: cases run, judged anew, further runs."""
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = re.findall(r"^Cases run.*$", done.stdout, re.MULTILINE)
    return tuple(int(number) for number in re.findall(r"\d+", line))


def cards(course: Course) -> dict[str, Scorecard]:
    found = (path.read_bytes() for path in sorted((course.out / "scorecards").iterdir()))
    loaded = [msgspec.json.decode(data, type=Scorecard) for data in found]
    return {card.submission.student: card for card in loaded}


def test_what_waits_to_be_graded_again_is_not_regraded(course: Course, regrade: Regrade) -> None:
    with closing(sqlite3.connect(course.out / "ledger.sqlite")) as database, database:
        database.execute("UPDATE attempts SET result = NULL WHERE student = 'anna'")

    done = regrade("--publish")

    assert done.returncode == 4
    assert "not graded: anna: not graded yet" in done.stderr
    assert not (course.out / "reports" / ".html").exists()


def test_what_is_kept_is_for_its_owner_alone(graded: Course) -> None:
    assert (graded.out / "ledger.sqlite").stat().st_mode & 0o077 == 0


# --- marking alone --------------------------------------------------------------------------------


def test_without_a_change_nothing_moves_and_nothing_is_run(graded: Course, run_cli: RunCli) -> None:
    done = run_cli("regrade", graded.out)

    assert counted(done) == (0, 5 * len(all_cases_of(graded)), 0)
    assert "0 of 5 scores move" in done.stdout


def all_cases_of(course: Course) -> list[ScoredCase]:
    return [case for one in cards(course)["anna"].exercises for case in one.cases]


def test_other_points_move_just_the_expected_scores_and_nothing_is_run(
    course: Course, regrade: Regrade
) -> None:
    before, kept_before = course.published(), course.answers()
    course.change(("points = 6\n", "points = 12\n"))
    expected = {
        student: sum(
            Fraction(one.points) * (2 if one.id == "dense" else 1) for one in card.exercises
        )
        for student, card in cards(course).items()
    }
    was = course.points()

    shown = regrade()

    assert re.search(_NOTHING, shown.stdout), shown.stdout
    moved = dict(re.findall(r"^(\w+): (?:\S+) → (\S+) of 16$", shown.stdout, re.MULTILINE))
    assert set(moved) == {name for name in was if was[name] != expected[name]}
    assert {n: float(Fraction(p)) for n, p in moved.items()} == pytest.approx(
        {name: float(expected[name]) for name in moved}, abs=1e-4
    )
    assert "dense Layer_Dense.dweights: 2 → 4 of 4 (it counts 4, not 2)" in shown.stdout
    assert (course.published(), course.answers()) == (before, kept_before)


def test_what_is_published_is_what_a_batch_would_give_but_nothing_is_run(
    course: Course, regrade: Regrade, run_cli: RunCli
) -> None:
    course.change(("points = 6\n", "points = 12\n"))
    stamps = course.stamps()

    done = regrade("--publish")

    assert re.search(_NOTHING, done.stdout), done.stdout
    assert course.stamps() == stamps
    assert len(stamps) >= 2
    regraded = course.published()
    shutil.rmtree(course.out)
    run_cli("batch", "-a", course.assignment, course.students, "-o", course.out)
    batched = course.published()
    assert regraded.keys() == batched.keys()
    assert [name for name in batched if batched[name] != regraded[name]] == [
        "reports/00005-emil.html"  # that was run again: it has other stamps
    ]
    assert not set(course.stamps()) & set(stamps)


def test_a_batch_after_it_has_nothing_to_do(
    course: Course, regrade: Regrade, run_cli: RunCli
) -> None:
    course.change(("points = 6\n", "points = 12\n"))
    regrade("--publish")

    done = run_cli("batch", "-a", course.assignment, course.students, "-o", course.out)

    assert "5 of them were graded before" in done.stdout


def test_a_case_of_another_tolerance_is_judged_anew(course: Course, regrade: Regrade) -> None:
    wide = "tolerance = { float64 = 1e3 }\n"
    course.change(('draw = "relu_batch"\n', f'draw = "relu_batch"\n{wide}'))

    done = regrade()

    assert re.search(_NOTHING, done.stdout), done.stdout
    assert "wrong → passed: relu-batch" in done.stdout
    assert re.findall(r"^(\w+): ", done.stdout, re.MULTILINE) == ["ben", "emil"]


# --- what changed is run --------------------------------------------------------------------------


def test_a_changed_case_is_run_alone(course: Course, regrade: Regrade) -> None:
    before = course.answers()
    course.change(
        (
            'draw = "relu_positive"\n\n[[cases]]\nid = "relu-positive-2"',
            'draw = "relu_square"\n\n[[cases]]\nid = "relu-positive-2"',
        )
    )

    ran, known, _ = counted(regrade())

    total = 5 * len(all_cases_of(course))
    assert (ran, known) == (5, total - 5)
    after = course.answers()
    assert all(before[name].items() <= after[name].items() for name in before)
    assert len(after["anna"]) == len(before["anna"]) + 1  # who is right needs no explaining
    assert counted(regrade()) == (0, total, 0)


def test_inputs_of_record_are_used_and_not_the_generator(
    course: Course, regrade: Regrade, run_cli: RunCli
) -> None:
    course.change(('np.abs(given["Z"]) + 0.1}', 'np.abs(given["Z"]) + 0.2}'), name="cases.py")

    done = regrade("--publish")
    (course.students / "fay.py").write_bytes(_WORKS["anna"].read_bytes())
    later = run_cli("batch", "-a", course.assignment, course.students, "-o", course.out)

    assert counted(done)[:2] == (0, 5 * len(all_cases_of(course)))
    assert "5 of them were graded before" in later.stdout
    after = course.answers()
    assert after["fay"].keys() == after["anna"].keys()


def test_a_new_case_is_run(course: Course, regrade: Regrade) -> None:
    silent = '[[cases]]\nid = "relu-silent"'
    more = 'id = "relu-more"\nexercise = "relu"\ntitle = "more"\nprogram = "relu"\n'
    more += 'draw = "relu_batch"\nweight = 30\n'
    course.change((silent, f"[[cases]]\n{more}\n{silent}"))

    done = regrade()

    assert counted(done)[:2] == (5, 5 * len(all_cases_of(course)))
    assert "new (wrong): relu-more" in done.stdout


# --- whom it may lower ----------------------------------------------------------------------------


def test_nobody_loses_where_the_best_is_kept(course: Course, regrade: Regrade) -> None:
    # The dense layer counts less, the ReLU more: ben and carl have the layer alone.
    course.change(("points = 6\n", "points = 4\n"), ("points = 3\n", "points = 6\n"))
    was, reports = course.points(), course.published()

    shown = regrade()
    done = regrade("--publish", "--keep-best")

    assert shown.returncode == done.returncode == 0
    after = course.points()
    assert {name for name in after if after[name] > was[name]} == {"anna"}
    assert {name for name in after if after[name] < was[name]} == set()
    assert "carl: 6 → 4 of 11 (stays as it was)" in done.stdout
    now = course.published()
    assert now["reports/00003-carl.html"] == reports["reports/00003-carl.html"]
    assert now["reports/00001-anna.html"] != reports["reports/00001-anna.html"]


def test_a_mark_by_hand_stays(course: Course, regrade: Regrade, run_cli: RunCli) -> None:
    done = run_cli("adjust", course.out, "ben", "--points", "9", "--remark", "seen in class")
    assert done.returncode == 0, done.stderr
    course.change(("points = 6\n", "points = 12\n"))

    regrade("--publish")

    with (course.out / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert (rows["ben"]["final"], rows["ben"]["remark"]) == ("9", "seen in class")
    assert rows["anna"]["final"] == rows["anna"]["backprop"] != "10"


# --- what cannot be regraded ----------------------------------------------------------------------


def test_where_there_is_no_batch_it_says_so(run_cli: RunCli, tmp_path: Path) -> None:
    done = run_cli("regrade", tmp_path)

    assert done.returncode == 2
    assert "holds no batch" in done.stderr
    assert not list(tmp_path.iterdir())


def test_another_key_is_refused(graded: Course, run_cli: RunCli) -> None:
    done = run_cli("regrade", graded.out, env={"GRADER_KEY": "quite another secret"})

    assert done.returncode == 2
    assert "graded by another course key" in done.stderr


def test_another_assignment_is_refused(graded: Course, run_cli: RunCli) -> None:
    done = run_cli("regrade", graded.out, "-a", ROOT / "assignments" / "mse")

    assert done.returncode == 2
    assert "a batch of backprop, not of mse" in done.stderr


def test_of_whom_nothing_is_kept_is_told(course: Course, regrade: Regrade) -> None:
    with closing(sqlite3.connect(course.out / "ledger.sqlite")) as database, database:
        database.execute("DELETE FROM evidence WHERE student = 'ben'")
    was = course.points()

    done = regrade("--publish")

    assert done.returncode == 4
    assert "not graded: ben: nothing is kept of it" in done.stderr
    assert course.points() == was


@pytest.mark.parametrize("damaged", [b"", bytes(64)], ids=["cut off", "overwritten"])
def test_other_inputs_are_not_drawn_in_the_place_of_damaged_ones(
    damaged: bytes, course: Course, regrade: Regrade
) -> None:
    with closing(sqlite3.connect(course.out / "ledger.sqlite")) as database, database:
        database.execute("UPDATE inputs SET given = ? WHERE name LIKE 'dense-tall%'", (damaged,))

    done = regrade()

    assert done.returncode == 2
    assert "what dense-tall was graded on cannot be read" in done.stderr


def test_answers_of_another_place_are_not_taken_for_this_ones(
    course: Course, regrade: Regrade
) -> None:
    path = course.out / "ledger.sqlite"
    with closing(kept.Archive(path)) as archive, closing(sqlite3.connect(path)) as database:
        evidence = archive.evidence("anna", 1)
        assert evidence is not None
        other = packed(msgspec.structs.replace(evidence, place="weak, limits"))
        with database:
            database.execute("UPDATE evidence SET packed = ? WHERE student = 'anna'", (other,))

    done = regrade()

    assert counted(done)[0] == len(all_cases_of(course))
    assert "all is run again" in done.stdout


# --- two batches ----------------------------------------------------------------------------------


def test_a_diff_tells_who_moved_and_who_is_in_one_alone(
    course: Course, graded: Course, run_cli: RunCli
) -> None:
    course.change(("points = 6\n", "points = 12\n"))
    (course.students / "fay.py").write_bytes(_WORKS["anna"].read_bytes())
    run_cli("batch", "-a", course.assignment, course.students, "-o", course.out)

    done = run_cli("diff", graded.out, course.out)
    same = run_cli("diff", graded.out, graded.out)

    assert (done.returncode, same.returncode) == (0, 0), done.stderr
    assert "anna: 10 → 16 of 16" in done.stdout
    assert "it counts 4, not 2" in done.stdout
    assert f"fay: in {course.out} alone" in done.stdout
    assert same.stdout == "0 of 5 scores differ.\n"


# --- changes: pure --------------------------------------------------------------------------------


def card(**points: float) -> Scorecard:
    """Return a scorecard of one output in cases by id; what has no points is wrong."""
    cases = []
    for id_, got in points.items():
        state = State.PASSED if got else State.WRONG
        output = scored_output(state=state, points=got, max_points=1.0)
        cases.append(scored_case(state, id=id_, outputs=(output,)))
    return scorecard(*cases)


def test_equal_scorecards_have_no_changes() -> None:
    found = changes(card(a=1, b=0), card(a=1, b=0))

    assert found.before == found.after == 1
    assert not found.outputs


def test_what_changed_is_told_by_case() -> None:
    (one,) = changes(card(a=1, b=0, gone=1), card(a=0, b=0, new=0)).outputs

    assert (one.exercise, one.output) == ("dense", "Layer.dweights")
    assert (one.before, one.after, one.max_points) == (2, 0, 3)
    assert one.reasons == ("passed → wrong: a", "new (wrong): new", "gone (passed): gone")


def test_of_many_cases_some_are_named() -> None:
    ids = [f"case-{number}" for number in range(9)]
    before, after = (card(**dict.fromkeys(ids, points)) for points in (1.0, 0.0))

    (one,) = changes(before, after).outputs

    listed = ", ".join(ids[:6])
    assert one.reasons == (f"passed → wrong: {listed} and 3 more",)


def test_points_that_are_forfeited_are_told() -> None:
    forfeited = scored_output(points=0.0, reason="no points: it is broken in another case")
    after = scorecard(scored_case(outputs=(forfeited,)))

    (one,) = changes(scorecard(scored_case()), after).outputs
    (back,) = changes(after, scorecard(scored_case())).outputs

    assert one.reasons == ("no points: it is broken in another case",)
    assert back.reasons == ("no longer: no points: it is broken in another case",)


def test_weights_that_differ_are_told() -> None:
    def weighed(*most: float) -> Scorecard:
        outputs = [scored_output(points=one, max_points=one) for one in most]
        cases = [scored_case(id=f"{n}", outputs=(one,)) for n, one in enumerate(outputs)]
        return scorecard(*cases)

    (shared,) = changes(weighed(1, 3), weighed(2, 2)).outputs
    (more,) = changes(weighed(1, 3), weighed(1, 4)).outputs

    assert shared.reasons == ("its cases share its points otherwise",)
    assert more.reasons == ("it counts 5, not 4",)


# --- what is known is not run ---------------------------------------------------------------------


class Closed(Keeper):
    """Gives out no child: whoever asks for one fails."""

    def _boot(self) -> None:
        pass

    @property
    def hello(self) -> Hello:
        raise AssertionError("a guest was asked for")

    def _new_child(self) -> Child:
        raise AssertionError("a child was asked for")

    def close(self) -> None:
        pass


class Ill(Closed):
    """Gives out children that are lost before they answer."""

    @property
    def hello(self) -> Hello:
        return Hello(left_out={}, versions={})

    def _new_child(self) -> Child:
        return LostChild()


class LostChild:
    alive = False

    def ask(self, *_: object) -> Answer:
        return LOST

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def grader(backprop: Assignment, key: Key, home: Path) -> Iterator[Grader]:
    with keeper_for(policy_for(backprop.limits, backprop.packages)) as keeper:
        yield prepare(backprop, key, home / "cases", keeper)


@pytest.mark.parametrize(
    "work", [*_WORKS.values(), _SOLUTIONS / "mistakes" / "hard-coded.py"], ids=lambda p: p.stem
)
def test_a_submission_that_is_known_starts_no_child(
    work: Path, grader: Grader, backprop: Assignment, home: Path
) -> None:
    submission, memory = read_submission(work, backprop.files), Memory()
    first = grader(submission, memory)
    evidence = Evidence(submission=submission, place="here", answers=memory.answers())
    known = unpacked(packed(evidence), Evidence, 1 << 30)
    assert isinstance(known, Evidence)
    closed = Closed(grader.keeper.policy)

    def explainer() -> Explainer:
        return explainer_of(backprop, grader.cases, lambda: closed, home / "cases")

    nowhere = msgspec.structs.replace(grader, keeper=closed, explainer=explainer)

    again = nowhere(known.submission, Memory(known.answers))

    assert again.scorecard == first.scorecard
    assert again.text == first.text
    assert [one.snippet for one in again.explained.examples] == [
        one.snippet for one in first.explained.examples
    ]


def test_a_fault_of_ours_is_no_answer(grader: Grader, backprop: Assignment) -> None:
    submission, memory = read_submission(_WORKS["anna"], backprop.files), Memory()
    ill = msgspec.structs.replace(grader, keeper=Ill(grader.keeper.policy))

    graded = ill(submission, memory)

    assert not graded.scorecard.is_complete
    assert memory.answers() == {}


def test_cases_of_one_id_are_told_apart(grader: Grader, backprop: Assignment) -> None:
    submission, memory, limits = (
        read_submission(_WORKS["anna"], backprop.files),
        Memory(),
        backprop.limits,
    )
    one = next(case for case in grader.cases if case.id == "relu-batch")
    given = {name: np.asarray(value) for name, value in one.given.items()}
    other = msgspec.structs.replace(one, given={**given, "D": 2 * given["D"]})

    def gradients(known: Memory) -> list[Array]:
        with Conversation(grader.keeper, submission, limits, known) as talk:
            ran = talk.together([one, other])
        values = [outcome.outputs["Activation_ReLU.dinputs"] for outcome in ran]
        return [value.array for value in values if value.array is not None]

    first = gradients(memory)
    again = gradients(Memory(memory.answers()))

    assert np.array_equal(2 * first[0], first[1])
    assert np.array_equal(first, again)


def test_only_what_is_not_known_is_run(grader: Grader, backprop: Assignment) -> None:
    submission, memory, limits = (
        read_submission(_WORKS["carl"], backprop.files),
        Memory(),
        backprop.limits,
    )
    with Conversation(grader.keeper, submission, limits, memory) as talk:
        first = talk.together(grader.cases)
    missing = {execution_digest(case, limits) for case in grader.cases[3:7]}
    known = {key: one for key, one in memory.answers().items() if key not in missing}

    less = Memory(known)
    with Conversation(grader.keeper, submission, limits, less) as talk:
        again = talk.together(grader.cases)

    assert less.ran_now(grader.cases) == 4
    assert less.answers().keys() == memory.answers().keys()
    assert [one.ending for one in again] == [one.ending for one in first]
