"""What there is to say at lines of a student's own files, worst first. Pure.

The words are those of the scorecard; the lines are where the student's own definitions stand, or
where a public case raised an exception.
"""

from collections.abc import Iterator, Mapping

from grader.exports.inert import one_line
from grader.model import (
    SEVERITY,
    Call,
    Diagnosis,
    Graded,
    Position,
    Record,
    Scorecard,
    ScoredCase,
    ScoredExercise,
    ScoredOutput,
    State,
    Visibility,
)
from grader.report.clean import clean

# What waits follows from something that is told itself; what was not run is no fault of theirs.
_UNTOLD = (State.PASSED, State.BLOCKED, State.NOT_RUN)
_TITLE, _MESSAGE = 200, 1000


class Remark(Record, frozen=True):
    """Something to tell of a file. `about` names it: a mistake's id, or the state of an output.

    A notebook has no lines of its own; there the message says which cell it is.
    """

    path: str
    line: int | None
    title: str
    message: str
    state: State
    about: str


class _Failure(Record, frozen=True):
    """An output that fails, in the case where it fails worst."""

    exercise: ScoredExercise
    case: ScoredCase
    output: ScoredOutput

    @property
    def rank(self) -> tuple[int, bool]:
        """Return what the worst has the least of; of equal ones, a public case."""
        return SEVERITY[self.output.state], self.case.visibility is not Visibility.PUBLIC


class _Told(Record, frozen=True):
    """What is told of outputs that fail alike, before their names are put in."""

    at: Position | None
    title: str
    message: str
    state: State
    about: str


def remarks(graded: Graded, paths: Mapping[str, str]) -> tuple[Remark, ...]:
    """Return what to tell of a submission; `paths` are those of its files in the checkout.

    What says the same of the same line is told once, with the names of all that it is about.
    """
    named = {one.output: one for one in graded.shown.diagnoses}
    alike: dict[_Told, list[str]] = {}
    for name, failure in _worst(graded.shown).items():
        alike.setdefault(_told(graded, failure, named.get(name)), []).append(name)
    found = [_remark(graded, paths, told, names) for told, names in alike.items()]
    found.sort(key=lambda one: SEVERITY[one.state])
    return (*_unreadable(graded, paths), *found)


def _unreadable(graded: Graded, paths: Mapping[str, str]) -> Iterator[Remark]:
    title = "The file cannot be read as Python"
    for problem in graded.extracted.unreadable:
        told = _Told(problem.position, title, problem.message, State.ERROR, "unreadable")
        yield _remark(graded, paths, told, [])


def _worst(card: Scorecard) -> dict[str, _Failure]:
    """Return the worst failure of each output that fails by itself."""
    found: dict[str, _Failure] = {}
    for exercise in card.exercises:
        for case in exercise.cases:
            for output in case.outputs:
                failure = _Failure(exercise, case, output)
                other = found.get(output.name)
                if output.state not in _UNTOLD and (other is None or failure.rank < other.rank):
                    found[output.name] = failure
    return found


def _told(graded: Graded, failure: _Failure, diagnosis: Diagnosis | None) -> _Told:
    at = _raised(failure.case) or _home(graded, failure)
    state = failure.output.state
    if diagnosis is not None:
        return _Told(at, diagnosis.title, diagnosis.hint, state, diagnosis.id)
    return _Told(at, "", failure.output.reason or "", state, state.value)


def _raised(case: ScoredCase) -> Position | None:
    """Return where a public case raised an exception."""
    at = case.error
    if at is None or at.file is None or at.line is None:
        return None
    return Position(file=at.file, cell=at.cell, line=at.line)


def _home(graded: Graded, failure: _Failure) -> Position | None:
    """Return where what computes an output stands: what students write of it, or its class."""
    name = failure.output.name
    owner = name.rpartition(".")[0] or name
    found = {one.name: one.position for one in graded.extracted.found}
    called = list(_called(graded, failure.exercise))
    own = [one for one in called if one == owner or one.startswith(f"{owner}.")]
    return next((found[one] for one in (*own, owner, *called) if one in found), None)


def _called(graded: Graded, exercise: ScoredExercise) -> Iterator[str]:
    """Yield what students write and an exercise's public cases call."""
    for case in exercise.cases:
        if case.id in graded.exhibits:
            for step in graded.exhibits[case.id].case.program.steps:
                if isinstance(step, Call) and step.watched:
                    yield step.callee


def _remark(graded: Graded, paths: Mapping[str, str], told: _Told, names: list[str]) -> Remark:
    """Return a remark on a file of the student's own: a guest could name any other."""
    at = told.at if told.at is not None and told.at.file in paths else None
    main = graded.submission.main.name
    state = told.state.value.replace("_", " ")
    listed = ", ".join(names)
    title = told.title or f"{listed}: {state}"
    message = told.message or f"it is {state}"
    if told.title and listed:
        message = f"{listed}: {message}"
    if at is not None and at.cell is not None:
        message = f"code cell {at.cell}, line {at.line}: {message}"
    return Remark(
        path=clean(paths.get(at.file if at else main, main)),
        line=at.line if at is not None and at.cell is None else None,
        title=one_line(title, _TITLE),
        message=one_line(message, _MESSAGE),
        state=told.state,
        about=told.about,
    )
