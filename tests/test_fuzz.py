"""Bytes that nobody meant: frames, notebooks and source files, mutated and random.

Whatever arrives is a value. Of the trusted side nothing but a SubmissionError may be raised, a
guest may do what it likes, and the server behind it goes on.
"""

import contextlib
import json
import math
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import numpy as np
import pytest

from grader.assignment.casebook import all_cases
from grader.assignment.key import Key
from grader.errors import SubmissionError
from grader.judge.verdict import judge
from grader.model import Assignment, Case, Ending, Extracted, Limits, SourceFile, Submission, Value
from grader.sandbox import framing, session, wire
from grader.sandbox.exchange import Allowance
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Answer, Keeper
from grader.sandbox.paths import policy_for
from grader.sandbox.pipes import PipeExchange
from grader.sandbox.policy import reply_cap
from grader.sandbox.question import question_of, request_of
from grader.submission.read import read_submission
from grader.wording import UNSAID, Phrase
from tests.conftest import ROOT

pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")  # not the working folder

CORPUS = ROOT / "tests" / "corpus"
_DTYPES = frozenset({
    "|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8",
    "<f2", "<f4", "<f8", "<c8", "<c16",
})  # fmt: skip

Reply: TypeAlias = tuple[bytes, bytes]


def volume(examples: int) -> settings:
    """Return how a test is run: that many examples, the same ones each time."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


# --- mutating -------------------------------------------------------------------------------------

# What is done to something is drawn as a few bytes, of which each edit takes four: drawing edits
# one by one takes longer than all else here.
SCRIPTS = st.binary(min_size=4, max_size=19)
NEVER_OR_ONCE = st.just(b"") | st.just(b"") | st.binary(min_size=4, max_size=4)

_TAKEN = (0, 0, 1, 1, 2, 8, 64, 1 << 16)
_SPLICES = (
    b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\n", b'"',
    b"[", b"]", b"{", b"}", b":", b",", b"-", b"0", b"1", b"R", b"null", b"true", b"NaN", b"1e999",
    b"1" * 400, b"9223372036854775808", b'{"kind":"array","dtype":"<f8","shape":[1]}', b'"x":1,',
    b"[" * 3000, b'{"x":' * 3000,
)  # fmt: skip
_PYTHON = (
    b"", b"\0", b"\r", b"\n", b"\f", b"\t", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"(",
    b")", b"]", b"'", b'"""', b"\\\n", b"f'{", b"@", b"*", b":", b"=", b" ", b"    ", b"lambda: ",
    b"yield ", b"await ", b"async ", b"class ", b"def ", b"del ", b"0" * 5000, b"(" * 500,
    b"\xf0\x9d\x94\xb8", b"%%bash\n", b"return ", b"__name__", b"1e999",
)  # fmt: skip
_LINES = (
    b"pass", b"import os", b"from numpy import *", b"from layers import *",
    b"import layers as np", b"class A(A): pass", b"class A(metaclass=print): pass",
    b"class A(float, str): pass", b"np = None", b"np = object()",
    b"def __init__(self, *a, **k): super().__init__(1)", b"return 1", b"yield 1", b"global np",
    b"nonlocal np", b"@property", b"@staticmethod", b"@np.vectorize", b"@missing(1)",
    b"__slots__ = ('output',)", b"exit()", b"raise SystemExit(3)", b"raise KeyboardInterrupt",
    b"raise MemoryError", b"while True: pass", b"print('x' * 400_000)", b"np.empty(10**13)",
    b"1 / 0", b"import os; os._exit(0)", b"import os; os.close(4)",
    b"import os; os.write(4, b'R' * 50)", b"import ctypes; ctypes.string_at(0)",
    b"import sys; sys.settrace(print)", b"%matplotlib inline", b"!pip install numpy", b"?np.dot",
    b"# coding: utf-16", b"# coding: rot13", b"x: undefined = 1",
    b"import sys; sys.stdout = None", b"len = isinstance = None", b"__builtins__ = {}", b"del np",
    b"type.mro = None", b"def __getattr__(name): raise SystemExit", b"x = [[[[[1]]]]] * 3",
)  # fmt: skip
_ODD: tuple[object, ...] = (
    None, True, False, 0, 1, -1, 3.5, -0.0, 1e308, 2**31 - 1, 2**31, 2**63, -(2**63) - 1, 10**400,
    "", "x", "array", "scalar", "<f8", ">f8", "|O", "|b1", "<c16", "code", "markdown", "4", "\0",
    "x" * 5000, "\u202e\x1b[31m<b>", "__class__", [], {}, [[]], [1], [0, 2**31 - 1, 2**31 - 1],
    [1] * 9, ["a", "b"], [None], {"": None}, {"x": {}}, {"x": [1, "y"]}, [["cell"]],
    {"kind": "array", "dtype": "<f8", "shape": [2, 3]},
    {"kind": "scalar", "dtype": "|b1", "shape": []},
    {"type": "Boom", "message": "m", "file": "f", "cell": 2**31 - 1, "line": 0},
    {"type": "KeyError", "message": "\n" * 4000}, {"cell_type": "code"},
    {"cell_type": "code", "source": ["a", "b"]},
)  # fmt: skip


