"""No artefact that a student can see tells anything of a hidden case but its states.

Submissions that try to carry hidden inputs out are graded through the real commands; all bytes that
come out are scanned for the numbers of hidden cases, in every form, and for what was said there.
"""

import base64
import hashlib
import json
import re
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess

import msgspec
import numpy as np
import pytest

from grader.assignment.casebook import all_cases
from grader.assignment.key import Key
from grader.assignment.probes import probes_of
from grader.author.leaks import Scanner, digits_of, of_hidden
from grader.exports.canonical import canonical
from grader.exports.junit import junit
from grader.exports.receipt import row_of
from grader.model import (
    Array,
    Assignment,
    Case,
    Limits,
    Outcome,
    Source,
    SubmissionId,
    Visibility,
)
from grader.report.html import report
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Answer, Keeper
from grader.sandbox.memory import Memory, execution_digest
from grader.sandbox.paths import policy_for
from grader.sandbox.session import Conversation
from grader.split.collect import Collected, collected
from grader.split.draw import Run as SplitRun
from grader.split.draw import digest_of, drawn_run, identity, opened_draw
from grader.split.judge import fitting, judged
from grader.submission.read import read_submission
from tests import builders
from tests.ci import places
from tests.conftest import BACKPROP, SECRET, RunCli
from tests.leaks.submissions import ATTACKS, MARK, PUBLIC_MARK, write
from tests.test_git import commit, git

Artefacts = dict[str, bytes]

_SECRETS = (SECRET, "another secret of the tests, for other draws")
_ALONE = [name for name in ATTACKS if not name.endswith("-again")]
_CARRIERS = [name for name, attack in ATTACKS.items() if attack.carries]
_OF_CI = ("grader-junit.xml", "grader-junit.json", "grader-report.html", "stdout")
_OF_SERVICES = {
    "github": {"runner/GITHUB_STEP_SUMMARY", "runner/GITHUB_OUTPUT"},
    "gitlab": {"gl-code-quality-report.json"},
    "forgejo": {"runner/GITHUB_OUTPUT"},
    "classroom50": {"result.json", "release-body.md"},
    "gradescope": {"results/results.json"},
}
_TAG = re.compile(rb"<[^>]*>")
_UNTOLD = re.compile(rb"<style>.*?</style>|<section aria-labelledby=.code.*?</section>", re.DOTALL)
_PATIENT = Limits(submission_wall=600.0)


@pytest.fixture(scope="module")
def cases(backprop: Assignment, key: Key, home: Path) -> tuple[Case, ...]:
    def author() -> Keeper:
        return keeper_for(policy_for(backprop.limits), serves_author=True)

    return all_cases(backprop, key, author, home / "cases")


@pytest.fixture(scope="module")
def scanner(cases: tuple[Case, ...]) -> Scanner:
    return of_hidden(cases)


@pytest.fixture(scope="module")
def public(cases: tuple[Case, ...], backprop: Assignment) -> frozenset[str]:
    """Return digests of the arrays of public cases, and of what failures are looked into on."""

    def author() -> Keeper:
        return keeper_for(policy_for(backprop.limits), serves_author=True)

    probes = probes_of(backprop, author, None)
    shown = [case for case in cases if case.visibility is Visibility.PUBLIC]
    arrays = [
        np.asarray(value)
        for case in (*shown, *probes.cases, *probes.small, *probes.near)
        for value in (*case.given.values(), *case.expected.values())
    ]
    return frozenset(hashlib.sha1(one.tobytes()).hexdigest()[:10] for one in arrays if one.ndim)


