"""The attack corpus, run on this host: each attack in a child of its own, as a submission is."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from grader.errors import UsageError
from grader.model import (
    Call,
    Case,
    Ending,
    Isolation,
    Limits,
    Outcome,
    Read,
    Record,
    Signature,
    Source,
    SourceFile,
    Submission,
    Tolerance,
    Visibility,
)
from grader.program import make_program
from grader.sandbox import session
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Keeper
from grader.sandbox.paths import policy_for
from grader.sandbox.policy import Policy
from grader.sandbox.probe import LAYERS, isolation_of, try_out

LIMITS = Limits(load_cpu=1.0, load_wall=4.0, case_cpu=0.4, case_wall=2.0, memory=512 << 20)
_HEADER = re.compile(rb"^# (what|layer|expect): (.+)$", re.MULTILINE)
_ROOT = Path(__file__).resolve().parent.parent
STOPPED = "stopped"
_CALL = Call(
    object=None,
    callee="attack",
    names=("attack",),
    arguments=(),
    signature=Signature(accepts=((),)),
    result="got_through",
    watched=False,
)
_READ = Read(object="got_through", attribute=None, names=(), output="got_through")


class Attack(Record, frozen=True):
    """A submission whose `attack()` returns whether it got through; or that never returns.

    `expect` is "stopped" (it returns False, or raises), "answered" (with something that is no
    number, and so no answer), or the ending of a child that is killed.
    """

    name: str
    what: str
    layer: str
    expect: str
    source: bytes


class Result(Record, frozen=True):
    """What became of an attack, whether the wall held, and whether its layer is there at all."""

    attack: Attack
    held: bool
    defended: bool
    happened: str


def corpus_folder() -> Path:
    """Return where the attacks are: inside a wheel, or among the tests of a checkout."""
    for folder in (_ROOT / "attacks", _ROOT.parent / "tests" / "corpus" / "attacks"):
        if folder.is_dir():
            return folder
    raise UsageError(
        "the corpus of attacks is not installed", "name its folder: grader selftest DIR"
    )


def load_attacks(folder: Path) -> tuple[Attack, ...]:
    """Read a folder of attacks, `*.py` with a header of what, layer and expect."""
    attacks = []
    for path in sorted(folder.glob("*.py")):
        source = path.read_bytes()
        told = {key.decode(): value.decode().strip() for key, value in _HEADER.findall(source)}
        if set(told) != {"what", "layer", "expect"}:
            raise UsageError(f"{path} lacks a header", "begin it with # what:, # layer:, # expect:")
        attacks.append(Attack(name=path.stem, source=source, **told))
    if not attacks:
        raise UsageError(f"{folder} holds no attacks", "name a folder of .py files")
    return tuple(attacks)


def attack_all(
    attacks: Sequence[Attack], without: tuple[str, ...] = ()
) -> tuple[Isolation, Iterator[Result]]:
    """Return this host's isolation, and each attack's result as it is had.

    Every attack has a child of its own. `without` switches layers off, for tests.
    """
    policy = policy_for(LIMITS, without=without)
    with keeper_for(policy) as keeper:
        isolation = isolation_of(try_out(keeper))
    return isolation, _results(attacks, policy, isolation)


def _results(attacks: Sequence[Attack], policy: Policy, isolation: Isolation) -> Iterator[Result]:
    with keeper_for(policy) as keeper:
        for attack in attacks:
            held, happened = _run(attack, keeper)
            yield Result(
                attack=attack,
                held=held,
                defended=_is_defended(attack, isolation),
                happened=happened,
            )


def _is_defended(attack: Attack, isolation: Isolation) -> bool:
    """Tell whether the layer that stops an attack is in force on this host."""
    layers = set(isolation.layers)
    if attack.layer == "files":
        return bool(layers & {"landlock", "root"})
    return attack.layer in layers or attack.layer not in LAYERS


def _run(attack: Attack, keeper: Keeper) -> tuple[bool, str]:
    """Run one attack; return whether the wall held, and what happened."""
    main = SourceFile("attack.py", (attack.source,), is_notebook=False)
    digest = hashlib.sha256(attack.source).hexdigest()
    submission = Submission(attack.name, "", digest, None, main, ())
    (outcome,) = session.run(keeper, submission, [_case()], LIMITS).outcomes
    got_through = _answer(outcome)
    if got_through is not None:
        return not got_through and attack.expect == STOPPED, (
            "got through" if got_through else STOPPED
        )
    raised = attack.expect == STOPPED and outcome.ending is Ending.RAISED
    return raised or str(outcome.ending) == attack.expect, str(outcome.ending)


def _answer(outcome: Outcome) -> bool | None:
    """Return what the attack says of itself; None where it did not come to say anything."""
    value = outcome.outputs.get("got_through")
    if value is None or value.array is None:
        return None
    return bool(np.any(value.array))


def _case() -> Case:
    return Case(
        id="attack",
        exercise="attack",
        title="attack",
        visibility=Visibility.HIDDEN,
        source=Source.FRESH,
        program=make_program("got_through = attack()", (_CALL, _READ), ()),
        given={},
        expected={"got_through": np.asarray(0.0)},
        tolerance=Tolerance(),
        weight=Fraction(1),
        repeats=False,
    )
