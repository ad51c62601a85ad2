"""Values, draws and the reference make cases. Kept by content, so that this happens once."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np

from grader.arrays import as_array, derive
from grader.assignment.key import Key
from grader.assignment.manifest import DRAWS, NOTEBOOK
from grader.errors import AssignmentError
from grader.model import (
    Array,
    Assignment,
    Case,
    CasePlan,
    Ending,
    Outcome,
    Scalar,
    Source,
    Value,
    Visibility,
)
from grader.sandbox import framing, session, wire
from grader.sandbox.keeper import Keeper
from grader.submission.read import read_submission

_Values = dict[str, Array | Scalar]
_GUEST = Path(__file__).resolve().parent.parent / "guest"
_LAYOUT = b"grader/casebook/1"


def public_cases(
    assignment: Assignment, author: Callable[[], Keeper], cache: Path | None
) -> tuple[Case, ...]:
    """Return the cases that students may see, for which no key is needed."""
    plans = tuple(p for p in assignment.plans if p.visibility is Visibility.PUBLIC)
    return _cases(assignment, plans, None, author, cache)


def all_cases(
    assignment: Assignment, key: Key, author: Callable[[], Keeper], cache: Path | None
) -> tuple[Case, ...]:
    """Return all cases, the public ones first; fresh inputs are drawn by `key`."""
    kept = cache if key.lasting else None
    public_first = sorted(assignment.plans, key=lambda plan: plan.visibility is Visibility.HIDDEN)
    return _cases(assignment, tuple(public_first), key, author, kept)


def _cases(
    assignment: Assignment,
    plans: tuple[CasePlan, ...],
    key: Key | None,
    author: Callable[[], Keeper],
    cache: Path | None,
) -> tuple[Case, ...]:
    digest = _content(assignment, plans, key)
    values = _recall(cache, digest)
    if values is None:
        with author() as keeper:
            values = _compute(assignment, plans, key, keeper)
        _keep(cache, digest, values)
    return tuple(_case(plan, values) for plan in plans)


def _compute(
    assignment: Assignment, plans: tuple[CasePlan, ...], key: Key | None, keeper: Keeper
) -> _Values:
    """Return given and expected values of all plans, under `case`, kind and name."""
    values: _Values = {}
    for plan in plans:
        if plan.source is Source.PUBLIC:
            values |= {f"{plan.id}\ngiven\n{n}": _literal(plan, n) for n in plan.given}
    # Imported here: nbformat is slow to load, and a casebook that is kept needs none of it.
    from grader.assignment.notebook import ask_author, plain, worked_examples  # noqa: PLC0415

    examples = tuple(plan for plan in plans if plan.source is Source.NOTEBOOK)
    if examples:
        values |= worked_examples(Path(assignment.folder) / NOTEBOOK, examples, keeper)
    drawn = [plan for plan in plans if plan.source is Source.FRESH]
    if drawn and key is not None:
        header = {
            "source": (Path(assignment.folder) / DRAWS).read_text(encoding="utf-8"),
            "draws": [
                {"case": p.id, "function": p.draw, "seed": key.seed(assignment.slug, p.id)}
                for p in drawn
            ],
        }
        answer = ask_author(keeper, framing.DRAW, header, DRAWS)
        for name, value in answer.values.items():
            case, _, variable = name.partition("\n")
            values[f"{case}\ngiven\n{variable}"] = plain(value, name)
    return values | _reference(assignment, plans, values, keeper)


def _literal(plan: CasePlan, name: str) -> Array | Scalar:
    value = plan.given[name]
    if isinstance(value, bool | int | float):
        return value
    try:
        array = np.array(value)
    except ValueError as error:
        raise AssignmentError(
            f"case {plan.id}: {name} is no array: {error}", "even its rows"
        ) from error
    if array.dtype.kind not in "biuf":
        raise AssignmentError(f"case {plan.id}: {name} holds no numbers", "write numbers")
    return array


def _reference(
    assignment: Assignment, plans: tuple[CasePlan, ...], values: _Values, keeper: Keeper
) -> _Values:
    """Run the reference, as a submission is run, and return what the plans do not state."""
    reference = read_submission(Path(assignment.reference), assignment.files)
    cases = tuple(_case(plan, values) for plan in plans)
    ran = session.run(keeper, reference, cases, assignment.limits)
    pointed = {name for exercise in assignment.exercises for name in exercise.outputs}
    expected: _Values = {}
    for plan, case, outcome in zip(plans, cases, ran.outcomes, strict=True):
        arrays = _answers(case, outcome)
        for name in plan.program.needs:
            # A notebook's row judges what it shows, and what was given to students on the way.
            judged = plan.source is not Source.NOTEBOOK or name not in pointed
            if judged and name not in plan.expected:
                expected[f"{plan.id}\nexpected\n{name}"] = arrays[name]
    return expected


def _answers(case: Case, outcome: Outcome) -> dict[str, Array]:
    """Return the reference's outputs, derived ones too; AssignmentError where it gives none."""
    if outcome.ending is not Ending.ANSWERED or outcome.missing:
        said = outcome.problem.message if outcome.problem else outcome.reason
        what = said or f"{', '.join(outcome.missing)} missing"
        raise AssignmentError(
            f"the reference does not answer case {case.id}: {outcome.ending}, {what}",
            "run the reference on that case by hand; grader takes its answers as expected ones",
        )
    arrays = {name: _expected(case, name, value) for name, value in outcome.outputs.items()}
    given = {name: as_array(value) for name, value in case.given.items()}
    for derived in case.program.derived:
        arrays[derived.output] = derive(derived.expression, case.program.objects, arrays, given)
    return arrays


