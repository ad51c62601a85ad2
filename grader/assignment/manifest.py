"""`assignment.toml` to an Assignment. Unknown keys are errors; so is marking by known numbers."""

import contextlib
import hashlib
import re
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import msgspec

from grader.assignment.kit import KIT, kit_assignment
from grader.assignment.policy import PolicyTable, policy_of
from grader.errors import AssignmentError, UsageError
from grader.model import (
    Assignment,
    AssignmentText,
    CasePlan,
    Derivative,
    Exercise,
    Limits,
    Mistake,
    Program,
    Read,
    Record,
    Scalar,
    Source,
    Tolerance,
    Visibility,
)
from grader.program import Vocabulary, make_program, operands, parse_program

MANIFEST = "assignment.toml"
NOTEBOOK = "notebook.ipynb"
DRAWS = "cases.py"
CONTRACT = "contract"
FRESH_SHARE = Fraction(2, 3)
_ID = re.compile(r"[\w.-]+")  # it becomes an anchor of a page, and a part of ids made of it

_WEIGHTS = {Source.PUBLIC: Fraction(1), Source.NOTEBOOK: Fraction(1), Source.FRESH: Fraction(2)}


class ExerciseTable(Record, frozen=True):
    """`[[exercises]]`: `outputs` shares `points` out by relative size; `X.contract` may be one."""

    id: str
    title: str
    asks: str
    points: Fraction
    outputs: dict[str, Fraction]


class ProgramTable(Record, frozen=True):
    """`[programs.NAME]`: the names it is given, its steps, and outputs computed from others."""

    given: tuple[str, ...]
    steps: str
    derived: dict[str, str] = {}


class CaseTable(Record, frozen=True):
    """`[[cases]]`: numbers by `cell` (of the notebook), `draw` (of cases.py), or `given` alone."""

    id: str
    exercise: str
    title: str
    program: str
    cell: str | None = None
    draw: str | None = None
    given: dict[str, Any] = {}
    expected: dict[str, str] = {}
    weight: Fraction | None = None
    repeats: bool = False
    visibility: Visibility | None = None
    tolerance: Tolerance | None = None


class DerivativeTable(Record, frozen=True):
    """`[[derivatives]]`: what `grader validate` proves of the reference by finite differences."""

    program: str
    of: str
    outputs: dict[str, str]
    upstream: str | None = None


class SplitTable(Record, frozen=True):
    """`[split]`: of runs that are drawn, collected and judged in different places.

    Without `rows`, the notebook's cases are not in them: their inputs are the same in every run.
    """

    rows: bool = True


class ManifestTable(Record, frozen=True):
    """The whole of assignment.toml."""

    schema: Literal["grader/assignment/1"]
    title: str
    files: tuple[str, ...]
    exercises: tuple[ExerciseTable, ...]
    programs: dict[str, ProgramTable]
    cases: tuple[CaseTable, ...]
    language: str = "en"
    solutions: str | None = None
    packages: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    aliases: dict[str, tuple[str, ...]] = {}
    accepts: dict[str, tuple[tuple[str, ...], ...]] = {}
    owned: tuple[str, ...] = ()
    derivatives: tuple[DerivativeTable, ...] = ()
    extra: dict[str, Scalar] = {}
    weights: dict[Source, Fraction] = {}
    tolerance: Tolerance = Tolerance()
    limits: Limits = Limits()
    policy: PolicyTable = PolicyTable()
    split: SplitTable = SplitTable()
    text: dict[str, AssignmentText] = {}


