"""A grading in three places: equal to one in one place, and nothing but the genuine is taken."""

import ast
import random
import shutil
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from grader.arrays import as_array
from grader.assignment.key import Key
from grader.assignment.manifest import load_assignment
from grader.author.leaks import Scanner, is_drawn
from grader.errors import GraderError, SandboxError, UsageError
from grader.exports.canonical import canonical
from grader.grade import prepare
from grader.model import Assignment, Ending, Graded, Source, Submission, Visibility
from grader.report.html import report
from grader.sandbox.absent import Absent
from grader.sandbox.evidence import REASONS, Unreadable, is_plausible, packed, unpacked
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Answer, Keeper
from grader.sandbox.memory import Memory, execution_digest, loading_digest
from grader.sandbox.paths import policy_for
from grader.sandbox.question import question_of
from grader.sandbox.session import Conversation, overdue
from grader.split.collect import Collected, collected
from grader.split.draw import Draw, Run, digest_of, drawn_run, identity, new_nonce, opened_draw
from grader.split.judge import Unfit, check_drawn_here, fitting, judged
from grader.submission.read import read_submission
from grader.wording import Phrase, say
from tests import builders
from tests.conftest import BACKPROP, ROOT, SECRET, RunCli

pytest.importorskip("hypothesis")

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")  # not the working folder

_SOLUTIONS = ROOT / "solutions" / "backprop"
_CORPUS = ROOT / "tests" / "corpus"
_NONCE = "0123456789abcdef" * 2
_WORKS = {
    "right": _SOLUTIONS / "layers.py",
    "stub": BACKPROP / "layers.py",
    "leaky": _SOLUTIONS / "mistakes" / "leaky.py",
    "mean": _SOLUTIONS / "mistakes" / "mean-over-batch.py",
    "hard-coded": _SOLUTIONS / "mistakes" / "hard-coded.py",
    "exits": _CORPUS / "exit-in-a-method" / "layers.py",
    "loops": _CORPUS / "endless-loop-on-integers" / "layers.py",
    "raises": _CORPUS / "exception" / "layers.py",
    "lacks": _CORPUS / "class-missing" / "layers.py",
    "ends": _CORPUS / "class-body-exits" / "layers.py",
}


class Course:
    """An assignment, what runs it here, and the key."""

    def __init__(self, assignment: Assignment, key: Key, keeper: Keeper, cache: Path) -> None:
        self.assignment = assignment
        self.key = key
        self.keeper = keeper
        self.cache = cache

    def author(self) -> Keeper:
        policy = policy_for(self.assignment.limits, self.assignment.packages)
        return keeper_for(policy, serves_author=True)

    def read(self, path: Path) -> Submission:
        return read_submission(path, self.assignment.files)

    def draw(self, submission: Submission, nonce: str = _NONCE) -> Run:
        who = identity(submission)
        return drawn_run(self.assignment, self.key, nonce, who, self.author, self.cache)

    def collect(self, submission: Submission, draw: Draw) -> bytes:
        return collected(draw, digest_of(draw.sealed()), submission, self.keeper).sealed()

    def whole(self, submission: Submission, nonce: str = _NONCE) -> Graded:
        """Grade a submission in one place, on the same draws."""
        own = self.key.for_run(nonce)
        return prepare(self.assignment, own, self.cache, self.keeper)(submission)


def taken(data: bytes, draw: Draw) -> Collected:
    found = fitting(data, draw, digest_of(draw.sealed()))
    assert isinstance(found, Collected), found
    return found


def refusal(data: bytes, draw: Draw) -> str:
    found = fitting(data, draw, digest_of(draw.sealed()))
    assert isinstance(found, Unfit)
    return found.why


@pytest.fixture(scope="module")
def course(backprop: Assignment, key: Key, home: Path) -> Iterator[Course]:
    with keeper_for(policy_for(backprop.limits, backprop.packages)) as keeper:
        yield Course(backprop, key, keeper, home / "cases")