def edited(data: bytes, script: bytes, splices: Sequence[bytes] = _SPLICES) -> bytes:
    """Return bytes with some taken out and others put in, as often as the script says."""
    for high, low, taken, put in zip(*[iter(script)] * 4, strict=False):
        start = (high << 8 | low) % (len(data) + 1)
        end = start + _TAKEN[taken % len(_TAKEN)]
        data = data[:start] + splices[put % len(splices)] + data[end:]
    return data


def edited_lines(data: bytes, script: bytes) -> bytes:
    """Return a source with lines taken out and others put in, indented as what stood there."""
    lines = data.split(b"\n")
    for high, low, taken, put in zip(*[iter(script)] * 4, strict=False):
        at = (high << 8 | low) % len(lines)
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        lines[at : at + taken % 3] = [indent + _LINES[put % len(_LINES)]]
    return b"\n".join(lines)


def grafted(tree: Any, path: Sequence[int], new: object) -> Any:  # noqa: ANN401 - it is JSON
    """Return JSON with the value at the end of a path replaced; a path takes turns by number."""
    if not path or not isinstance(tree, list | dict) or not tree:
        return new
    keys = list(range(len(tree))) if isinstance(tree, list) else list(tree)
    key = keys[path[0] % len(keys)]
    copy: Any = tree.copy()
    copy[key] = grafted(tree[key], path[1:], new)
    return copy


def regrafted(tree: object, script: bytes) -> bytes:
    """Return JSON, as bytes, with an odd value or two in it, where the script says."""
    middle = len(script) // 2
    for part in (script[:middle], script[middle:]) if middle % 2 else (script[:8],):
        tree = grafted(tree, part[1:], _ODD[part[0] % len(_ODD)])
    return json.dumps(tree).encode()


def test_edits_are_made_where_they_are_said_to_be() -> None:
    assert edited(b"abcdef", bytes([0, 1, 4, 9, 1, 1, 0, 15, 7])) == b"a[def-"


def test_a_graft_replaces_one_value() -> None:
    assert grafted({"a": [1, {"b": 2}]}, [0, 1, 0], "new") == {"a": [1, {"b": "new"}]}


# --- frames: what they hold -----------------------------------------------------------------------

_DRAWS = """
import numpy as np
def few(rng):
    return {"x": rng.normal(size=(3, 2)), "n": 3, "whole": np.arange(4), "yes": np.array([True])}
"""
_ALLOWANCE = Allowance(cpu=5.0, wall=20.0, text=1 << 16, reply=1 << 20)


@pytest.fixture(scope="module")
def cases(
    backprop: Assignment, key: Key, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Case, ...]:
    def author() -> Keeper:
        return keeper_for(policy_for(backprop.limits), serves_author=True)

    return all_cases(backprop, key, author, tmp_path_factory.mktemp("cases"))