def load_assignment(folder: Path) -> Assignment:
    """Read an assignment's folder; AssignmentError where it is unsound, naming what to change."""
    folder = folder.resolve()
    if (folder / KIT).is_file():
        return kit_assignment(folder)
    table = _decode(folder / MANIFEST, ManifestTable)
    solutions = folder.parent.parent / "solutions" / folder.name
    if table.solutions is not None:
        solutions = (folder / table.solutions).resolve()
    mistakes = _mistakes(solutions / "mistakes.toml")
    _check_names(table)
    if not table.files:
        raise AssignmentError(f"{folder / MANIFEST}: files is empty", "name the file to hand in")
    vocabulary = Vocabulary(
        classes=table.classes,
        functions=table.functions,
        watched=table.writes,
        aliases=table.aliases,
        accepts=table.accepts,
        extra=table.extra,
    )
    exercises = tuple(_exercise(row, table.owned) for row in table.exercises)
    programs = {name: _program(name, one, vocabulary) for name, one in table.programs.items()}
    plans = tuple(_plan(row, table, programs, exercises) for row in table.cases)
    assignment = Assignment(
        slug=folder.name,
        title=table.title,
        folder=str(folder),
        digest=_digest(folder, solutions, table.files),
        files=table.files,
        language=table.language,
        packages=table.packages,
        definitions=(*table.classes, *table.functions),
        exercises=exercises,
        plans=plans,
        limits=table.limits,
        reference=str(solutions / table.files[0]),
        solutions=str(solutions),
        derivatives=tuple(_derivative(row, table, programs) for row in table.derivatives),
        mistakes=mistakes,
        policy=policy_of(table.policy, len(exercises)),
        text=table.text,
        rows_travel=table.split.rows,
    )
    _check(assignment)
    _check_texts(assignment)
    return assignment


def _decode(path: Path, into: type[ManifestTable]) -> ManifestTable:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=into, dec_hook=_fraction)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", "name an assignment's folder"
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{path}: {error}", "correct this key in the manifest") from error


def _fraction(kind: type, value: object) -> Fraction:
    """Decode points and weights: an integer, or a string such as "1/3"; never a float."""
    if kind is Fraction and isinstance(value, int | str) and not isinstance(value, bool):
        with contextlib.suppress(ValueError, ZeroDivisionError):
            return Fraction(value)
    raise ValueError(f'write {value!r} as an integer or as a string such as "1/3"')


def _mistakes(path: Path) -> dict[str, Mistake]:
    if not path.exists():
        return {}
    try:
        return msgspec.toml.decode(path.read_bytes(), type=dict[str, Mistake])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(
            f"{path}: {error}", "give each mistake a text with a title and hints, by language"
        ) from error


def _digest(folder: Path, solutions: Path, files: tuple[str, ...]) -> str:
    """Return the SHA-256 of all that results follow from."""
    named = [folder / MANIFEST, folder / NOTEBOOK, folder / DRAWS]
    named += [solutions / "mistakes.toml", *(solutions / name for name in files)]
    digest = hashlib.sha256()
    for path in named:
        data = path.read_bytes() if path.exists() else b""
        data = _telling(data) if path.name == MANIFEST else data
        digest.update(f"{path.name} {len(data)} ".encode() + data)
    return digest.hexdigest()


def _telling(manifest: bytes) -> bytes:
    keys = msgspec.toml.decode(manifest)
    for key in ("policy", "text"):  # no result follows from them
        keys.pop(key, None)
    return msgspec.json.encode(keys)


def _exercise(row: ExerciseTable, owned: tuple[str, ...]) -> Exercise:
    contracts = [name for name in row.outputs if name.rpartition(".")[2] == CONTRACT]
    total = sum(row.outputs.values(), Fraction(0))
    negative = [name for name, share in row.outputs.items() if share < 0]
    if total <= 0 or negative or len(contracts) > 1 or row.points < 0:
        told = ", ".join(f"{name} {share}" for name, share in row.outputs.items())
        raise AssignmentError(
            f"exercise {row.id} shares {row.points} points as {told}",
            "give it points and its outputs shares above 0, and at most one contract",
        )
    return Exercise(
        id=row.id,
        title=row.title,
        asks=row.asks,
        points=row.points,
        outputs={name: row.points * share / total for name, share in row.outputs.items()},
        contract=contracts[0] if contracts else None,
        owned=tuple(name for name in owned if name in row.outputs),
    )