def _expected(case: Case, name: str, value: Value) -> Array:
    """Return an answer of the reference as an expected array: a plain one, of real numbers."""
    array = value.array
    if array is None or array.dtype.kind not in "biuf":
        what = value.kind if array is None else f"{array.dtype.name} {value.kind}"
        raise AssignmentError(
            f"the reference answers case {case.id} with {name}, a {what}",
            "let it give a plain array of real numbers",
        )
    return array


def _case(plan: CasePlan, values: Mapping[str, Array | Scalar]) -> Case:
    kinds: dict[str, _Values] = {"given": {}, "expected": {}}
    for name, value in values.items():
        case, kind, variable = name.split("\n")
        if case == plan.id:
            kinds[kind][variable] = value
    if set(kinds["given"]) != set(plan.names):
        raise AssignmentError(
            f"case {plan.id} is given {sorted(kinds['given'])}, not {sorted(plan.names)}",
            f"let {plan.draw or 'the case'} give just these",
        )
    return Case(
        id=plan.id,
        exercise=plan.exercise,
        title=plan.title,
        visibility=plan.visibility,
        source=plan.source,
        program=plan.program,
        given=kinds["given"],
        expected={name: as_array(value) for name, value in kinds["expected"].items()},
        tolerance=plan.tolerance,
        weight=plan.weight,
        repeats=plan.repeats,
    )


# --- keeping ------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def guest_digest() -> str:
    """Return the SHA-256 of the code that runs beside student code."""
    digest = hashlib.sha256()
    for path in sorted(_GUEST.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _content(assignment: Assignment, plans: tuple[CasePlan, ...], key: Key | None) -> bytes:
    """Return a digest of everything that a casebook's values follow from."""
    parts = [
        _LAYOUT.decode(), assignment.slug, assignment.digest, guest_digest(), np.__version__,
        " ".join(plan.id for plan in plans), key.secret.hex() if key else "public",
    ]  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).digest()


def _recall(cache: Path | None, digest: bytes) -> _Values | None:
    """Return kept values; None where there are none, or not whole."""
    if cache is None:
        return None
    try:
        data = (cache / digest.hex()).read_bytes()
    except OSError:
        return None
    sealed, data = data[:32], data[32:]
    if sealed != hashlib.sha256(digest + data).digest():
        return None
    _, _, header, _ = framing.PREFIX.unpack_from(data)
    start = framing.PREFIX.size
    decoded = wire.decode_author(data[start : start + header], data[start + header :])
    if isinstance(decoded, wire.Malformed):
        return None
    return {
        name: value.array.item() if value.kind == "scalar" else value.array
        for name, value in decoded.values.items()
        if value.array is not None
    }


def _keep(cache: Path | None, digest: bytes, values: _Values) -> None:
    """Keep values in a folder that only its owner can read; where that fails, do without."""
    if cache is None:
        return
    data = framing.frame(framing.DRAW, digest[:16], *wire.author_values(values))
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=cache)
        with os.fdopen(descriptor, "wb") as file:
            file.write(hashlib.sha256(digest + data).digest() + data)
        Path(name).replace(cache / digest.hex())


def execution_digest(case: Case, assignment: Assignment) -> str:
    """Return a digest of all that a case's outcome follows from, but the submission.

    Program, given arrays, limits, guest code and numpy: outcomes are kept under this and the
    submission's own digest.
    """
    header, body = wire.case_request(case.program, case.given)
    told = msgspec.json.encode([header, assignment.limits, guest_digest(), np.__version__])
    return hashlib.sha256(len(told).to_bytes(8) + told + body).hexdigest()


def marking_digest(case: Case) -> str:
    """Return a digest of all that a verdict follows from, but the outcome."""
    header, body = wire.author_values(case.expected)
    marks = [header, case.tolerance, str(case.weight), case.exercise, case.repeats]
    told = msgspec.json.encode([*marks, case.program.derived])
    return hashlib.sha256(len(told).to_bytes(8) + told + body).hexdigest()