@pytest.fixture(scope="module")
def extracted(load_replies: list[Reply]) -> Extracted:
    """Return what a guest finds in the reference."""
    found = wire.decode_load(*load_replies[0])
    assert isinstance(found, Extracted)
    return found


def asked(
    keeper: Keeper, files: Sequence[SourceFile], requests: Sequence[tuple[int, object, bytes]]
) -> list[Reply]:
    """Return a real child's replies: to loading some files, and to what is asked for then."""
    with keeper.child() as child:
        first = child.ask(framing.LOAD, *wire.load_request(files), _ALLOWANCE)
        answers = [first, *(child.ask(*request, _ALLOWANCE) for request in requests)]
    assert {answer.ending for answer in answers} == {Ending.ANSWERED}
    return [(answer.header, answer.body) for answer in answers]


def from_corpus(name: str, file: str = "layers.py") -> SourceFile:
    return SourceFile(file, ((CORPUS / name / file).read_bytes(),), is_notebook=False)


@pytest.fixture(scope="module")
def keeper(backprop: Assignment) -> Iterator[Keeper]:
    with keeper_for(policy_for(backprop.limits)) as keeper:
        yield keeper


@pytest.fixture(scope="module")
def load_replies(keeper: Keeper) -> list[Reply]:
    names = ("reference", "class-body-raises", "syntax-error", "main-block", "decorator-missing")
    return [asked(keeper, [from_corpus(name)], [])[0] for name in names]


@pytest.fixture(scope="module")
def case_replies(keeper: Keeper, cases: tuple[Case, ...]) -> list[tuple[Case, Reply]]:
    """Return replies to cases: by the reference, and by one that changes its arguments."""
    some = cases[:12]
    asked_for = request_of([question_of(case) for case in some])
    replies = []
    for name in ("reference", "changes-dvalues"):
        (_, reply) = asked(keeper, [from_corpus(name)], [(framing.CASE, *asked_for)])
        parts = wire.decode_parts(*reply, len(some))
        assert not isinstance(parts, wire.Malformed)
        replies += list(zip(some, parts, strict=True))
    return replies


@pytest.fixture(scope="module")
def author_replies(backprop: Assignment) -> list[Reply]:
    draw = {"case": "one", "function": "few", "seed": "7"}
    cell = {"id": "a", "source": "x = 2.5\nx", "wanted": {"x": "x", "y": "[[1, 2]]"}}
    requests = [
        (framing.DRAW, {"source": _DRAWS, "draws": [draw]}, b""),
        (framing.NOTEBOOK, {"cells": [cell]}, b""),
        (framing.NOTEBOOK, {"cells": [cell | {"source": "1 / 0"}]}, b""),
    ]
    with keeper_for(policy_for(backprop.limits), serves_author=True) as keeper:
        return asked(keeper, [], requests)[1:]


def check_values(values: dict[str, Value]) -> int:
    """Check that arrays are plain ones that can be computed with; return their bytes."""
    arrays = [value.array for value in values.values() if value.array is not None]
    for array in arrays:
        assert type(array) is np.ndarray
        assert array.dtype.str in _DTYPES
        assert array.ndim <= 8
        assert array.nbytes == math.prod(array.shape) * array.dtype.itemsize
        np.isfinite(array).all()
    return sum(array.nbytes for array in arrays)


def check_case(header: bytes, body: bytes) -> None:
    decoded = wire.decode_case(header, body)
    if not isinstance(decoded, wire.Malformed):
        kept = (decoded.outputs, decoded.seen.changed, decoded.seen.others)
        # Names that were cut to one and the same hold one array: none is more than was sent.
        assert sum(map(check_values, kept)) <= len(body)
    else:
        assert decoded.why.encode()


def check_load(header: bytes, body: bytes) -> None:
    decoded = wire.decode_load(header, body)
    assert isinstance(decoded, Extracted | wire.Malformed)
    assert msgspec.json.decode(msgspec.json.encode(decoded), type=type(decoded)) == decoded