def _program(name: str, table: ProgramTable, vocabulary: Vocabulary) -> Program:
    try:
        return parse_program(table.steps, table.derived, vocabulary, frozenset(table.given))
    except AssignmentError as error:
        raise AssignmentError(f"[programs.{name}]: {error.message}", error.hint) from error


def _derivative(
    row: DerivativeTable, table: ManifestTable, programs: dict[str, Program]
) -> Derivative:
    program = programs.get(row.program)
    named = {row.of, *row.outputs}
    if program is None or not named <= set(program.needs):
        raise AssignmentError(
            f"[[derivatives]] names {', '.join(sorted(named))} of the program {row.program!r}",
            "name a program, and outputs that it reads",
        )
    given = table.programs[row.program].given
    unknown = sorted({*row.outputs.values(), row.upstream or given[0]} - set(given))
    if unknown:
        raise AssignmentError(
            f"[[derivatives]] names {unknown[0]}, which the program {row.program!r} is not given",
            f"name one of {', '.join(given)}",
        )
    return Derivative(
        program=program, given=given, of=row.of, upstream=row.upstream, outputs=row.outputs
    )


def _plan(
    row: CaseTable,
    table: ManifestTable,
    programs: dict[str, Program],
    exercises: tuple[Exercise, ...],
) -> CasePlan:
    source = _source(row)
    _check_row(row, source)
    if row.program not in table.programs:
        raise AssignmentError(
            f"case {row.id} names a program {row.program!r}", f"write [programs.{row.program}]"
        )
    recipe = table.programs[row.program]
    if source is not Source.FRESH and set(row.given) != set(recipe.given):
        raise AssignmentError(
            f"case {row.id} gives {sorted(row.given)}", f"give just {sorted(recipe.given)}"
        )
    program = programs[row.program]
    unknown = sorted(set(row.expected) - set(program.needs))
    if unknown:
        raise AssignmentError(
            f"case {row.id} expects {unknown[0]}, which its program does not give",
            f"name one of {', '.join(program.needs)}"
            if program.needs
            else "let its program read that, by a line with its name alone",
        )
    hidden = source is not Source.PUBLIC
    weights = _WEIGHTS | table.weights
    return CasePlan(
        id=row.id,
        exercise=row.exercise,
        title=row.title,
        visibility=row.visibility or (Visibility.HIDDEN if hidden else Visibility.PUBLIC),
        source=source,
        program=_trimmed(program, row, source, exercises),
        names=recipe.given,
        cell=row.cell,
        draw=row.draw,
        given=row.given,
        expected=row.expected,
        tolerance=row.tolerance or table.tolerance,
        weight=weights[source] if row.weight is None else row.weight,
        repeats=row.repeats,
    )


def _check_texts(assignment: Assignment) -> None:
    """Refuse a language that tells of what is not there."""
    exercises = {one.id for one in assignment.exercises}
    cases = {plan.id for plan in assignment.plans}
    for code, text in assignment.text.items():
        if code == assignment.language:
            raise AssignmentError(
                f"[text.{code}] is in the assignment's own language",
                "write those texts where titles stand, and other languages here",
            )
        unknown = sorted((set(text.exercises) - exercises) | (set(text.cases) - cases))
        if unknown:
            raise AssignmentError(
                f"[text.{code}] tells of {', '.join(unknown)}, which the assignment has not",
                "name exercises and cases by their ids",
            )


def _check_row(row: CaseTable, source: Source) -> None:
    """Refuse keys that do not go together."""
    if source is Source.FRESH and (row.given or row.visibility is Visibility.PUBLIC):
        raise AssignmentError(
            f"case {row.id} is drawn, so it is given nothing here and never shown",
            "leave out given and visibility",
        )
    if row.expected and source is not Source.NOTEBOOK:
        raise AssignmentError(
            f"case {row.id} states what is expected, but is no row of the notebook",
            "leave out expected: the reference gives it",
        )
    if row.weight is not None and row.weight < 0:
        raise AssignmentError(f"case {row.id} has a negative weight", "let it weigh 0 or more")


