"""The proof that an assignment is sound: everything that its marks and its hints rest on, tried.

Each check says what does not hold and what to add. Nothing here is secret: inputs are drawn by the
public key of the probes.
"""

import ast
import difflib
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from grader.arrays import as_array
from grader.assignment.casebook import all_cases, cases_of, drawn
from grader.assignment.kit import refuse_kit
from grader.assignment.manifest import DRAWS
from grader.assignment.probes import PUBLIC, mistake_modules
from grader.author.adjoint import check_derivatives
from grader.author.margins import margins
from grader.author.mutants import Mutant, mutants
from grader.errors import AssignmentError
from grader.explain import explainer_of
from grader.grade import Grader
from grader.judge.failing import FAILING, failing_outputs
from grader.model import (
    FAR,
    Array,
    Assignment,
    Call,
    Case,
    CaughtRow,
    Check,
    Circumstances,
    Failure,
    Isolation,
    Margin,
    Observation,
    Outcome,
    Record,
    Scalar,
    Scorecard,
    Soundness,
    Source,
    State,
    Submission,
    Survivor,
    TriedCase,
)
from grader.sandbox import session
from grader.sandbox.keeper import Keeper
from grader.submission.read import make_submission, read_submission

EQUIVALENTS = "equivalents.toml"
_AROUND = 2  # lines shown before and after a change


class Equivalent(Record, frozen=True):
    """A mutant that no input can tell from the reference, and why, by an author's hand."""

    diff: str
    reason: str


class _Equivalents(Record, frozen=True):
    equivalent: tuple[Equivalent, ...] = ()


def validate(
    assignment: Assignment, keeper: Keeper, author: Callable[[], Keeper], cache: Path | None
) -> Soundness:
    """Try everything. `keeper` runs author code; AssignmentError where it does not even load.

    Raises UsageError where the assignment is a student's kit.
    """
    refuse_kit(assignment)
    plans = tuple(plan for plan in assignment.plans if plan.source is Source.FRESH)
    fresh = cases_of(plans, drawn(assignment, plans, PUBLIC, keeper))
    checks = [
        _derivatives(assignment, fresh, keeper),
        told_in_full(assignment),
        _all_python(assignment),
    ]
    try:
        cases = all_cases(assignment, PUBLIC, author, cache)
    except AssignmentError as error:
        failed = Failure(error.message, error.hint)
        checks.append(Check("cases can be made, and the notebook is fresh", "", (failed,)))
        return Soundness(title=assignment.title, checks=tuple(checks))
    bench = _Bench(assignment, cases, keeper, author, cache)
    checks.append(Check("cases can be made, and the notebook is fresh", f"{len(cases)} cases"))
    checks.append(_points(assignment, bench))
    rows = tuple(_rows(assignment, bench))
    checks += [_caught(assignment, rows), _told_apart(rows)]
    mutant_check, survivors = _mutants(assignment, bench)
    right = list(_variants(assignment))
    checks += [mutant_check, _all_right(right, bench)]
    found = _margins(assignment, bench, right)
    checks += [_margin_check(found), _reachable(assignment, cases), _seeded(fresh, cases)]
    return Soundness(
        title=assignment.title,
        checks=tuple(checks),
        cases=tuple(_tried(assignment, cases)),
        rows=rows,
        margins=tuple(found),
        survivors=survivors,
    )


def _all_python(assignment: Assignment) -> Check:
    """Check that Python can read the stub, and all that is graded as a submission here."""
    solutions = Path(assignment.solutions)
    paths = [
        *(path for path in [Path(assignment.folder) / assignment.files[0]] if path.exists()),
        *sorted(solutions.glob("mistakes/*.py")),
        *sorted(solutions.glob("variants/*.py")),
    ]
    failures = []
    for path in paths:
        try:
            with warnings.catch_warnings(action="ignore"):
                ast.parse(path.read_bytes(), path.name)
        except (SyntaxError, ValueError) as error:
            told = f"{path.parent.name}/{path.name} cannot be read as Python: {error}"
            failures.append(Failure(told, "correct it there"))
    title = "the stub, mistakes and variants can be read"
    return Check(title, f"{len(paths)} files", tuple(failures))