def collected_from(folder: Path, done: CompletedProcess[str]) -> Artefacts:
    """Return all that came out of a command: files, their names, both streams, the exit code."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    names = "\n".join(str(path.relative_to(folder)) for path in sorted(folder.rglob("*")))
    # How fast a class is graded is told to who grades it, and to nobody else.
    errors = [line for line in done.stderr.splitlines() if not line.startswith("graded ")]
    streams = {"stdout": done.stdout.encode(), "stderr": "\n".join(errors).encode()}
    return found | streams | {"names": names.encode(), "exit code": b"%d" % done.returncode}


def leaks(artefacts: Artefacts, scanner: Scanner) -> dict[str, list[str]]:
    """Return what artefacts hold of hidden cases, by artefact."""
    found = {name: sorted(scanner.find(data))[:5] for name, data in artefacts.items()}
    for name, data in artefacts.items():
        if MARK.encode() in data:
            found[name].insert(0, MARK)
    return {name: said for name, said in found.items() if said}


# --- the scanner itself ---------------------------------------------------------------------------

_WAYS: dict[str, Callable[[float], str | bytes]] = {
    "repr": repr,
    "negative": lambda x: repr(-x),
    "NumPy scalar": lambda x: repr(np.float64(x)),
    "NumPy array": lambda x: str(np.array([x, 1.0])),
    "six digits": lambda x: f"{x:.6g}",
    "ten digits": lambda x: f"{x:.10g}",
    **{f"rounded to {n} digits": lambda x, n=n: f"{x:.{n}g}" for n in range(5, 17)},  # type: ignore[misc]
    "cut after six digits": lambda x: f"{x:.15f}"[:8],
    "scientific": lambda x: f"{x:.12e}",
    "hex float": lambda x: x.hex(),
    "hex of a negative float": lambda x: (-x).hex(),
    "little-endian bytes": lambda x: struct.pack("<d", x),
    "big-endian bytes": lambda x: struct.pack(">d", x),
    "little-endian hex": lambda x: struct.pack("<d", x).hex(),
    "big-endian hex": lambda x: struct.pack(">d", -x).hex().upper(),
    **{
        f"base64 of bytes after {n}": lambda x, n=n: base64.b64encode(
            bytes(n) + struct.pack("d", x)
        )  # type: ignore[misc]
        for n in range(3)
    },
    **{
        f"base64 of text after {n}": lambda x, n=n: base64.b64encode(b"x" * n + repr(x).encode())  # type: ignore[misc]
        for n in range(3)
    },
    "URL-safe base64": lambda x: base64.urlsafe_b64encode(struct.pack(">d", x)),
    "reversed": lambda x: repr(x)[::-1],
    "digits alone": lambda x: repr(x).replace(".", ""),
    "digits between commas": lambda x: ",".join(repr(x)),
    "digits between spaces": lambda x: " ".join(repr(x)),
    "digits in lines": lambda x: "\n".join(repr(x)),
    "digits in lines, in JSON": lambda x: json.dumps("\n".join(repr(x))),
    "digits in cells": lambda x: "<tr><td>" + "</td><td>".join(repr(x)) + "</td></tr>",
    "digits in lines, in XML": lambda x: "&#10;".join(repr(x)),
    "digits in lines, in an attribute": lambda x: f'<a b="{"&#10;".join(repr(x))}" c="">',
    "digits in lines, reversed": lambda x: "\n".join(reversed(repr(x))),
}


def stays_long(number: float) -> bool:
    """Tell whether a number, when it is rounded, still has enough digits to be known by."""
    return all(len(digits_of(float(f"{number:.{digits}g}"))) == digits for digits in (5, 6))


@pytest.mark.parametrize("way", _WAYS)
def test_the_scanner_finds_a_number_in_every_form(way: str, scanner: Scanner) -> None:
    numbers = [x for x in sorted(scanner.numbers) if 0.1 < x < 100 and stays_long(x)]
    written = [_WAYS[way](number) for number in numbers[::30]]
    texts = [one if isinstance(one, bytes) else one.encode() for one in written]

    assert [one for one in texts if not scanner.find(b"points: " + one + b" of 10")] == []


def test_the_scanner_finds_the_rows_of_worked_examples(scanner: Scanner) -> None:
    row = [20.485, -0.3664999999999996, 2.746]

    assert scanner.find(str(row).encode())
    assert scanner.find(str(np.array(row)).encode())
    assert scanner.find(" ".join(f"{x:.4g}" for x in row).encode())
    assert scanner.find("".join(f"<td>{x:.6g}</td>\n" for x in row).encode())
    assert scanner.find(str(np.array([[2, -7, -1, 3]])).encode())


def test_the_scanner_minds_nothing_else(scanner: Scanner) -> None:
    assert scanner.find(b"0.123456789012 20.485 1 2 3 4 5, 6.0 points, [1.0, -2.0]") == set()


def test_there_is_much_to_look_for(scanner: Scanner) -> None:
    assert len(scanner.numbers) > 1000
    assert len(scanner.runs) > 50


def test_what_follows_from_whole_numbers_is_anybodys() -> None:
    hidden = {"visibility": Visibility.HIDDEN, "source": Source.FRESH}
    expected = {"Layer.dweights": [2.9000000002]}
    whole = builders.case(expected, given={"D": np.array([3, 1])}, **hidden)
    drawn = builders.case(expected, given={"D": np.array([0.1234567890123])}, **hidden)

    assert of_hidden([whole]).numbers == set()
    assert of_hidden([drawn]).numbers == {2.9000000002, 0.1234567890123}


def test_cases_of_no_numbers_can_be_looked_for() -> None:
    public = builders.case({"Layer.dweights": np.zeros((0, 3))}, given={"D": np.zeros(0)})

    assert of_hidden([public]).find(b"0.0 0.0 0.0") == set()


def test_what_is_public_is_found_where_it_is_shown(run_cli: RunCli, tmp_path: Path) -> None:
    numbers = [1.2345678901234567, 8.765432109876543]
    public = str(builders.MANIFEST).replace("[1.0, 2.0]", str(numbers))
    folder = builders.write_assignment(tmp_path / "course", public)
    (tmp_path / "toy.py").write_text(builders.TOY.replace("2 * x", "3 * x; print(x.tolist())"))

    done = run_cli("grade", "toy.py", "-a", folder, "--report", "page.html", cwd=tmp_path)

    page = Scanner(numbers).find((tmp_path / "page.html").read_bytes())
    assert {f"{form} of {number!r}" for form in ("repr", "%.6g") for number in numbers} <= page
    assert done.returncode == 0


# --- the submissions do what they say -------------------------------------------------------------

Run = Callable[[str], list[tuple[Outcome, Answer]]]


@pytest.fixture(scope="module")
def run(
    cases: tuple[Case, ...],
    backprop: Assignment,
    public: frozenset[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Run]:
    """Run a submission and return what came of hidden cases, on the trusted side."""
    hidden = [case for case in cases if case.visibility is Visibility.HIDDEN]

    def run_one(name: str) -> list[tuple[Outcome, Answer]]:
        path = write(name, tmp_path_factory.mktemp("run") / "student", public)
        submission = read_submission(path, backprop.files)
        memory = Memory()
        with Conversation(keeper, submission, _PATIENT, memory) as talk:
            talk.each(cases[: -len(hidden)])
            outcomes = [one for case in hidden for one in talk.each([case])]
        came = memory.answers()
        answers = [came[execution_digest(case, _PATIENT)] for case in hidden]
        return list(zip(outcomes, answers, strict=True))

    with keeper_for(policy_for(backprop.limits)) as keeper:
        yield run_one


def received(outcome: Outcome) -> bytes:
    """Return all that a guest said in a case, as bytes."""
    seen = outcome.seen
    values = {**outcome.outputs, **seen.changed, **seen.others}
    words = [
        outcome.text,
        str(outcome.reason),
        outcome.absent,
        str(outcome.problem),
        str(seen.random),
    ]
    words += [f"{name} {value.kind}" for name, value in values.items()]
    arrays = [b"" if value.array is None else value.array.tobytes() for value in values.values()]
    return b"\n".join([*(word.encode() for word in words), *arrays])


@pytest.mark.parametrize("name", _CARRIERS)
def test_hidden_numbers_do_reach_the_trusted_side(name: str, run: Run, scanner: Scanner) -> None:
    assert any(scanner.find(received(outcome)) for outcome, _ in run(name))


def line(outcome: Outcome, _: Answer) -> object:
    """Return the line at which an exception was raised."""
    at = outcome.problem.position if outcome.problem else None
    return at.line if at else None


def answers(outcome: Outcome) -> list[Array]:
    """Return the arrays that came for the inputs' gradients."""
    named = [value for name, value in outcome.outputs.items() if name.endswith(".dinputs")]
    return [value.array for value in named if value.array is not None]