@pytest.fixture(scope="module")
def drawn(course: Course) -> Run:
    """Draw one run: whose it is can be changed, for its inputs do not follow from that."""
    return course.draw(course.read(_WORKS["leaky"]))


def drawn_for(run: Run, submission: Submission) -> Run:
    draw = msgspec.structs.replace(run.draw, submission=identity(submission))
    return msgspec.structs.replace(run, draw=draw)


# --- equal to a grading in one place --------------------------------------------------------------


_SLOW = ("loops",)
_EACH = [pytest.param(one, marks=pytest.mark.slow) if one in _SLOW else one for one in _WORKS]


@pytest.mark.parametrize("work", _EACH)
def test_a_run_that_is_split_has_the_same_scorecard_and_page(
    work: str, course: Course, drawn: Run
) -> None:
    submission = course.read(_WORKS[work])
    run = drawn_for(drawn, submission)
    whole = course.whole(submission)

    found = taken(course.collect(submission, run.draw), run.draw)
    split = judged(course.assignment, submission, run, found)

    assert canonical(split.scorecard) == canonical(whole.scorecard)
    assert report(split) == report(whole)


def test_whose_run_it_is_changes_no_input(course: Course, drawn: Run) -> None:
    other = course.read(_WORKS["right"])

    assert course.draw(other).draw == drawn_for(drawn, other).draw


def test_what_was_not_tried_is_not_known(course: Course, drawn: Run) -> None:
    submission = course.read(_WORKS["hard-coded"])
    run = drawn_for(drawn, submission)
    found = taken(course.collect(submission, run.draw), run.draw)
    limits = run.draw.limits
    asked = {execution_digest(one, limits) for one in (*run.draw.public, *run.draw.hidden)}
    few = {name: found.answers[name] for name in (*asked, loading_digest(limits))}
    without = msgspec.structs.replace(found, answers=few)

    told, untold = (
        judged(course.assignment, submission, run, taken(one.sealed(), run.draw)).scorecard
        for one in (found, without)
    )

    assert told.diagnoses != () == untold.diagnoses
    assert untold.points_exact == told.points_exact


def test_what_there_was_no_time_to_try_is_no_answer(course: Course, drawn: Run) -> None:
    hurried = msgspec.structs.replace(drawn.draw.trying, submission_wall=0.0)
    submission = course.read(_CORPUS / "os-exit" / "layers.py")  # so each is asked by itself
    draw = drawn_for(drawn, submission).draw
    draw = msgspec.structs.replace(draw, trying=hurried)

    answers = taken(course.collect(submission, draw), draw).answers

    tried = [execution_digest(one, hurried) for some in draw.rounds for one in some]
    assert 0 < len(answers.keys() & set(tried)) < len(tried) / 2
    assert overdue(hurried) not in answers.values()


def test_a_notebooks_rows_stay_where_the_author_says_so(course: Course, drawn: Run) -> None:
    assignment = msgspec.structs.replace(course.assignment, rows_travel=False)
    stays = Course(assignment, course.key, course.keeper, course.cache)
    submission = course.read(_WORKS["right"])
    rows = [case for case in drawn.every if case.source is Source.NOTEBOOK]
    run = stays.draw(submission)

    found = taken(stays.collect(submission, run.draw), run.draw)
    card = judged(assignment, submission, run, found).scorecard

    assert {row.id for row in rows} <= {one.id for one in drawn.draw.hidden}
    assert rows
    assert not {row.id for row in rows} & {one.id for one in run.draw.hidden}
    assert (card.points, card.max_points) == (10, 10)


# --- what is in a draw ----------------------------------------------------------------------------