def check_author(header: bytes, body: bytes) -> None:
    decoded = wire.decode_author(header, body)
    if not isinstance(decoded, wire.Malformed):
        assert check_values(decoded.values) <= len(body)


CHECKS: dict[str, Callable[[bytes, bytes], None]] = {
    "case": check_case,
    "load": check_load,
    "author": check_author,
}


@pytest.fixture(scope="module")
def genuine(
    case_replies: list[tuple[Case, Reply]],
    load_replies: list[Reply],
    author_replies: list[Reply],
) -> dict[str, list[Reply]]:
    cases = [reply for _, reply in case_replies]
    return {"case": cases, "load": load_replies, "author": author_replies}


@pytest.mark.parametrize("what", CHECKS)
def test_genuine_replies_are_understood(genuine: dict[str, list[Reply]], what: str) -> None:
    for header, body in genuine[what]:
        CHECKS[what](header, body)
        decode: Callable[[bytes, bytes], object] = getattr(wire, f"decode_{what}")
        assert not isinstance(decode(header, body), wire.Malformed)


@pytest.mark.parametrize("what", CHECKS)
@volume(2000)
@given(which=st.integers(0, 63), head=SCRIPTS, tail=NEVER_OR_ONCE)
def test_an_edited_reply_is_a_value(
    genuine: dict[str, list[Reply]], what: str, which: int, head: bytes, tail: bytes
) -> None:
    header, body = genuine[what][which % len(genuine[what])]

    CHECKS[what](edited(header, head), edited(body, tail))


@pytest.mark.parametrize("what", CHECKS)
@volume(500)
@given(which=st.integers(0, 63), head=SCRIPTS, tail=NEVER_OR_ONCE)
def test_a_reply_with_other_values_in_its_header_is_a_value(
    genuine: dict[str, list[Reply]], what: str, which: int, head: bytes, tail: bytes
) -> None:
    header, body = genuine[what][which % len(genuine[what])]

    CHECKS[what](regrafted(json.loads(header), head), edited(body, tail))


@pytest.mark.parametrize("what", CHECKS)
@volume(200)
@given(header=st.binary(max_size=200), body=st.binary(max_size=100))
def test_random_bytes_are_a_value(what: str, header: bytes, body: bytes) -> None:
    CHECKS[what](header, body)


@volume(600)
@given(which=st.integers(0, 63), head=SCRIPTS)
def test_whatever_a_case_answers_is_judged(
    case_replies: list[tuple[Case, Reply]],
    extracted: Extracted,
    backprop: Assignment,
    which: int,
    head: bytes,
) -> None:
    case, (header, body) = case_replies[which % len(case_replies)]
    exercise = next(one for one in backprop.exercises if one.id == case.exercise)
    answer = Answer(Ending.ANSWERED, UNSAID, regrafted(json.loads(header), head), body)

    verdict = judge(case, session.outcome_of(case, answer), exercise, extracted)

    assert {one.name for one in verdict.outputs} >= set(case.expected)


# --- frames: how they come ------------------------------------------------------------------------

_TEXT, _REPLY = 512, 1 << 16
_PATIENT = Allowance(cpu=30.0, wall=30.0, text=_TEXT, reply=_REPLY)
_HURRIED = Allowance(cpu=30.0, wall=0.02, text=_TEXT, reply=_REPLY)


