"""Public inputs on which failures are looked into, and what the known mistakes give on them.

Drawn by a public seed and run once for an assignment, then kept: nothing here is secret, and none
of it is needed for a submission that is right.
"""

import ast
import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from grader.assignment.casebook import answers, cases_of, compute
from grader.assignment.key import Key
from grader.assignment.kit import kit_materials
from grader.assignment.shelf import Values, keep, recall
from grader.assignment.small import SMALL, small_inputs
from grader.errors import AssignmentError
from grader.model import (
    Array,
    Assignment,
    Call,
    Case,
    CasePlan,
    Fingerprint,
    Observation,
    Probes,
    Read,
    Scalar,
    Source,
    SourceFile,
    Submission,
    Visibility,
)
from grader.sandbox import session
from grader.sandbox.keeper import Keeper
from grader.sandbox.memory import guest_digest
from grader.submission.read import read_submission

PUBLIC = Key(secret=b"the probes of every course are alike", origin="grader itself")
_LAYOUT = "grader/probes/1"
_DRAWS = 2  # of each plan: a mistake is named only where two cases at least show it
_AGAIN, _SMALL, _NEARBY = "#", "~", "*"  # what stands behind a plan's id in the ids made of it
_NEAR = (2.0, 0.5, 1 + 2.0**-10)
_MOST_SMALL = 120  # of each program


def probes_of(assignment: Assignment, author: Callable[[], Keeper], cache: Path | None) -> Probes:
    """Return the probes of an assignment, computing them where they are not kept."""
    materials = kit_materials(assignment)
    if materials is not None:
        return materials.probes
    plans = _redrawn(assignment)
    modules = tuple(mistake_modules(assignment))
    digest = _content(assignment, modules)
    values = recall(cache, digest)
    if values is None:
        with author() as keeper:
            values = _computed(assignment, plans, modules, keeper)
        keep(cache, digest, values)
    cases = cases_of(plans, _of_cases(values))
    small, near = (_made(assignment, values, mark) for mark in (_SMALL, _NEARBY))
    return Probes(
        cases=cases,
        small=cases_of(small, _of_cases(values)),
        near=cases_of(near, _of_cases(values)),
        fingerprints=tuple(_fingerprints(modules, values)),
        stored=_stored(assignment),
    )


def mistake_modules(assignment: Assignment) -> Iterator[tuple[str, Submission]]:
    """Yield the modules of the known mistakes, each with the id that its name begins with."""
    for path in sorted(Path(assignment.solutions, "mistakes").glob("*.py")):
        mistake = path.stem.partition(".")[0]
        if mistake not in assignment.mistakes:
            raise AssignmentError(
                f"{path.name} is a mistake that mistakes.toml has not",
                f"give [{mistake}] a text with a title and hints there",
            )
        yield mistake, read_submission(path, assignment.files)


def _redrawn(assignment: Assignment) -> tuple[CasePlan, ...]:
    """Return the drawn cases as public ones, each drawn more than once, and the public ones."""
    drawn = [
        msgspec.structs.replace(plan, id=f"{plan.id}{_AGAIN}{k}", visibility=Visibility.PUBLIC)
        for plan in assignment.plans
        if plan.source is Source.FRESH
        for k in range(_DRAWS)
    ]
    return (*(plan for plan in assignment.plans if plan.source is Source.PUBLIC), *drawn)


def _made(assignment: Assignment, values: Values, mark: str) -> list[CasePlan]:
    """Return plans of the inputs that were made and that the reference answered, in their order."""
    plans = {plan.id: plan for plan in assignment.plans}
    answered = (name.partition("\n")[0] for name in values if "\nexpected\n" in name)
    return [
        msgspec.structs.replace(
            plans[id_.partition(mark)[0]],
            id=id_,
            title=str(SMALL),
            visibility=Visibility.PUBLIC,
            source=Source.PUBLIC,
        )
        for id_ in dict.fromkeys(answered)
        if mark in id_
    ]