def test_a_draw_holds_nothing_that_answers_are_judged_by(drawn: Run, key: Key) -> None:
    hidden = [case for case in drawn.cases if case.visibility is Visibility.HIDDEN]
    told = msgspec.msgpack.encode(drawn.draw)
    given = {float(x) for c in drawn.every for v in c.given.values() for x in as_array(v).flat}
    expected = {float(x) for c in hidden for v in c.expected.values() for x in v.flat}
    secret = [x for x in expected - given if is_drawn(x)]

    assert len(secret) > 400
    assert Scanner(secret).find(told) == set()
    assert Scanner([x for x in given if is_drawn(x)]).find(told)
    for one in (key, key.for_run(_NONCE)):
        assert one.secret not in told
        assert one.secret.hex().encode() not in told
        assert one.seed("backprop", hidden[-1].id).encode() not in told


def test_each_run_draws_others_and_so_does_each_key(course: Course, drawn: Run) -> None:
    submission = course.read(_WORKS["leaky"])
    other = Course(
        course.assignment, Key(b"another key of the tests", ""), course.keeper, course.cache
    )
    fresh = {case.id for case in drawn.cases if case.source is Source.FRESH}

    for run in (course.draw(submission, new_nonce()), other.draw(submission)):
        mine = {one.id: one.body for one in drawn.draw.hidden if one.id in fresh}
        theirs = {one.id: one.body for one in run.draw.hidden if one.id in fresh}
        assert mine.keys() == theirs.keys()
        alike = [name for name, body in mine.items() if body == theirs[name]]
        assert len(alike) < len(mine) / 10  # a case of zeros is one in each run
        assert run.key_id != drawn.key_id
        assert run.draw.rounds == drawn.draw.rounds


def test_a_question_is_asked_as_its_case_is(drawn: Run) -> None:
    limits = drawn.draw.limits
    questions = {one.id: one for one in (*drawn.draw.public, *drawn.draw.hidden)}

    for case in drawn.cases:
        assert questions[case.id] == question_of(case)
        assert execution_digest(questions[case.id], limits) == execution_digest(case, limits)


# --- only the genuine is taken --------------------------------------------------------------------


_WRONG = builders.TOY.replace("2 * x", "2 * x + 1")


class Toys:
    """Two small assignments, students, runs: genuine answers to each."""

    def __init__(self, folder: Path, keeper: Keeper) -> None:
        self.courses = {}
        for slug in ("toy", "other"):
            about = load_assignment(builders.write_assignment(folder, slug=slug))
            self.courses[slug] = Course(about, Key(SECRET.encode(), ""), keeper, folder / "cases")
        self.works = {}
        sources = {"anna": builders.TOY, "ben": builders.TOY, "wrong": _WRONG}
        for name, source in sources.items():
            path = folder / f"{name}.py"
            path.write_text(f"{source}# {name}\n", encoding="utf-8")
            self.works[name] = self.courses["toy"].read(path)

    def answers(self, slug: str, who: str, nonce: str) -> tuple[Draw, bytes]:
        draw = self.courses[slug].draw(self.works[who], nonce).draw
        return draw, self.courses[slug].collect(self.works[who], draw)