class Wire:
    """The three pipes of a guest, and one in place of its pidfd: it, too, is ready at the end."""

    def __init__(self, allowance: Allowance) -> None:
        self.ours, self.theirs = zip(*(os.pipe2(os.O_CLOEXEC) for _ in range(4)), strict=True)
        self.requests_out, self.answers, self.text, self.pidfd = self.ours
        self.requests, self.answers_in, self.text_in, self.end = self.theirs
        for descriptor in (self.requests, self.answers, self.text):
            os.set_blocking(descriptor, False)
        self.exchange = PipeExchange(self.requests, self.answers, self.text, allowance)
        request = framing.frame(framing.LOAD, self.exchange.token, ["request"])
        self.exchange.outgoing = memoryview(request)
        self.guest: threading.Thread | None = None

    def write(self, parts: Sequence[bytes], text: bytes) -> None:
        """Answer as a guest that is asked, writes and ends; who is not read any more stops."""
        with contextlib.suppress(BrokenPipeError):
            os.read(self.requests_out, 1)
            os.write(self.text_in, text)
            for part in parts:
                while part:
                    part = part[os.write(self.answers_in, part) :]  # noqa: PLW2901
        os.close(self.end)

    def run(self, parts: Sequence[bytes], text: bytes) -> tuple[Ending, Phrase]:
        """Return how the exchange ends with such a guest."""
        self.guest = threading.Thread(target=self.write, args=(parts, text))
        self.guest.start()
        return self.wait()

    def wait(self) -> tuple[Ending, Phrase]:
        clock = time.CLOCK_THREAD_CPUTIME_ID
        return self.exchange.run(self.pidfd, clock, time.clock_gettime(clock))

    def close(self) -> None:
        for descriptor in (self.answers, self.text):
            os.close(descriptor)
        if self.guest is None:
            os.close(self.end)
        else:
            self.guest.join()
        for descriptor in (*self.theirs[:3], self.requests_out, self.pidfd):
            os.close(descriptor)


@contextlib.contextmanager
def wired(allowance: Allowance = _PATIENT) -> Iterator[Wire]:
    pipes = Wire(allowance)
    try:
        yield pipes
    finally:
        pipes.close()


def prefix(token: bytes, header: int, body: int, kind: int = framing.REPLY) -> bytes:
    return framing.PREFIX.pack(kind, token, header, body)


def check_exchange(pipes: Wire, sent: bytes, ended: tuple[Ending, Phrase]) -> None:
    """Check that an answer is what was sent, and that anything else is no answer."""
    ending, reason = ended
    exchange = pipes.exchange
    assert ending in (Ending.ANSWERED, Ending.CRASHED, Ending.FLOODED)
    if ending is Ending.ANSWERED:
        header, body = exchange.header, exchange.body
        assert sent.startswith(prefix(exchange.token, len(header), len(body)) + header + body)
    else:
        assert reason
        assert (exchange.header, exchange.body) == (b"", b"")
    assert len(exchange.incoming) <= _REPLY + 4096 + (1 << 16)


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """Cut bytes into the parts that they are written in."""
    at = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(at)]


def test_a_genuine_frame_is_an_answer() -> None:
    with wired() as pipes:
        frame = framing.frame(framing.REPLY, pipes.exchange.token, {"step": None}, b"body")

        assert pipes.run(cut(frame, [3, 30]), b"printed") == (Ending.ANSWERED, UNSAID)
        assert (pipes.exchange.header, pipes.exchange.body) == (b'{"step":null}', b"body")
        assert bytes(pipes.exchange.text) == b"printed"


@volume(1200)
@given(script=SCRIPTS, places=st.binary(max_size=3))
def test_an_edited_frame_is_an_answer_or_none(script: bytes, places: bytes) -> None:
    with wired() as pipes:
        frame = framing.frame(framing.REPLY, pipes.exchange.token, {"step": None}, bytes(40))
        sent = edited(frame, script)

        check_exchange(pipes, sent, pipes.run(cut(sent, places), b""))


_LENGTHS = st.integers(0, 64) | st.sampled_from([_REPLY, _REPLY + 1, 1 << 18, (1 << 32) - 1])


@volume(800)
@given(
    kind=st.just(framing.REPLY) | st.integers(0, 255),
    token=st.none() | st.binary(min_size=16, max_size=16),
    lengths=st.tuples(_LENGTHS, _LENGTHS),
    rest=st.binary(max_size=128) | st.just(bytes(_REPLY * 3)),
    text=st.binary(max_size=600),
)
def test_any_prefix_is_an_answer_or_none(
    kind: int, token: bytes | None, lengths: tuple[int, int], rest: bytes, text: bytes
) -> None:
    with wired() as pipes:
        sent = prefix(token or pipes.exchange.token, *lengths, kind) + rest

        check_exchange(pipes, sent, pipes.run([sent], text))


