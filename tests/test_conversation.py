"""Cases that are asked for in one breath: each has its own answer, and a death costs one."""

import hashlib
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment.casebook import all_cases
from grader.assignment.key import Key
from grader.model import Assignment, Case, Outcome, SourceFile, Submission
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Keeper
from grader.sandbox.memory import Memory
from grader.sandbox.paths import policy_for
from grader.sandbox.session import Conversation
from grader.submission.read import read_submission
from tests.conftest import ROOT

_CORPUS = ROOT / "tests" / "corpus"
_WORKS = [
    ROOT / "solutions" / "backprop" / "layers.py",
    *(
        _CORPUS / name / "layers.py"
        for name in ("sample", "exception", "os-exit", "segfault", "syntax-error", "prints-much")
    ),
]

# What a ReLU does in the n-th call of its forward: nothing special, unless `special` says so.
_COUNTING = """
    import os, struct, sys, time
    import numpy as np

    calls = 0

    class Activation_ReLU:
        def forward(self, inputs):
            global calls
            calls += 1
            self.inputs, self.output = inputs, np.maximum(inputs, 0)
            {special}
        def backward(self, dvalues):
            self.dinputs = np.where(self.inputs > 0, dvalues, 0)
"""


def _submission(special: str) -> Submission:
    inner = textwrap.indent(textwrap.dedent(special).strip(), 12 * " ").strip()
    data = textwrap.dedent(_COUNTING.format(special=inner)).encode()
    main = SourceFile("layers.py", (data,), is_notebook=False)
    return Submission("layers.py", "test", hashlib.sha256(data).hexdigest(), None, main, ())


@pytest.fixture(scope="module")
def keeper(backprop: Assignment) -> Iterator[Keeper]:
    with keeper_for(policy_for(backprop.limits, backprop.packages)) as one:
        yield one


@pytest.fixture(scope="module")
def cases(backprop: Assignment, key: Key, home: Path) -> tuple[Case, ...]:
    def author() -> Keeper:
        return keeper_for(policy_for(backprop.limits), serves_author=True)

    return all_cases(backprop, key, author, home / "cases")


