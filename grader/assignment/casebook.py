"""Values, draws and the reference make cases. Kept by content, so that this happens once."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from grader.arrays import as_array, derive
from grader.assignment.key import Key
from grader.assignment.kit import kit_materials, refuse_kit
from grader.assignment.manifest import DRAWS, NOTEBOOK
from grader.assignment.shelf import Values, keep, packed, recall
from grader.errors import AssignmentError
from grader.model import (
    Array,
    ArrayRecord,
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
from grader.sandbox.memory import guest_digest
from grader.submission.read import read_submission

_LAYOUT = b"grader/casebook/1"


class Drawn(ArrayRecord, frozen=True):
    """The inputs of one case, and as what they were drawn: by which function, under which names."""

    drawn_as: str
    given: Values


def public_cases(
    assignment: Assignment, author: Callable[[], Keeper], cache: Path | None
) -> tuple[Case, ...]:
    """Return the cases that students may see, for which no key is needed."""
    materials = kit_materials(assignment)
    if materials is not None:
        return materials.cases
    plans = tuple(p for p in assignment.plans if p.visibility is Visibility.PUBLIC)
    return _cases(assignment, plans, None, author, cache)


def all_cases(
    assignment: Assignment,
    key: Key,
    author: Callable[[], Keeper],
    cache: Path | None,
    record: Mapping[str, Drawn] | None = None,
) -> tuple[Case, ...]:
    """Return all cases, the public ones first; fresh inputs are drawn by `key`.

    Those of `record` are not drawn again, as long as their case still draws in the same way.
    Raises UsageError where the assignment is a student's kit.
    """
    refuse_kit(assignment)
    kept = cache if key.lasting else None
    public_first = sorted(assignment.plans, key=lambda plan: plan.visibility is Visibility.HIDDEN)
    return _cases(assignment, tuple(public_first), key, author, kept, record)


def _cases(  # noqa: PLR0913, PLR0917 - what cases are made of
    assignment: Assignment,
    plans: tuple[CasePlan, ...],
    key: Key | None,
    author: Callable[[], Keeper],
    cache: Path | None,
    record: Mapping[str, Drawn] | None = None,
) -> tuple[Case, ...]:
    known = _known(plans, record or {})
    digest = _content(assignment, plans, key, known)
    values = recall(cache, digest)
    if values is None:
        with author() as keeper:
            values = compute(assignment, plans, key, keeper, known)
        keep(cache, digest, values)
    return cases_of(plans, values)


def compute(
    assignment: Assignment,
    plans: tuple[CasePlan, ...],
    key: Key | None,
    keeper: Keeper,
    known: Mapping[str, Drawn] | None = None,
) -> Values:
    """Return given and expected values of all plans, under `case`, kind and name."""
    known = known or {}
    undrawn = tuple(plan for plan in plans if plan.id not in known)
    values = drawn(assignment, undrawn, key, keeper)
    for case, one in known.items():
        values |= {f"{case}\ngiven\n{name}": value for name, value in one.given.items()}
    return values | _reference(assignment, plans, values, keeper)


def drawn(
    assignment: Assignment, plans: tuple[CasePlan, ...], key: Key | None, keeper: Keeper
) -> Values:
    """Return what plans state, show and draw: no word of the reference is in it."""
    values: Values = {}
    for plan in plans:
        if plan.source is Source.PUBLIC:
            values |= {f"{plan.id}\ngiven\n{n}": _literal(plan, n) for n in plan.given}
    # Imported here: nbformat is slow to load, and a casebook that is kept needs none of it.
    from grader.assignment.notebook import ask_author, plain, worked_examples  # noqa: PLC0415

    examples = tuple(plan for plan in plans if plan.source is Source.NOTEBOOK)
    if examples:
        values |= worked_examples(Path(assignment.folder) / NOTEBOOK, examples, keeper)
    fresh = [plan for plan in plans if plan.source is Source.FRESH]
    if fresh and key is not None:
        header = {
            "source": (Path(assignment.folder) / DRAWS).read_text(encoding="utf-8"),
            "draws": [
                {"case": p.id, "function": p.draw, "seed": key.seed(assignment.slug, p.id)}
                for p in fresh
            ],
        }
        answer = ask_author(keeper, framing.DRAW, header, DRAWS)
        for name, value in answer.values.items():
            case, _, variable = name.partition("\n")
            values[f"{case}\ngiven\n{variable}"] = plain(value, name)
    return values


def drawn_inputs(assignment: Assignment, cases: Sequence[Case]) -> dict[str, Drawn]:
    """Return the drawn inputs of cases, by their ids: for the record."""
    plans = {plan.id: plan for plan in assignment.plans}
    return {
        case.id: Drawn(drawn_as=_drawn_as(plans[case.id]), given=case.given)
        for case in cases
        if case.source is Source.FRESH
    }


def _known(plans: Sequence[CasePlan], record: Mapping[str, Drawn]) -> dict[str, Drawn]:
    """Return what is known of the plans that draw as it was drawn."""
    return {
        plan.id: record[plan.id]
        for plan in plans
        if plan.source is Source.FRESH
        and plan.id in record
        and record[plan.id].drawn_as == _drawn_as(plan)
    }


def _drawn_as(plan: CasePlan) -> str:
    return f"{plan.draw}: {', '.join(plan.names)}"


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
    assignment: Assignment, plans: tuple[CasePlan, ...], values: Values, keeper: Keeper
) -> Values:
    """Run the reference, as a submission is run, and return what the plans do not state."""
    reference = read_submission(Path(assignment.reference), assignment.files)
    cases = cases_of(plans, values)
    ran = session.run(keeper, reference, cases, assignment.limits)
    for problem in ran.extracted.unreadable:
        line = f" (line {problem.position.line})" if problem.position else ""
        raise AssignmentError(
            f"the reference {reference.name} cannot be read as Python: {problem.message}{line}",
            "correct it there",
        )
    pointed = {name for exercise in assignment.exercises for name in exercise.outputs}
    expected: Values = {}
    for plan, case, outcome in zip(plans, cases, ran.outcomes, strict=True):
        arrays = answers(case, outcome)
        for name in plan.program.needs:
            # A notebook's row judges what it shows, and what was given to students on the way.
            judged = plan.source is not Source.NOTEBOOK or name not in pointed
            if judged and name not in plan.expected:
                expected[f"{plan.id}\nexpected\n{name}"] = arrays[name]
    return expected


def answers(case: Case, outcome: Outcome) -> dict[str, Array]:
    """Return the reference's outputs, derived ones too; AssignmentError where it gives none."""
    if outcome.ending is not Ending.ANSWERED or outcome.missing:
        what = outcome.why_not or f"{', '.join(outcome.missing)} missing"
        raise AssignmentError(
            f"the reference does not answer case {case.id}: {outcome.ending}, {what}",
            "run the reference on that case by hand; grader takes its answers as expected ones",
        )
    arrays = {name: _expected(case, name, value) for name, value in outcome.outputs.items()}
    given = {name: as_array(value) for name, value in case.given.items()}
    try:
        for one in case.program.derived:
            arrays[one.output] = derive(one.expression, case.program.objects, arrays, given)
    except (KeyError, ValueError) as error:
        raise AssignmentError(
            f"{one.output} of case {case.id} cannot be computed from the reference: {error}",
            f"let the reference give what {one.expression} needs",
        ) from error
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