def _small(assignment: Assignment, cases: Sequence[Case]) -> Iterator[tuple[CasePlan, str, Values]]:
    """Yield small inputs for every program about one definition, the simplest programs first."""
    examples: dict[str, list[Case]] = {}
    for case in cases:
        if len(set(case.program.objects.values())) <= 1:
            examples.setdefault(case.program.text, []).append(case)
    plans = {plan.id: plan for plan in assignment.plans}

    def acts(own: list[Case]) -> int:
        return sum(not isinstance(step, Read) for step in own[0].program.steps)

    for own in sorted(examples.values(), key=acts):
        plan = plans[own[0].id.partition(_AGAIN)[0]]
        inputs = small_inputs([case.given for case in own])
        for size, given in zip(range(_MOST_SMALL), inputs, strict=False):
            yield plan, f"{plan.id}{_SMALL}{size}", given


def _near(assignment: Assignment, cases: Sequence[Case]) -> Iterator[tuple[CasePlan, str, Values]]:
    """Yield the public cases with all their numbers doubled, halved, or changed a little."""
    public = {plan.id: plan for plan in assignment.plans if plan.source is Source.PUBLIC}
    for case in (case for case in cases if case.id in public):
        for number, factor in enumerate(_NEAR):
            given = {name: _scaled(value, factor) for name, value in case.given.items()}
            if any(not np.array_equal(given[name], value) for name, value in case.given.items()):
                yield public[case.id], f"{case.id}{_NEARBY}{number}", given


def _scaled(value: Array | Scalar, factor: float) -> Array | Scalar:
    """Return an array times a factor, whole numbers as far as they stay whole."""
    if not isinstance(value, np.ndarray):
        return value
    scaled = value * factor
    return scaled.astype(value.dtype) if value.dtype.kind == "f" or factor.is_integer() else value


def _computed(
    assignment: Assignment,
    plans: tuple[CasePlan, ...],
    modules: Sequence[tuple[str, Submission]],
    keeper: Keeper,
) -> Values:
    """Draw the probes, let the reference answer them and small ones, and run all mistakes."""
    values = compute(assignment, plans, PUBLIC, keeper)
    cases = cases_of(plans, values)
    made = [*_small(assignment, cases), *_near(assignment, cases)]
    values |= {f"{id_}\ngiven\n{n}": value for _, id_, given in made for n, value in given.items()}
    reference = read_submission(Path(assignment.reference), assignment.files)
    asked = cases_of([msgspec.structs.replace(plan, id=id_) for plan, id_, _ in made], values)
    ran = session.run(keeper, reference, asked, assignment.limits)
    special = {name for case in cases for name, array in case.expected.items() if _is_odd(array)}
    for case, outcome in zip(asked, ran.outcomes, strict=True):
        with contextlib.suppress(AssignmentError):  # not every small input is one of this program
            found = answers(case, outcome)
            if {name for name, array in found.items() if _is_odd(array)} <= special:
                values |= {f"{case.id}\nexpected\n{name}": array for name, array in found.items()}
    for mistake, module in modules:
        values |= _run_mistake(assignment, mistake, module, cases, keeper)
    return values


def _is_odd(array: Array) -> bool:
    """Tell whether an answer has NaN or infinity: where no draw has, none was meant."""
    return not np.isfinite(array).all()


def _run_mistake(
    assignment: Assignment,
    mistake: str,
    module: Submission,
    cases: Sequence[Case],
    keeper: Keeper,
) -> Values:
    """Return what a mistake gives; with a free number, what it gives for 0, and what 1 adds."""
    known = assignment.mistakes[mistake]
    if known.seen is Observation.BY_HEART:  # told by the score; its arrays are anything
        return {}
    if known.free is None:
        arrays = _answered(assignment, module, cases, keeper)
        wrong = _wrong(arrays, cases)
        return {_key("is", module, key): a for key, a in arrays.items() if _output(key) in wrong}
    at_0 = _answered(assignment, _with(module, f"{known.free} = 0.0"), cases, keeper)
    at_1 = _answered(assignment, _with(module, f"{known.free} = 1.0"), cases, keeper)
    alike = {k: v for k, v in at_0.items() if k in at_1 and at_1[k].shape == v.shape}
    wrong = _wrong(at_0, cases) | _wrong(at_1, cases)
    alike = {key: array for key, array in alike.items() if _output(key) in wrong}
    values: Values = {_key("is", module, key): array for key, array in alike.items()}
    slopes = {key: np.subtract(at_1[key], a, dtype=np.float64) for key, a in alike.items()}
    if any(slope.any() for slope in slopes.values()):  # else a form without a free number
        values |= {_key("adds", module, key): slope for key, slope in slopes.items()}
    return values