def told_in_full(assignment: Assignment) -> Check:
    """Check that a language which anything is told in is one that all is told in."""
    texts = [one.text for one in assignment.mistakes.values()]
    codes = sorted({*assignment.text, *(code for text in texts for code in text)})
    missing = [(code, place) for code in codes for place in _untold(assignment, code)]
    failures = tuple(
        Failure(f"{place} is not told in {code!r}", "write it, or leave that language out")
        for code, place in missing
    )
    return Check("every language tells of all", ", ".join(codes), failures)


def _untold(assignment: Assignment, code: str) -> Iterator[str]:
    """Yield the keys under which nothing is written in a language."""
    if code != assignment.language:
        text = assignment.text.get(code)
        if text is None:
            yield f"[text.{code}]"
        else:
            yield from (
                f"[text.{code}.exercises.{one.id}]"
                for one in assignment.exercises
                if one.id not in text.exercises
            )
            yield from (
                f"{plan.id} in [text.{code}.cases]"
                for plan in assignment.plans
                if plan.id not in text.cases
            )
    for id_, mistake in assignment.mistakes.items():
        if code not in mistake.text:
            yield f"[{id_}.text.{code}] of mistakes.toml"


class _Bench:
    """Grades author code as a submission is graded."""

    def __init__(
        self,
        assignment: Assignment,
        cases: tuple[Case, ...],
        keeper: Keeper,
        author: Callable[[], Keeper],
        cache: Path | None,
    ) -> None:
        self.assignment = assignment
        self.cases = cases
        self.keeper = keeper
        nobody = Circumstances(Isolation(tier="", layers=()), None, {})
        explained = explainer_of(assignment, cases, author, cache)
        self.grade = Grader(assignment, cases, keeper, nobody, lambda: explained)

    def run(self, submission: Submission) -> Sequence[Outcome]:
        """Run one submission on all cases."""
        limits = self.assignment.limits
        return session.run(self.keeper, submission, self.cases, limits).outcomes

    def survives(self, submission: Submission) -> bool:
        """Tell whether a submission passes every case."""
        ran = session.run(self.keeper, submission, self.cases, self.assignment.limits)
        verdicts = [
            self.grade.judge(case, outcome, ran.extracted)
            for case, outcome in zip(self.cases, ran.outcomes, strict=True)
        ]
        return not failing_outputs(verdicts, self.assignment)


def _derivatives(assignment: Assignment, cases: Sequence[Case], keeper: Keeper) -> Check:
    """Check the reference by differences of its own forward: before anything rests on it."""
    title = "the reference's derivatives agree with differences of its forward"
    reference = read_submission(Path(assignment.reference), assignment.files)
    failures = tuple(
        Failure(f"{one.output} in case {one.case}: {one.told}", "correct the reference")
        for derivative in assignment.derivatives
        for one in check_derivatives(derivative, cases, reference, keeper, assignment.limits)
    )
    names = [name for derivative in assignment.derivatives for name in derivative.outputs]
    return Check(title, ", ".join(names) or "no [[derivatives]] are stated", failures)


def _points(assignment: Assignment, bench: _Bench) -> Check:
    """Check that points add up, that the reference has them all, and the stub none."""
    total = sum(exercise.points for exercise in assignment.exercises)
    reference = bench.grade(read_submission(Path(assignment.reference), assignment.files))
    failures = []
    if reference.scorecard.points_exact != str(total):
        points = reference.scorecard.points_exact
        told = f"the reference has {points} of {total} points{_first_failing(reference.scorecard)}"
        failures.append(Failure(told, "correct it, or the cases"))
    if reference.scorecard.max_points != float(total):
        told = f"{reference.scorecard.max_points:g} of {total} points can be had"
        failures.append(Failure(told, "let a case read every output that has points"))
    stub = Path(assignment.folder) / assignment.files[0]
    if not stub.exists():
        failures.append(Failure("there is no stub", f"write {stub.name}, as students get it"))
    else:
        points = bench.grade(read_submission(stub, assignment.files)).scorecard.points_exact
        if points != "0":
            failures.append(Failure(f"the stub has {points} points", "let it compute nothing"))
    told = f"reference {total} of {total}, stub 0"
    return Check("the reference has all points, the stub none", told, tuple(failures))