def cases_of(plans: Sequence[CasePlan], values: Mapping[str, Array | Scalar]) -> tuple[Case, ...]:
    """Return the cases of plans; AssignmentError where one is not given what its program needs."""
    sorted_out: dict[tuple[str, str], Values] = {}
    for name, value in values.items():
        case, kind, variable = name.split("\n")
        sorted_out.setdefault((case, kind), {})[variable] = value

    def of(plan: CasePlan, kind: str) -> Values:
        return sorted_out.get((plan.id, kind), {})

    return tuple(_case(plan, of(plan, "given"), of(plan, "expected")) for plan in plans)


def _case(plan: CasePlan, given: Values, expected: Values) -> Case:
    if set(given) != set(plan.names):
        raise AssignmentError(
            f"case {plan.id} is given {sorted(given)}, not {sorted(plan.names)}",
            f"let {plan.draw or 'the case'} give just these",
        )
    return Case(
        id=plan.id,
        exercise=plan.exercise,
        title=plan.title,
        visibility=plan.visibility,
        source=plan.source,
        program=plan.program,
        given=given,
        expected={name: as_array(value) for name, value in expected.items()},
        tolerance=plan.tolerance,
        weight=plan.weight,
        repeats=plan.repeats,
    )


# --- digests ------------------------------------------------------------------------------------


def _content(
    assignment: Assignment,
    plans: tuple[CasePlan, ...],
    key: Key | None,
    known: Mapping[str, Drawn],
) -> bytes:
    """Return a digest of everything that a casebook's values follow from."""
    inputs = [f"{case} {_digest(one.given)}" for case, one in known.items()]
    parts = [
        _LAYOUT.decode(), assignment.slug, assignment.digest, guest_digest(), np.__version__,
        " ".join(plan.id for plan in plans), key.secret.hex() if key else "public",
        *inputs,
    ]  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).digest()


def _digest(values: Values) -> str:
    return hashlib.sha256(packed(bytes(16), values)).hexdigest()


def marking_digest(case: Case) -> str:
    """Return a digest of all that a verdict follows from, but the outcome."""
    header, body = wire.author_values(case.expected)
    marks = [header, case.tolerance, str(case.weight), case.exercise, case.repeats]
    told = msgspec.json.encode([*marks, case.program.derived])
    return hashlib.sha256(len(told).to_bytes(8) + told + body).hexdigest()