@pytest.fixture(scope="module")
def relus(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """Return cases in which a ReLU's forward is called once."""
    return tuple(case for case in cases if case.program.text.count(".forward(") == 1)[-8:]


def _seen(outcome: Outcome) -> tuple[object, ...]:
    arrays = {n: None if v.array is None else v.array.tobytes() for n, v in outcome.outputs.items()}
    return outcome.case, outcome.ending, outcome.step, outcome.missing, outcome.problem, arrays


@pytest.mark.parametrize("work", _WORKS, ids=lambda path: path.parent.name)
def test_together_is_as_one_by_one(
    work: Path, keeper: Keeper, cases: tuple[Case, ...], backprop: Assignment
) -> None:
    submission = read_submission(work, backprop.files)
    with Conversation(keeper, submission, backprop.limits) as talk:
        each = [one for case in cases for one in talk.each([case])]
    with Conversation(keeper, submission, backprop.limits) as talk:
        together = talk.together(cases)

    assert [_seen(one) for one in together] == [_seen(one) for one in each]
    assert all(one.text == "" for one in together)


def _endings(special: str, keeper: Keeper, relus: tuple[Case, ...], about: Assignment) -> list[str]:
    with Conversation(keeper, _submission(special), about.limits) as talk:
        return [one.ending.name for one in talk.together(relus)]


@pytest.mark.parametrize(
    ("special", "ending"),
    [
        ("if calls == 3: os._exit(0)", "CRASHED"),
        ("if calls == 3: import ctypes; ctypes.string_at(0)", "CRASHED"),
        ("while calls == 3: pass", "TIMED_OUT"),
        ("if calls == 3: os.write(1, bytes(1 << 20))", "FLOODED"),
        ("if calls == 3: os.write(4, b'R' * 100)", "CRASHED"),
        ("if calls == 3: os.close(4)", "CRASHED"),
    ],
    ids=["exits", "reads at 0", "loops", "floods", "answers by itself", "hangs up"],
)
def test_an_end_costs_its_own_case(
    special: str, ending: str, keeper: Keeper, relus: tuple[Case, ...], backprop: Assignment
) -> None:
    found = _endings(special, keeper, relus, backprop)

    # The next child counts anew: its third case is the sixth.
    assert found[:2] == ["ANSWERED", "ANSWERED"]
    assert found[2] == found[5] == ending
    assert found[3:5] == found[6:] == ["ANSWERED", "ANSWERED"]


def test_one_case_alone_keeps_no_text_either(
    keeper: Keeper, relus: tuple[Case, ...], backprop: Assignment
) -> None:
    """A regrade that asks for a single case must give what a batch gives that asks for all."""
    with Conversation(keeper, _submission("print('here')"), backprop.limits) as talk:
        (alone,) = talk.together(relus[:1])
        (by_itself,) = talk.each(relus[:1])

    assert (alone.text, by_itself.text) == ("", "here\n")


def test_what_is_printed_in_one_case_is_told_of_that_one(
    keeper: Keeper, relus: tuple[Case, ...], backprop: Assignment
) -> None:
    """Public cases are asked in one breath, too: until something is printed, whosever it is."""
    with Conversation(keeper, _submission("if calls == 3: print('here')"), backprop.limits) as talk:
        each = talk.each(relus)

    assert [one.text for one in each] == ["", "", "here\n", *[""] * (len(relus) - 3)]


def test_what_is_printed_counts_for_its_own_case(
    keeper: Keeper, relus: tuple[Case, ...], backprop: Assignment
) -> None:
    """Each prints nearly all that it may: of what two print, none is told that it is too much."""
    much = f"os.write(1, bytes({backprop.limits.output - 4096}))"

    assert set(_endings(much, keeper, relus, backprop)) == {"ANSWERED"}


_FORGES = """
    if calls == 3:
        frame = sys._getframe()
        while "channel" not in frame.f_locals:
            frame = frame.f_back
        head, answers = {answers}
        token = frame.f_locals["channel"].token
        os.write(4, struct.pack(">B16sII", 82, token, len(head), len(answers)) + head + answers)
        while True: pass
"""


@pytest.mark.parametrize(
    "answers",
    [
        'b"[[2,0],[2,0]]", b"{}{}"',
        'b"[" + b",".join([b"[2,0]"] * 8) + b"]", b"{}" * 7',
        'b"[" + b",".join([b"[400000,0]"] * 8) + b"]", b" " * 3_200_000',
        'b"[" + b",".join([b"[1,0]"] * 8) + b"]", b"x" * 8',
    ],
    ids=["too few", "too short", "more than each may", "no answers"],
)
def test_a_forged_answer_to_all_costs_its_own_case(
    answers: str, keeper: Keeper, relus: tuple[Case, ...], backprop: Assignment
) -> None:
    """It answers for all with what cannot be their answers: then each is asked by itself."""
    found = _endings(_FORGES.format(answers=answers), keeper, relus, backprop)

    assert found[:2] == found[3:5] == found[6:] == ["ANSWERED", "ANSWERED"]
    assert found[2] == found[5] != "ANSWERED"


def test_who_is_slow_has_the_time_of_each_case(
    keeper: Keeper, relus: tuple[Case, ...], backprop: Assignment
) -> None:
    """All of them together take longer than one may; each takes less."""
    share = 1.6 * backprop.limits.case_cpu / len(relus)
    slow = f"end = time.process_time() + {share}\nwhile time.process_time() < end: pass"

    assert set(_endings(slow, keeper, relus, backprop)) == {"ANSWERED"}


def test_who_is_known_to_be_slow_is_asked_one_by_one_at_once(
    keeper: Keeper, relus: tuple[Case, ...], backprop: Assignment
) -> None:
    """Were all asked for together first, another child would begin to count anew."""
    slow = f"""
        end = time.process_time() + {backprop.limits.case_cpu / 4}
        while time.process_time() < end: pass
        if calls > {len(relus)}: raise ValueError
    """
    with Conversation(keeper, _submission(slow), backprop.limits) as talk:
        talk.each(relus[:1])
        found = [one.ending.name for one in talk.together(relus)]

    assert found == [*["ANSWERED"] * (len(relus) - 1), "RAISED"]


def test_who_is_known_to_wait_is_asked_one_by_one_at_once(
    keeper: Keeper, relus: tuple[Case, ...], backprop: Assignment
) -> None:
    """They use no processor: that all of them would take too long is seen by the clock."""
    waits = f"""
        time.sleep({backprop.limits.case_wall / 4})
        if calls > 4: raise ValueError
    """
    with Conversation(keeper, _submission(waits), backprop.limits) as talk:
        talk.each(relus[:1])
        found = [one.ending.name for one in talk.together(relus[:4])]

    assert found == [*["ANSWERED"] * 3, "RAISED"]


def test_all_answers_are_remembered_and_nothing_is_asked_twice(
    keeper: Keeper, relus: tuple[Case, ...], backprop: Assignment
) -> None:
    memory = Memory()
    with Conversation(keeper, _submission(""), backprop.limits, memory) as talk:
        first = talk.together(relus)
    known = Memory(memory.answers())
    with Conversation(keeper, _submission(""), backprop.limits, known) as talk:
        again = talk.together(relus)

    assert known.ran_now() == 0
    assert [_seen(one) for one in again] == [_seen(one) for one in first]