# What hidden inputs choose by each of these, and among how many things at least.
_CHOICES: dict[str, tuple[Callable[[Outcome, Answer], object], int]] = {
    "raises-by-line": (line, 5),
    "raises-by-builtin-class": (lambda outcome, _: outcome.problem and outcome.problem.type, 5),
    "returns-by-shape": (lambda outcome, _: [len(array) for array in answers(outcome)], 5),
    "returns-by-precision": (lambda outcome, _: [str(one.dtype) for one in answers(outcome)], 2),
    "sleeps": (lambda _, answer: answer.wall // 0.01, 2),
    "computes-for-long": (lambda _, answer: answer.cpu // 0.01, 2),
    "exits": (lambda outcome, _: outcome.reason, 5),
    "kills-itself": (lambda outcome, _: outcome.reason, 2),
    "forges-which-is-absent": (lambda outcome, _: outcome.absent, 5),
}


@pytest.mark.parametrize("name", _CHOICES)
def test_hidden_inputs_do_choose(name: str, run: Run) -> None:
    chosen, least = _CHOICES[name]

    choices = [chosen(*one) for one in run(name)]

    assert len({repr(one) for one in choices if one}) >= least


# --- grade and ci ---------------------------------------------------------------------------------


def grade(name: str, run_cli: RunCli, public: frozenset[str], folder: Path) -> Artefacts:
    """Grade a submission as `grader grade` does."""
    handed_in = write(name, folder / "grade" / "in", public)
    out = folder / "grade" / "out"
    (out / "tmp").mkdir(parents=True)
    places = ["--json", "card.json", "--junit", "junit.xml", "--report", "page.html"]
    env = {"TMPDIR": str(out / "tmp")}
    return collected_from(
        out, run_cli("grade", handed_in, "-a", BACKPROP, *places, cwd=out, env=env)
    )


def ci(service: str, name: str, run_cli: RunCli, public: frozenset[str], folder: Path) -> Artefacts:
    """Grade a submission as a job of a CI service does; what was handed in is no artefact."""
    out = folder / service / "out"
    handed_in = places.checkout(out, service) / "handed-in"
    write(name, handed_in, public)
    told = f'submission = "{handed_in.name}"\n'
    (handed_in.parent / ".grader.toml").write_text(told)
    (out / "tmp").mkdir()
    job = places.run(run_cli, out, service, env={"TMPDIR": str(out / "tmp")})
    shutil.rmtree(handed_in)
    runner = out.parent / "out-runner"
    if runner.exists():
        runner.rename(out / "runner")
    return collected_from(out, job.done)


@pytest.mark.parametrize("name", _ALONE)
def test_grade_tells_nothing_of_hidden_cases(
    name: str, run_cli: RunCli, scanner: Scanner, public: frozenset[str], tmp_path: Path
) -> None:
    graded = grade(name, run_cli, public, tmp_path)

    assert {"card.json", "junit.xml", "page.html"} <= graded.keys()
    assert leaks(graded, scanner) == {}
    assert (graded["exit code"], graded["stderr"]) == (b"0", b"")


# All ways on GitHub, which is told most; the others share those that carry numbers among them.
_OTHERS = [one for one in _OF_SERVICES if one != "github"]
_SHARED = [(name, _OTHERS[at % len(_OTHERS)]) for at, name in enumerate(_CARRIERS)]
_JOBS = [*((name, "github") for name in _ALONE), *_SHARED]


@pytest.mark.parametrize(("name", "service"), _JOBS)
def test_ci_tells_nothing_of_hidden_cases(  # noqa: PLR0913, PLR0917 - fixtures
    name: str,
    service: str,
    run_cli: RunCli,
    scanner: Scanner,
    public: frozenset[str],
    tmp_path: Path,
) -> None:
    checked = ci(service, name, run_cli, public, tmp_path)

    assert {*_OF_CI, *_OF_SERVICES[service]} <= checked.keys()
    assert leaks(checked, scanner) == {}
    assert (checked["exit code"], checked["stderr"]) == (b"0", b"")


# --- a grading in three places --------------------------------------------------------------------


@pytest.fixture(scope="module")
def split(backprop: Assignment, key: Key, home: Path) -> tuple[SplitRun, SplitRun]:
    """Draw two runs; whose they are changes no input."""

    def author() -> Keeper:
        return keeper_for(policy_for(backprop.limits), serves_author=True)

    def run(nonce: str) -> SplitRun:
        whose = SubmissionId(name="layers.py", student="layers", sha256="0" * 64)
        return drawn_run(backprop, key, nonce * 32, whose, author, home / "cases")

    return run("a"), run("b")


@pytest.fixture(scope="module")
def wall(backprop: Assignment) -> Iterator[Keeper]:
    with keeper_for(policy_for(backprop.limits)) as one:
        yield one


@pytest.mark.parametrize("name", _ALONE)
def test_the_hidden_inputs_of_a_split_run_change_no_byte(  # noqa: PLR0913, PLR0917 - fixtures
    name: str,
    split: tuple[SplitRun, SplitRun],
    wall: Keeper,
    backprop: Assignment,
    public: frozenset[str],
    tmp_path: Path,
) -> None:
    submission = read_submission(write(name, tmp_path / "in", public), backprop.files)

    def told(drawn: SplitRun) -> Artefacts:
        draw = msgspec.structs.replace(drawn.draw, submission=identity(submission))
        run = msgspec.structs.replace(drawn, draw=draw)
        digest = digest_of(draw.sealed())
        found = fitting(collected(draw, digest, submission, wall).sealed(), draw, digest)
        assert isinstance(found, Collected)
        graded = judged(backprop, submission, run, found)
        # Questions and answers are kept from students until the run is over; nothing else is.
        asked = msgspec.structs.replace(draw, public=(), hidden=(), rounds=(), nonce="")
        said = msgspec.structs.replace(found, answers={}, nonce="", draw="")
        found_in = {
            "draw": msgspec.msgpack.encode(asked),
            "answers": msgspec.msgpack.encode(said),
            "card": canonical(graded.scorecard),
            "page": report(graded).encode(),
            "junit": junit(graded.scorecard),
            "receipt": msgspec.json.encode(row_of(graded.scorecard)),
        }
        return {one: data.replace(run.key_id.encode(), b"KEY") for one, data in found_in.items()}

    one, other = (told(run) for run in split)

    assert [name for name, data in one.items() if data != other[name]] == []


def test_the_commands_of_a_split_run_tell_nothing(
    run_cli: RunCli, public: frozenset[str], backprop: Assignment, key: Key, tmp_path: Path
) -> None:
    work, out = write("prints", tmp_path / "in", public), tmp_path / "out"
    out.mkdir()
    a, asked, answers = ("-a", BACKPROP), tmp_path / "run.draw", tmp_path / "run.answers"
    commands = (
        ("draw", work, "-o", asked, *a),
        ("collect", work, asked, "-o", answers),
        ("judge", work, asked, answers, *a, "--json", "card.json"),
    )

    done = [collected_from(out, run_cli(*command, cwd=out)) for command in commands]

    drawn = opened_draw(asked.read_bytes())
    secret = Key(secret=key.for_run(drawn.nonce).secret, origin="a run")

    def author() -> Keeper:
        return keeper_for(policy_for(backprop.limits), serves_author=True)

    hidden = of_hidden(all_cases(backprop, secret, author, None))
    assert [one["exit code"] for one in done] == [b"0"] * 3
    assert {"card.json", "layers.report.html"} <= done[2].keys()
    # The nonce is another one each time, and some draw comes near a ninth of a point now and then:
    # what stands in a grading that knew nothing of this run is no leak of it.
    apart = grade("prints", run_cli, public, tmp_path / "apart")
    by_chance = set().union(*(hidden.find(data) for data in apart.values()))
    found = [{name: hidden.find(data) - by_chance for name, data in one.items()} for one in done]
    assert [{name: said for name, said in one.items() if said} for one in found] == [{}, {}, {}]
    assert not any(MARK.encode() in data for one in done for data in one.values())


# --- a class, by two keys -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def classes(
    run_cli: RunCli, public: frozenset[str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Artefacts]:
    """Grade all submissions as one class, by each of two keys."""
    course = tmp_path_factory.mktemp("class")
    for name in ATTACKS:
        write(name, course / name, public)

    def batch(secret: str) -> Artefacts:
        folder = tmp_path_factory.mktemp("batch")
        env = {"GRADER_KEY": secret}
        done = run_cli("batch", course, "-o", "out", "-a", BACKPROP, cwd=folder, env=env)
        return collected_from(folder, done)

    with ThreadPoolExecutor() as pool:
        return dict(zip(_SECRETS, pool.map(batch, _SECRETS), strict=True))


def of_one(artefacts: Artefacts, name: str) -> Artefacts:
    """Return the artefacts of one submission of a class."""
    return {path: data for path, data in artefacts.items() if re.search(rf"\d-{name}\.", path)}


def test_a_batch_tells_nothing_of_hidden_cases(
    classes: dict[str, Artefacts], scanner: Scanner
) -> None:
    # The ledger keeps the inputs of record, for its owner alone: it is no artefact of a student.
    artefacts = {n: d for n, d in classes[SECRET].items() if not n.startswith("out/ledger.")}

    assert {"out/index.html", "out/grades.csv"} <= artefacts.keys()
    assert all(len(of_one(artefacts, name)) == 2 for name in ATTACKS)
    # The ledger is the instructor's own: it keeps the inputs of record.
    told = {name: data for name, data in artefacts.items() if name != "out/ledger.sqlite"}
    assert leaks(told, scanner) == {}
    assert (artefacts["exit code"], artefacts["stderr"]) == (b"0", b"")


def unkeyed(artefacts: Artefacts, secret: str) -> Artefacts:
    """Return artefacts without the id of the key."""
    id_ = Key(secret=secret.encode(), origin="the tests").id.encode()
    assert id_ in b"".join(artefacts.values())
    return {name: data.replace(id_, b"KEY") for name, data in artefacts.items()}


@pytest.mark.parametrize("name", ATTACKS)
def test_hidden_inputs_change_no_byte(name: str, classes: dict[str, Artefacts]) -> None:
    one, other = (unkeyed(of_one(classes[secret], name), secret) for secret in _SECRETS)

    assert [path for path in one if one[path] != other[path]] == []
    assert one.keys() == other.keys()


def test_a_class_page_is_the_same_whatever_was_drawn(classes: dict[str, Artefacts]) -> None:
    one, other = (classes[secret] for secret in _SECRETS)
    shared = ("out/index.html", "out/grades.csv", "stdout", "stderr", "names", "exit code")

    assert [name for name in shared if one[name] != other[name]] == []


# --- what is told, and no timings -----------------------------------------------------------------


def test_what_is_said_in_public_cases_is_shown(classes: dict[str, Artefacts]) -> None:
    pages = {
        name: of_one(classes[SECRET], name)
        for name in ("prints", "warns", "writes-to-descriptors", "helper-prints", "raises")
    }
    shown = {name: b"".join(artefacts.values()) for name, artefacts in pages.items()}

    assert [name for name, data in shown.items() if PUBLIC_MARK.encode() not in data] == []


def test_public_numbers_are_shown(classes: dict[str, Artefacts], cases: tuple[Case, ...]) -> None:
    (page,) = (d for n, d in of_one(classes[SECRET], "prints").items() if n.endswith("html"))
    given = next(case for case in cases if case.id == "dense-public-1").given["X"]

    rows = Scanner([], [tuple(map(float, row)) for row in np.asarray(given)])

    assert len(rows.find(page)) == 2


def keys_of(value: object) -> set[str]:
    """Return all keys of nested JSON."""
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys_of(inner)}
    if isinstance(value, list):
        return {key for inner in value for key in keys_of(inner)}
    return set()


@pytest.mark.parametrize("name", ["sleeps", "computes-for-long"])
def test_no_timings_are_told(name: str, classes: dict[str, Artefacts]) -> None:
    artefacts = of_one(classes[SECRET], name)
    card = next(data for path, data in artefacts.items() if path.endswith(".json"))
    page = next(data for path, data in artefacts.items() if path.endswith(".html"))
    told = _TAG.sub(b" ", _UNTOLD.sub(b"", page))
    named = keys_of(json.loads(card))

    assert [key for key in named if re.search("time|cpu|wall|sec|peak", key)] == []
    assert re.findall(rb"\d\s*(?:ms|s|sec|seconds?)\b", told) == []


# --- a git server ---------------------------------------------------------------------------------


def test_a_git_server_tells_pushers_nothing_of_hidden_cases(
    run_cli: RunCli, tmp_path: Path, public: frozenset[str], scanner: Scanner
) -> None:
    """What is said while they push, and all that is in their repositories afterwards."""
    out = tmp_path / "out"
    for name in _CARRIERS:
        write(name, tmp_path / name, public)
        git(tmp_path / name, "init", "--quiet", "--initial-branch=main")
        commit(tmp_path / name)
        git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", f"{name}.git")
    bares = [tmp_path / f"{name}.git" for name in _CARRIERS]
    assert (
        run_cli("hook", "install", *bares, "-o", out, "-a", BACKPROP, seconds=300).returncode == 0
    )
    said = {
        name: said_by(["git", "push", str(tmp_path / f"{name}.git"), "main"], tmp_path / name)
        for name in _CARRIERS
    }
    assert run_cli("worker", out, "--once", seconds=300).returncode == 0
    everything = {
        name: said_by(
            ["git", "cat-file", "--batch-all-objects", "--batch"], tmp_path / f"{name}.git"
        )
        for name in _CARRIERS
    }

    assert all(b"Received " in told for told in said.values())
    assert all(b"report.html" in told for told in everything.values())
    assert PUBLIC_MARK.encode() in everything["prints"]
    sources = {name: (tmp_path / name / "layers.py").read_bytes() for name in _CARRIERS}
    assert leaks(said, scanner) == {}
    assert leaks({n: d.replace(sources[n], b"") for n, d in everything.items()}, scanner) == {}


def said_by(command: list[str], folder: Path) -> bytes:
    """Return what a command says on both of its streams."""
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return done.stdout + done.stderr