@volume(100)
@given(data=st.binary(min_size=1, max_size=64))
def test_bytes_that_nobody_asked_for_are_no_answer(data: bytes) -> None:
    with wired() as pipes:
        os.write(pipes.answers_in, data)

        assert pipes.wait()[0] is Ending.CRASHED


@volume(30)
@given(size=st.integers(0, 70), closes=st.booleans())
def test_half_a_frame_is_waited_for_no_longer_than_allowed(size: int, closes: bool) -> None:  # noqa: FBT001
    with wired(_HURRIED) as pipes:
        frame = framing.frame(framing.REPLY, pipes.exchange.token, {"step": None}, bytes(40))
        started = threading.Event()

        def write() -> None:
            os.read(pipes.requests_out, 1)
            os.write(pipes.answers_in, frame[:size])
            if closes:
                os.dup2(pipes.text_in, pipes.answers_in)
            started.set()

        guest = threading.Thread(target=write)
        guest.start()
        ending, _ = pipes.wait()
        guest.join()

        assert started.is_set()
        assert ending is Ending.TIMED_OUT


# --- notebooks ------------------------------------------------------------------------------------

_NOTEBOOK: dict[str, Any] = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Layers\n", "as asked"]},
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {"tags": ["a"]},
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}],
            "source": ["import numpy as np\n", "x = 'ä'"],
        },
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": "class A:\n    pass\n"},
    ],
    "metadata": {"kernelspec": {"name": "python3"}, "language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notebooks")


def _taken(path: Path) -> Submission | SubmissionError:
    try:
        return read_submission(path, ("layers.py",))
    except SubmissionError as error:
        return error


def check_notebook(folder: Path, data: bytes) -> bool:
    """Check that a notebook is read or refused in words; tell whether it was read."""
    path = folder / "layers.ipynb"
    path.write_bytes(data)
    taken = _taken(path)
    if isinstance(taken, SubmissionError):
        assert f"{taken.message} {taken.hint}".encode()
        assert "\n" not in taken.message
        return False
    assert taken.main.is_notebook
    assert all(isinstance(cell, bytes) for cell in taken.main.cells)
    return True


def test_the_notebook_itself_is_read(folder: Path) -> None:
    assert check_notebook(folder, json.dumps(_NOTEBOOK).encode())


@volume(900)
@given(script=SCRIPTS)
def test_a_notebook_with_other_values_is_read_or_refused(folder: Path, script: bytes) -> None:
    check_notebook(folder, regrafted(_NOTEBOOK, script))