def _source(row: CaseTable) -> Source:
    if row.cell is not None and row.draw is not None:
        raise AssignmentError(f"case {row.id} has both a cell and a draw", "choose one of them")
    if row.draw is not None:
        return Source.FRESH
    return Source.PUBLIC if row.cell is None else Source.NOTEBOOK


def _trimmed(
    program: Program, row: CaseTable, source: Source, exercises: tuple[Exercise, ...]
) -> Program:
    """Keep the outputs that a case is about.

    A notebook's row shows some results of a program: those, what was given to students (outputs
    that carry no points), and what derived outputs are computed from. Other cases keep everything.
    """
    if source is not Source.NOTEBOOK:
        return program
    pointed = {name for exercise in exercises for name in exercise.outputs}
    derived = tuple(d for d in program.derived if d.output in row.expected)
    kept = set(row.expected)
    kept |= {name for one in derived for name in operands(one.expression, program.objects)}
    steps = tuple(
        step
        for step in program.steps
        if not isinstance(step, Read) or step.output in kept or step.output not in pointed
    )
    return make_program(program.text, steps, derived)


def _check(assignment: Assignment) -> None:
    """Refuse what cannot be graded, or what would mark known numbers too highly."""
    _check_ids(assignment)
    known = {exercise.id: exercise for exercise in assignment.exercises}
    for plan in assignment.plans:
        if plan.exercise not in known:
            raise AssignmentError(
                f"case {plan.id} belongs to exercise {plan.exercise!r}",
                f"name one of {list(known)}",
            )
    for exercise in assignment.exercises:
        plans = [plan for plan in assignment.plans if plan.exercise == exercise.id]
        for name in exercise.outputs:
            _check_share(exercise, name, plans)


def _check_names(table: ManifestTable) -> None:
    """Refuse names that no program can use: a misspelt one would be ignored in silence."""
    known = {*table.classes, *table.functions}
    for where, names in (
        ("writes", table.writes),
        ("accepts", table.accepts),
        ("aliases", table.aliases),
        ("owned", table.owned),
    ):
        for name in names:
            if name.partition(".")[0] not in known:
                raise AssignmentError(
                    f"{where} names {name}, which is neither in classes nor in functions",
                    f"name one of {', '.join(sorted(known))}, or one of its methods",
                )


def _check_ids(assignment: Assignment) -> None:
    for what, ids in (
        ("case", [plan.id for plan in assignment.plans]),
        ("exercise", [exercise.id for exercise in assignment.exercises]),
    ):
        for one in ids:
            if not _ID.fullmatch(one):
                raise AssignmentError(
                    f"the id {one!r} is none for the {what} that has it",
                    "let its id be letters, digits, dots, dashes and underscores",
                )
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise AssignmentError(f"two {what}s are called {twice[0]!r}", "rename one of them")


def _check_share(exercise: Exercise, name: str, plans: list[CasePlan]) -> None:
    """Fresh draws hold at least two thirds of every output: a notebook's numbers are known."""
    reading = [p for p in plans if name in p.program.needs]
    if name == exercise.contract:
        reading = [p for p in plans if any(getattr(s, "watched", False) for s in p.program.steps)]
    if not reading:
        raise AssignmentError(
            f"no case of exercise {exercise.id} reads {name}, which is to have points",
            "list in writes what students write: the contract is theirs"
            if name == exercise.contract
            else f"name what its programs read: {_read_in(exercise, plans)}",
        )
    total = sum((plan.weight for plan in reading), Fraction(0))
    fresh = sum((plan.weight for plan in reading if plan.source is Source.FRESH), Fraction(0))
    if total == 0 or fresh / total < FRESH_SHARE:
        raise AssignmentError(
            f"fresh draws hold {fresh} of {total} of {name} in exercise {exercise.id}",
            "add cases with a draw that read it, or raise their weight, to two thirds at least",
        )


def _read_in(exercise: Exercise, plans: list[CasePlan]) -> str:
    """Return the outputs that an exercise's cases read, or what to do where there are none."""
    names = dict.fromkeys(name for plan in plans for name in plan.program.needs)
    return ", ".join(names) or f"exercise {exercise.id} has no cases"