def _reachable(assignment: Assignment, cases: Sequence[Case]) -> Check:
    """Check that every case judges something, and that every draw is used."""
    pointed = {exercise.id: set(exercise.outputs) for exercise in assignment.exercises}
    failures = [
        Failure(
            f"case {case.id} judges nothing", f"let it read an output of exercise {case.exercise}"
        )
        for case in cases
        if case.weight
        and not pointed[case.exercise] & set(case.expected)
        and not any(getattr(step, "watched", False) for step in case.program.steps)
        and case.source is Source.FRESH
    ]
    draws = Path(assignment.folder) / DRAWS
    used = {plan.draw for plan in assignment.plans}
    if draws.exists():
        failures += [
            Failure(f"{DRAWS}: {node.name} is drawn by no case", "write one, or remove it")
            for node in ast.parse(draws.read_bytes()).body
            if isinstance(node, ast.FunctionDef)
            and not node.name.startswith("_")
            and node.name not in used
        ]
    return Check("every case and every draw is used", f"{len(cases)} cases", tuple(failures))


def _seeded(drawn_before: Sequence[Case], cases: Sequence[Case]) -> Check:
    """Check that draws follow from their seed: what was drawn by it before was the same."""
    known = {case.id: case for case in cases}
    failures = tuple(
        Failure(
            f"case {case.id} was given other numbers when it was drawn again by the same seed",
            f"let its function of {DRAWS} draw from `rng` alone",
        )
        for case in drawn_before
        if any(
            not _is_same(value, known[case.id].given[name]) for name, value in case.given.items()
        )
    )
    return Check("draws follow from their seed", f"{len(drawn_before)} draws", failures)


def _is_same(one: Array | Scalar, other: Array | Scalar) -> bool:
    left, right = as_array(one), as_array(other)
    return left.shape == right.shape and left.tobytes() == right.tobytes()


def _rows(assignment: Assignment, bench: _Bench) -> Iterator[CaughtRow]:
    for mistake, module in mistake_modules(assignment):
        graded = bench.grade(module)
        states = {case.id: case.state for one in graded.scorecard.exercises for case in one.cases}
        yield CaughtRow(
            module=module.name,
            mistake=mistake,
            caught=tuple(states[case.id] is not State.PASSED for case in bench.cases),
            named=tuple(dict.fromkeys(one.id for one in graded.scorecard.diagnoses)),
            breaks=_breaks(graded.scorecard),
        )


def _breaks(card: Scorecard) -> tuple[str, ...]:
    """Return the outputs that a mistake was named on; where there is no name, those that fail."""
    named = [one.output for one in card.diagnoses]
    cases = [case for exercise in card.exercises for case in exercise.cases]
    failing = [one.name for case in cases for one in case.outputs if one.state in FAILING]
    return tuple(dict.fromkeys(named or failing))


def _tried(assignment: Assignment, cases: Sequence[Case]) -> Iterator[TriedCase]:
    titles = {exercise.id: exercise.title for exercise in assignment.exercises}
    for case in cases:
        yield TriedCase(case.id, case.title, titles[case.exercise], case.source)


def _caught(assignment: Assignment, rows: Sequence[CaughtRow]) -> Check:
    without = [
        Failure(f"{id_} has no module", f"write mistakes/{id_}.py")
        for id_, mistake in assignment.mistakes.items()
        if mistake.seen is not Observation.BY_HEART and id_ not in {row.mistake for row in rows}
    ]
    missed = [
        Failure(f"{row.module} passes every case", "add a case on which it differs")
        for row in rows
        if not any(row.caught)
    ]
    told = f"{len(rows)} modules of {len({row.mistake for row in rows})} mistakes"
    return Check("every mistake is caught", told, (*without, *missed))


def _told_apart(rows: Sequence[CaughtRow]) -> Check:
    failures = tuple(
        Failure(
            f"{row.module} is named {', '.join(row.named) or 'nothing'}",
            "add a draw on which it differs from the others, or say what is `seen` of it",
        )
        for row in rows
        if row.named != (row.mistake,)
    )
    told = f"{len(rows) - len(failures)} of {len(rows)} are named, and by their own name alone"
    return Check("every mistake is told apart", told, failures)