@volume(700)
@given(script=SCRIPTS, codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_an_edited_notebook_is_read_or_refused(folder: Path, script: bytes, codec: str) -> None:
    data = json.dumps(_NOTEBOOK, ensure_ascii=len(script) % 2 == 0).encode(codec)

    check_notebook(folder, edited(data, script))


@volume(300)
@given(
    path=st.binary(max_size=5),
    depth=st.integers(1, 200_000),
    brackets=st.sampled_from([("[", "]"), ('{"a":', "}"), ("[{", "}]")]),
    is_closed=st.booleans(),
)
def test_a_nested_notebook_is_read_or_refused(
    folder: Path,
    path: bytes,
    depth: int,
    brackets: tuple[str, str],
    is_closed: bool,  # noqa: FBT001 - hypothesis passes it by name
) -> None:
    start, end = brackets
    nest = start * depth + (end * depth if is_closed else "")
    text = json.dumps(grafted(_NOTEBOOK, path, "@nest@")).replace('"@nest@"', nest)

    check_notebook(folder, text.encode())


@volume(100)
@given(data=st.binary(max_size=400))
def test_random_bytes_are_no_notebook(folder: Path, data: bytes) -> None:
    assert not check_notebook(folder, data)


# --- source files, in real children ---------------------------------------------------------------

_LIMITS = Limits(load_cpu=0.3, load_wall=5.0)
_LOADING = Allowance(
    cpu=_LIMITS.load_cpu,
    wall=_LIMITS.load_wall,
    text=_LIMITS.output,
    reply=reply_cap(_LIMITS, 0),
)
_GUARD_SECONDS = 10.0
SOURCES = sorted(CORPUS.glob("*/*.py"))


@pytest.fixture(scope="module")
def short_keeper() -> Iterator[Keeper]:
    with keeper_for(policy_for(_LIMITS)) as keeper:
        yield keeper


def loaded(keeper: Keeper, file: SourceFile) -> Extracted | Ending:
    """Load a file in a child of its own."""
    with keeper.child() as child:
        answer = child.ask(framing.LOAD, *wire.load_request([file]), _LOADING)
    assert answer.wall < _LOADING.wall + _GUARD_SECONDS
    if answer.ending is not Ending.ANSWERED:
        assert answer.reason
        return answer.ending
    found = wire.decode_load(answer.header, answer.body)
    assert isinstance(found, Extracted)
    return found


def check_source(keeper: Keeper, data: bytes, *, is_notebook: bool) -> None:
    """Check that a file is a fault of the student's, if of anyone, and never one of ours."""
    found = loaded(keeper, SourceFile("layers.py", (data,), is_notebook=is_notebook))

    assert found is not Ending.NOT_RUN


MUTATED = {
    "which": st.integers(0, len(SOURCES) - 1),
    "script": st.binary(min_size=4, max_size=24),
    "by_lines": st.booleans(),
    "is_notebook": st.booleans(),
}


def check_mutated(
    keeper: Keeper, which: int, script: bytes, *, by_lines: bool, is_notebook: bool
) -> None:
    source = SOURCES[which].read_bytes()
    data = edited_lines(source, script) if by_lines else edited(source, script[:8], _PYTHON)
    check_source(keeper, data, is_notebook=is_notebook)


@volume(250)
@given(**MUTATED)
def test_a_mutated_source_is_found_in_or_ended(
    short_keeper: Keeper,
    which: int,
    script: bytes,
    by_lines: bool,  # noqa: FBT001 - hypothesis passes it by name
    is_notebook: bool,  # noqa: FBT001
) -> None:
    check_mutated(short_keeper, which, script, by_lines=by_lines, is_notebook=is_notebook)


@pytest.mark.slow
@volume(2000)
@given(**MUTATED)
def test_many_mutated_sources_are_found_in_or_ended(
    short_keeper: Keeper,
    which: int,
    script: bytes,
    by_lines: bool,  # noqa: FBT001 - hypothesis passes it by name
    is_notebook: bool,  # noqa: FBT001
) -> None:
    check_mutated(short_keeper, which, script, by_lines=by_lines, is_notebook=is_notebook)


@volume(50)
@given(data=st.binary(max_size=300), is_notebook=st.booleans())
def test_a_source_of_random_bytes_is_found_in_or_ended(
    short_keeper: Keeper,
    data: bytes,
    is_notebook: bool,  # noqa: FBT001 - hypothesis passes it by name
) -> None:
    check_source(short_keeper, data, is_notebook=is_notebook)


def test_a_long_honest_file_in_another_alphabet_is_found_in(short_keeper: Keeper) -> None:
    """Its report, too, is long; that is no reason to call it a flood or a crash."""
    name = (
        "Домашнее задание № 5 по нейронным сетям, Иванов Иван Иванович, группа 1234, вариант 7.py"
    )
    defines = [f"def обратный_проход_слоя_{n}(входы): pass" for n in range(200)]
    prints = [f"print('проверяем значения весов и смещений, слой номер', {n})" for n in range(200)]
    source = "\n".join(defines + prints).encode()

    found = loaded(short_keeper, SourceFile(name, (source,), is_notebook=False))

    assert isinstance(found, Extracted)
    assert len(found.found) == 200


def test_after_all_that_a_right_file_is_found_in(short_keeper: Keeper) -> None:
    found = loaded(short_keeper, from_corpus("reference"))

    assert isinstance(found, Extracted)
    assert {"Layer_Dense", "Activation_ReLU"} <= {one.name for one in found.found}