@pytest.fixture(scope="module")
def toys(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Toys:
    return Toys(tmp_path_factory.mktemp("toys"), course.keeper)


@pytest.fixture(scope="module")
def genuine(toys: Toys) -> tuple[Draw, bytes]:
    return toys.answers("toy", "anna", _NONCE)


@pytest.fixture(scope="module")
def foreign(toys: Toys) -> dict[str, bytes]:
    """Return genuine answers to something else, by what is told of them."""
    return {
        "another assignment: 'other', not toy": toys.answers("other", "anna", _NONCE)[1],
        "another submission: 'ben.py' of 'ben'": toys.answers("toy", "ben", _NONCE)[1],
        f"another run of this submission: {'f' * 32!r}": toys.answers("toy", "anna", "f" * 32)[1],
    }


def test_genuine_answers_of_another_are_refused_and_said_whose(
    genuine: tuple[Draw, bytes], foreign: dict[str, bytes]
) -> None:
    draw, data = genuine

    assert taken(data, draw).submission.name == "anna.py"
    for said, other in foreign.items():
        assert said in refusal(other, draw)


def test_answers_to_another_draw_of_a_run_are_refused(genuine: tuple[Draw, bytes]) -> None:
    draw, data = genuine
    other = msgspec.structs.replace(draw, rounds=draw.rounds[1:])

    assert "another draw of this run" in refusal(data, other)


_Change = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def _flip(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _cut(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[: chance.randrange(len(data))]


def _insert(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.randrange(1, 9)) + data[at:]


def _drop(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.randrange(1, 9) :]


def _swap(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Swap two frames of the record, and leave the digest as it was."""
    head, plain = _parts(data)
    found = msgspec.msgpack.decode(plain, type=Collected)
    one, other = chance.sample(sorted(found.answers), 2)
    swapped = found.answers | {one: found.answers[other], other: found.answers[one]}
    return head + packed(msgspec.structs.replace(found, answers=swapped))


def _splice(chance: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    other = chance.choice(others)
    at = chance.randrange(1, len(data))
    return data[:at] + other[at:]


def _graft(chance: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Put the head of one file before the record of another."""
    head, _ = _parts(data)
    other = chance.choice(others)
    return head + other[len(head) :]


def _parts(data: bytes) -> tuple[bytes, bytes]:
    import zlib  # noqa: PLC0415 - the one place that looks inside

    start = data.index(b"\n") + 1 + 32
    return data[:start], zlib.decompress(data[start:])


_CHANGES: tuple[_Change, ...] = (_flip, _cut, _insert, _drop, _swap, _splice, _graft)


def test_of_two_thousand_mutants_every_one_is_refused_and_none_raises(
    genuine: tuple[Draw, bytes], foreign: dict[str, bytes]
) -> None:
    draw, data = genuine
    chance, others = random.Random(7), list(foreign.values())
    mutants = [_CHANGES[n % len(_CHANGES)](chance, data, others) for n in range(2000)]

    refused = [refusal(mutant, draw) for mutant in mutants if mutant != data]

    assert taken(data, draw)
    assert len(refused) >= 1990
    assert all(refused)


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=400))
def test_any_bytes_are_a_value(genuine: tuple[Draw, bytes], data: bytes) -> None:
    draw, _ = genuine

    assert refusal(data, draw)
    assert refusal(b"grader answers/1\n" + data, draw)
    assert isinstance(unpacked(data, Collected, 1 << 20), Unreadable)


def test_what_grows_without_end_is_refused() -> None:
    bomb = packed(Answer(ending=Ending.ANSWERED, body=bytes(1 << 24)))

    assert len(bomb) < 1 << 18
    assert isinstance(unpacked(bomb, Answer, 1 << 20), Unreadable)
    assert isinstance(unpacked(bomb, Answer, 1 << 25), Answer)


# --- forged: answers whose digest was made again --------------------------------------------------


def test_answers_are_wanting_or_too_many(genuine: tuple[Draw, bytes]) -> None:
    draw, data = genuine
    found = taken(data, draw)
    loaded = loading_digest(draw.limits)
    asked = execution_digest(draw.hidden[0], draw.limits)

    def but(answers: dict[bytes, Answer]) -> str:
        return refusal(msgspec.structs.replace(found, answers=answers).sealed(), draw)

    assert "1 answers to this run are wanting" in but(
        {k: v for k, v in found.answers.items() if k != asked}
    )
    assert "are wanting" in but({k: v for k, v in found.answers.items() if k != loaded})
    assert "1 of these answers are to what this run does not ask" in but(
        found.answers | {b"x" * 16: found.answers[asked]}
    )


_ANSWER = Answer(ending=Ending.ANSWERED, header=b"{}")
_IMPLAUSIBLE: dict[str, dict[str, object]] = {
    "not run": {"ending": Ending.NOT_RUN},
    "raised": {"ending": Ending.RAISED},
    "a step before the first": {"step": -1},
    "much text": {"text": "x" * 20_000},
    "a long answer": {"body": bytes(1 << 21)},
    "a reason of its own": {"reason": Phrase("all is well")},
    "a reason with a form": {"reason": Phrase("it did not return within {seconds:999999999} s")},
    "no value": {"reason": Phrase("it did not return within {seconds} s")},
    "a value too many": {"reason": say("it wrote to the grader's own channel", x="y")},
    "a phrase in a phrase": {"reason": say("it sent {what} in place of an answer", what=say("x"))},
    "a long value": {"reason": say("it sent {what} in place of an answer", what="x" * 999)},
    "another form for many": {
        "reason": Phrase("it wrote to the grader's own channel", many="{x.y}", count=2)
    },
}


@pytest.mark.parametrize("what", _IMPLAUSIBLE)
def test_what_no_keeper_says_is_refused(what: str, genuine: tuple[Draw, bytes]) -> None:
    draw, data = genuine
    found = taken(data, draw)
    asked = execution_digest(draw.hidden[0], draw.limits)
    forged = msgspec.structs.replace(_ANSWER, **_IMPLAUSIBLE[what])

    said = refusal(
        msgspec.structs.replace(found, answers=found.answers | {asked: forged}).sealed(), draw
    )

    assert "no submission can give" in said


def test_a_place_that_is_none_is_refused(genuine: tuple[Draw, bytes]) -> None:
    draw, data = genuine
    found = taken(data, draw)
    places: tuple[dict[str, object], ...] = (
        {"isolation": msgspec.structs.replace(found.isolation, tier="perfect")},
        {"isolation": msgspec.structs.replace(found.isolation, layers=("\x1b[2J",))},
        {"versions": found.versions | {"python": "\x1b[2J"}},
        {"versions": found.versions | {"perl": "5"}},
        {"versions": {}},
    )

    for changes in places:
        forged = msgspec.structs.replace(found, **changes).sealed()
        assert "where they were collected" in refusal(forged, draw)


def test_hostile_names_are_told_inert(genuine: tuple[Draw, bytes]) -> None:
    draw, data = genuine
    found = taken(data, draw)
    name = "\x1b[2J\u202e::error::" + "x" * 500
    hostile = msgspec.structs.replace(found.submission, name=name, student=name, sha256=name)

    said = refusal(msgspec.structs.replace(found, submission=hostile).sealed(), draw)

    assert said.isascii()
    assert said.isprintable()
    assert len(said) < 700


@settings(max_examples=200, deadline=None)
@given(
    which=st.lists(st.integers(0, 1 << 16), min_size=1, max_size=40),
    header=st.one_of(st.binary(max_size=80), st.just(b'{"step": 9}'), st.just(b'{"outputs": {}}')),
    body=st.binary(max_size=80),
    ending=st.sampled_from(Ending),
    reason=st.sampled_from(sorted(REASONS)),
    step=st.one_of(st.none(), st.integers(-2, 1 << 40)),
)
def test_whatever_is_forged_is_refused_or_judged(  # noqa: PLR0913, PLR0917 - parts of an answer
    toys: Toys,
    failed: tuple[Run, Collected],
    which: list[int],
    header: bytes,
    body: bytes,
    ending: Ending,
    reason: str,
    step: int | None,
) -> None:
    run, found = failed
    asked = sorted(found.answers)
    names = ("seconds", "count", "what", "signal", "status")
    values = {name: 7 for name in names if f"{{{name}}}" in reason}
    forged = Answer(
        ending=ending, reason=say(reason, **values), header=header, body=body, step=step
    )
    answers = found.answers | {asked[one % len(asked)]: forged for one in which}
    course, work = toys.courses["toy"], toys.works["wrong"]
    file = msgspec.structs.replace(found, answers=answers).sealed()

    fits = fitting(file, run.draw, digest_of(run.draw.sealed()))

    assert isinstance(fits, Collected) == is_plausible(forged)
    if isinstance(fits, Collected):
        graded = judged(course.assignment, work, run, fits)
        card = graded.scorecard
        assert 0 <= card.points <= card.max_points
        assert canonical(card)
        assert report(graded)


@pytest.fixture(scope="module")
def failed(toys: Toys) -> tuple[Run, Collected]:
    """Return a run of a wrong submission: judging it explains, too."""
    course, work = toys.courses["toy"], toys.works["wrong"]
    run = course.draw(work)
    found = taken(course.collect(work, run.draw), run.draw)
    assert judged(course.assignment, work, run, found).explained.examples
    return run, found


def test_every_reason_that_a_keeper_gives_is_known() -> None:
    said = {
        node.args[0].value
        for path in (ROOT / "grader" / "sandbox").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "say"
        and isinstance(node.args[0], ast.Constant)
    }
    ours = {one for one in said if isinstance(one, str) and "lost" in one}
    inner = {"it ended", "it asked for more memory than there is for it"}

    assert said - ours - inner == REASONS


# --- nothing is run where it is judged ------------------------------------------------------------


def test_who_is_absent_answers_nothing(course: Course) -> None:
    submission, cases = course.read(_WORKS["right"]), course.whole(course.read(_WORKS["right"]))
    shown = [one.case for one in cases.exhibits.values()]
    keeper = Absent(course.keeper.policy, {"python": "3", "numpy": "2"})

    with Conversation(keeper, submission, course.assignment.limits, Memory()) as talk:
        outcomes = talk.together(shown)

    assert {one.ending for one in outcomes} == {Ending.NOT_RUN}
    assert keeper.versions == {"python": "3", "numpy": "2"}


def test_answers_that_were_lost_are_not_handed_on(course: Course, drawn: Run) -> None:
    submission = course.read(_WORKS["leaky"])
    draw = drawn.draw
    with keeper_for(course.keeper.policy) as keeper:
        tried = collected(draw, "0" * 64, submission, keeper)
        assert tried.answers
        lost = Losing(keeper)
        with pytest.raises(SandboxError, match="lost, twice"):
            collected(draw, "0" * 64, submission, lost)


class Losing(Absent):
    """Lets its wall be tried by a keeper that works, and then has nobody to give."""

    def __init__(self, works: Keeper) -> None:
        super().__init__(works.policy, works.versions)
        self._works = works
        self._first = True

    @property
    def hello(self):  # type: ignore[no-untyped-def]  # noqa: ANN201 - as the keeper's own
        return self._works.hello

    def _new_child(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
        first, self._first = self._first, False
        return self._works._new_child() if first else super()._new_child()  # noqa: SLF001


# --- by the command line --------------------------------------------------------------------------

_GUARDED = textwrap.dedent(
    """
    import sys

    def refuse(event, arguments):
        if event in {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"}:
            raise SystemExit(f"network: {event}")
        if event == "subprocess.Popen" and FORBIDDEN in str(arguments[1]):
            raise SystemExit("a guest that must not be was started")
        if event == "open" and any(part in str(arguments[0]) for part in UNSEEN):
            raise SystemExit(f"opened {arguments[0]}")

    FORBIDDEN, *UNSEEN = sys.argv.pop(1).split("|")
    sys.addaudithook(refuse)
    from grader.__main__ import main
    main()
    """
)
_STUDENTS, _AUTHORS = '"serves_author":false', '"serves_author":true'


@pytest.fixture
def guarded(cli_environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command that may start no guest of a kind, and open no file of some names."""

    def run(
        guard: str, *args: str | Path, cwd: Path, **env: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", _GUARDED, guard, *map(str, args)],
            cwd=cwd,
            env=cli_environment | {"PYTHONPATH": str(ROOT), **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def test_three_commands_in_three_places(
    run_cli: RunCli,
    guarded: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    key: Key,
) -> None:
    shutil.copy(_WORKS["leaky"], tmp_path / "layers.py")
    asked, answers = tmp_path / "run.draw", tmp_path / "run.answers"

    done = run_cli("draw", "layers.py", "-o", asked, "-a", BACKPROP, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE(asked.stat().st_mode) == 0o600

    # No key, no folder of the user's own, no assignment, no network.
    nothing = {"GRADER_KEY": "", "GRADER_HOME": "/nonexistent", "CI": "true"}
    guard = f"{_AUTHORS}|assignments|solutions"
    done = guarded(guard, "collect", "layers.py", asked, "-o", answers, cwd=tmp_path, **nothing)
    assert (done.returncode, done.stderr) == (0, "")

    args = ("layers.py", asked, answers, "-a", BACKPROP, "--json", "card.json")
    done = guarded(_STUDENTS, "judge", *args, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")

    secret = key.for_run(opened_draw(asked.read_bytes()).nonce).secret.decode()
    whole = run_cli(
        "grade", "layers.py", "-a", BACKPROP, "--json", "whole.json", "--report", "whole.html",
        cwd=tmp_path, env={"GRADER_KEY": secret},
    )  # fmt: skip
    assert whole.returncode == 0
    assert (tmp_path / "card.json").read_bytes() == (tmp_path / "whole.json").read_bytes()
    page = (tmp_path / "layers.report.html").read_bytes()
    assert page == (tmp_path / "whole.html").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "card.json", "layers.py", "layers.report.html", "run.answers", "run.draw", "whole.html",
        "whole.json",
    ]  # fmt: skip


def test_the_guard_does_guard(
    guarded: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = guarded(_STUDENTS, "grade", _WORKS["right"], "-a", BACKPROP, cwd=tmp_path)
    assert "must not be" in done.stderr

    done = guarded("nothing|assignments", "grade", _WORKS["right"], "-a", BACKPROP, cwd=tmp_path)
    assert "opened" in done.stderr


@pytest.fixture(scope="module")
def toy_files(toys: Toys, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run of a toy: a submission, a draw, its answers."""
    folder = tmp_path_factory.mktemp("files")
    draw, data = toys.answers("toy", "anna", _NONCE)
    (folder / "anna.py").write_text(builders.TOY + "# anna\n", encoding="utf-8")
    (folder / "ben.py").write_text(builders.TOY + "# ben\n", encoding="utf-8")
    (folder / "run.draw").write_bytes(draw.sealed())
    (folder / "run.answers").write_bytes(data)
    changed = msgspec.structs.replace(draw, hidden=draw.hidden[:0])
    (folder / "changed.draw").write_bytes(changed.sealed())
    (folder / "changed.answers").write_bytes(
        toys.courses["toy"].collect(toys.works["anna"], changed)
    )
    (folder / "old.draw").write_bytes(msgspec.structs.replace(draw, numpy="1.0").sealed())
    (folder / "damaged").write_bytes(data[:-1])
    return folder


def test_the_toys_run_is_judged(run_cli: RunCli, toys: Toys, toy_files: Path) -> None:
    toy = toys.courses["toy"].assignment.folder

    done = run_cli("judge", "anna.py", "run.draw", "run.answers", "-a", toy, cwd=toy_files)

    assert done.returncode == 0, done.stderr
    assert "2 of 2" in done.stdout or "2 / 2" in done.stdout


_REFUSED = {
    "a damaged file": (("anna.py", "run.draw", "damaged"), {}, 4, "changed or lost"),
    "a draw in its place": (("anna.py", "run.draw", "run.draw"), {}, 4, "no answers"),
    "answers in a draw's": (("anna.py", "run.answers", "run.answers"), {}, 2, "no draw"),
    "no file": (("anna.py", "run.draw", "nowhere"), {}, 2, "cannot be read"),
    "a folder": (("anna.py", "run.draw", "."), {}, 2, "cannot be read"),
    "another submission": (("ben.py", "run.draw", "run.answers"), {}, 2, "another submission"),
    "a changed draw": (("anna.py", "changed.draw", "changed.answers"), {}, 2, "is not what the"),
    "another key": (
        ("anna.py", "run.draw", "run.answers"),
        {"GRADER_KEY": "another key of the tests"}, 2, "another course key",
    ),
    "another version": (("anna.py", "old.draw", "run.answers"), {}, 2, "another version"),
}  # fmt: skip


@pytest.mark.parametrize("what", _REFUSED)
def test_what_cannot_be_judged_is_told(
    what: str, run_cli: RunCli, toys: Toys, toy_files: Path
) -> None:
    args, env, code, said = _REFUSED[what]
    toy = toys.courses["toy"].assignment.folder

    done = run_cli("judge", *args, "-a", toy, cwd=toy_files, env=env)

    assert done.returncode == code
    assert said in done.stderr
    assert "Next:" in done.stderr


def test_another_assignment_is_told(run_cli: RunCli, toys: Toys, toy_files: Path) -> None:
    other = toys.courses["other"].assignment.folder

    done = run_cli("judge", "anna.py", "run.draw", "run.answers", "-a", other, cwd=toy_files)

    assert done.returncode == 2
    assert "another assignment: 'toy', not other" in done.stderr


def test_a_draw_for_another_submission_is_not_answered(run_cli: RunCli, toy_files: Path) -> None:
    done = run_cli("collect", "ben.py", "run.draw", "-o", "x", cwd=toy_files)

    assert done.returncode == 2
    assert "another submission: 'anna.py'" in done.stderr
    assert not (toy_files / "x").exists()


def test_answers_of_a_lower_tier_are_not_taken(
    run_cli: RunCli, toys: Toys, toy_files: Path, tmp_path: Path
) -> None:
    draw, data = toys.answers("toy", "anna", _NONCE)
    weak = msgspec.structs.replace(taken(data, draw).isolation, tier="weak", layers=("limits",))
    (tmp_path / "weak").write_bytes(
        msgspec.structs.replace(taken(data, draw), isolation=weak).sealed()
    )
    args = ("judge", "anna.py", "run.draw", tmp_path / "weak")
    toy = toys.courses["toy"].assignment.folder

    done = run_cli(*args, "-a", toy, cwd=toy_files)
    assert done.returncode == 4
    assert "'weak'" in done.stderr

    done = run_cli(*args, "-a", toy, "--accept-isolation", "weak", "--json", "-", cwd=toy_files)
    assert done.returncode == 0
    assert '"tier": "weak"' in done.stdout


def test_a_changed_assignment_is_told(course: Course, drawn: Run) -> None:
    changed = msgspec.structs.replace(course.assignment, digest="f" * 64)

    with pytest.raises(UsageError, match="has changed"):
        drawn.draw.check_for(changed, drawn.draw.submission)


def test_a_draw_that_the_key_does_not_draw_is_refused(drawn: Run) -> None:
    one = msgspec.structs.replace(drawn.draw.hidden[0], body=bytes(8))
    forged = msgspec.structs.replace(drawn.draw, hidden=(one, *drawn.draw.hidden[1:]))

    check_drawn_here(drawn, drawn.draw)
    with pytest.raises(GraderError, match="is not what the course key draws"):
        check_drawn_here(drawn, forged)


def test_versions_are_checked_where_code_runs(course: Course, drawn: Run) -> None:
    old = msgspec.structs.replace(drawn.draw, guest="0" * 64)

    with pytest.raises(UsageError, match="another version"):
        course.collect(course.read(_WORKS["leaky"]), old)
    assert drawn.draw.numpy == np.__version__