def _mutants(assignment: Assignment, bench: _Bench) -> tuple[Check, tuple[Survivor, ...]]:
    """Check that every mutant of the reference is caught, or is listed as equivalent to it."""
    path = Path(assignment.reference)
    source = path.read_bytes()
    made = mutants(source, _written(assignment))
    known = {one.diff.strip(): one.reason for one in _equivalents(assignment)}
    lived = [
        one
        for one in made
        if bench.survives(
            make_submission(path.name, {path.name: one.source}, assignment.files, "", None)
        )
    ]
    survivors = tuple(one for one in lived if one.diff.strip() not in known)
    stale = set(known) - {one.diff.strip() for one in lived}
    failures = (
        *(
            Failure(
                f"{one.name} survives",
                f"add a case that catches it; if none can, list it in {EQUIVALENTS}",
                one.diff,
            )
            for one in survivors
        ),
        *(
            Failure(f"{EQUIVALENTS} lists what does not survive: {diff!r}", "remove it")
            for diff in sorted(stale)
        ),
    )
    told = f"{len(made)} mutants, {len(made) - len(lived)} caught, {len(known)} equivalent by hand"
    shown = tuple(
        Survivor(name=one.name, diff=one.diff, around=_around(source, one)) for one in survivors
    )
    return Check("mutants of the reference are caught", told, failures), shown


def _around(source: bytes, mutant: Mutant) -> str:
    """Return what a mutant changes, with signs, amid the lines that it stands in."""
    before, after = (text.decode("utf-8-sig").splitlines() for text in (source, mutant.source))
    lines = [*difflib.unified_diff(before, after, lineterm="", n=_AROUND)]
    return "\n".join(lines[3:])  # without the names of two files and the numbers of lines


def _equivalents(assignment: Assignment) -> tuple[Equivalent, ...]:
    path = Path(assignment.solutions) / EQUIVALENTS
    if not path.exists():
        return ()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_Equivalents).equivalent
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{path}: {error}", "give each a diff and a reason") from error


def _written(assignment: Assignment) -> frozenset[str]:
    """Return the names of the functions that students write."""
    return frozenset(
        step.callee
        for plan in assignment.plans
        for step in plan.program.steps
        if isinstance(step, Call) and step.watched
    )


def _variants(assignment: Assignment) -> Iterator[Submission]:
    for path in sorted(Path(assignment.solutions, "variants").glob("*.py")):
        yield read_submission(path, assignment.files)


def _all_right(right: Sequence[Submission], bench: _Bench) -> Check:
    failures = []
    for variant in right:
        card = bench.grade(variant).scorecard
        if card.points != card.max_points or card.diagnoses:
            failures.append(
                Failure(
                    f"variants/{variant.name} has {card.points:g} of {card.max_points:g} points"
                    f"{_first_failing(card)}",
                    "correct it where it is wrong; else widen the tolerance",
                )
            )
    if not right:
        failures.append(
            Failure("there are no variants", "write right solutions of other kinds in variants/")
        )
    told = f"{len(right)} variants have all points"
    return Check("right solutions of other kinds have all points", told, tuple(failures))


def _first_failing(card: Scorecard) -> str:
    """Return the first output that fails by itself, with its case; nothing where none does."""
    found = (
        f": {output.name} is {output.state} in case {case.id}"
        for exercise in card.exercises
        for case in exercise.cases
        for output in case.outputs
        if output.state in FAILING
    )
    return next(found, "")


def _margins(assignment: Assignment, bench: _Bench, right: Sequence[Submission]) -> list[Margin]:
    pointed = frozenset(name for one in assignment.exercises for name in one.outputs)
    modules = [
        module
        for mistake, module in mistake_modules(assignment)
        if assignment.mistakes[mistake].seen is None
    ]
    return margins(
        bench.cases,
        [(one.name, bench.run(one)) for one in right],
        [(one.name, bench.run(one)) for one in modules],
        pointed,
    )


def _margin_check(found: Sequence[Margin]) -> Check:
    failures = tuple(
        Failure(
            f"the tolerance {one.tolerance:g} of {one.precision} is "
            f"{1 / max(one.worst, 1e-300):.3g} times what {one.worst_name or 'no variant'} needs, "
            f"and {one.nearest_name or 'no mistake'} is {one.nearest:.3g} times it, "
            f"where {FAR:g} is asked for on both sides",
            _change(one),
        )
        for one in found
        if not (one.spares_right and one.bars_wrong)
    )
    told = "; ".join(
        f"{one.precision} {one.tolerance:g}: right ones use {one.worst:.1e} of it, the nearest "
        f"wrong one is {one.nearest:.3g} times it"
        for one in found
    )
    return Check(f"tolerances lie {FAR:g} times away from right and wrong", told, failures)


def _change(margin: Margin) -> str:
    """Return what to do about a tolerance that is too near."""
    if margin.nearest < margin.worst * FAR * FAR:
        return "no tolerance keeps both apart: add a case on which the wrong one is farther off"
    return "narrow it" if margin.spares_right else "widen it"