def _wrong(arrays: Mapping[str, Array], cases: Sequence[Case]) -> set[str]:
    """Return the outputs that a mistake shows in: what it gets right need not be kept."""
    wrong: set[str] = set()
    for case in cases:
        for name, expected in case.expected.items():
            array = arrays.get(Fingerprint.key(case.id, name))
            same = array is not None and array.shape == expected.shape
            if array is None or not same or not np.allclose(array, expected, rtol=1e-9, atol=0):
                wrong.add(name)
    return wrong


def _output(key: str) -> str:
    return key.partition("\n")[2]


def _answered(
    assignment: Assignment, module: Submission, cases: Sequence[Case], keeper: Keeper
) -> dict[str, Array]:
    """Return the arrays of real numbers that a module gives."""
    ran = session.run(keeper, module, cases, assignment.limits)
    return {
        Fingerprint.key(case.id, name): value.array
        for case, outcome in zip(cases, ran.outcomes, strict=True)
        for name, value in outcome.outputs.items()
        if value.array is not None and value.array.dtype.kind in "biuf"
    }


def _with(module: Submission, line: str) -> Submission:
    """Return a module whose last line is `line`: what it binds is what the module's code finds."""
    (source,) = module.main.cells
    main = SourceFile(module.main.name, (source + f"\n{line}\n".encode(),), is_notebook=False)
    return msgspec.structs.replace(module, main=main)


def _key(kind: str, module: Submission, key: str) -> str:
    case, _, output = key.partition("\n")
    return f"{case}\n{kind}:{module.name}\n{output}"


def _fingerprints(
    modules: Sequence[tuple[str, Submission]], values: Values
) -> Iterator[Fingerprint]:
    """Yield what the mistakes gave; one that is told by what is seen may have given nothing."""
    kept: dict[str, dict[str, Array]] = {}
    for name, value in values.items():
        case, kind, output = name.split("\n")
        kept.setdefault(kind, {})[Fingerprint.key(case, output)] = np.asarray(value)
    for mistake, module in modules:
        yield Fingerprint(
            mistake=mistake,
            module=module.name,
            arrays=kept.get(f"is:{module.name}", {}),
            slopes=kept.get(f"adds:{module.name}", {}),
        )


def _of_cases(values: Values) -> Values:
    return {n: v for n, v in values.items() if n.split("\n")[1] in ("given", "expected")}


def _stored(assignment: Assignment) -> dict[str, tuple[str, ...]]:
    """Return the attributes that the reference's given methods set on `self`, by class."""
    tree = ast.parse(Path(assignment.reference).read_bytes())
    written = {
        step.callee
        for plan in assignment.plans
        for step in plan.program.steps
        if isinstance(step, Call) and step.watched
    }
    return {
        one.name: tuple(
            sorted(
                {
                    node.attr
                    for method in one.body
                    if isinstance(method, ast.FunctionDef)
                    and f"{one.name}.{method.name}" not in written
                    for node in ast.walk(method)
                    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
                }
            )
        )
        for one in tree.body
        if isinstance(one, ast.ClassDef)
    }


def _content(assignment: Assignment, modules: Sequence[tuple[str, Submission]]) -> bytes:
    """Return a digest of everything that the values follow from."""
    here = Path(__file__)
    deciding = (here, here.with_name("small.py"))  # they say which inputs are tried
    parts = [
        _LAYOUT, assignment.slug, assignment.digest, guest_digest(), np.__version__,
        *(f"{module.name} {module.sha256}" for _, module in modules),
        *(hashlib.sha256(path.read_bytes()).hexdigest() for path in deciding),
    ]  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).digest()
