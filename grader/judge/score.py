"""From verdicts to a scorecard: exact points, and what a student may be told. Pure.

Points are fractions throughout. Of a hidden case a student learns its title and its states;
everything else here is taken from public cases, which ran before any hidden input was sent.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, lru_cache

from grader.judge.verdict import OWN_EXCEPTION, own_words, where
from grader.model import (
    Assignment,
    Case,
    Circumstances,
    Diagnosis,
    ErrorPlace,
    Exercise,
    Explained,
    Extracted,
    Finding,
    LeftOut,
    OutputVerdict,
    Problem,
    Scorecard,
    ScoredCase,
    ScoredExercise,
    ScoredOutput,
    Source,
    State,
    Submission,
    SubmissionId,
    Verdict,
    Visibility,
)
from grader.wording import Language, Phrase, language, say, say_many, verbatim

_HARD_CODED = "hard-coded"
_BY_HEART = (
    say("Right on the published numbers, wrong on all others"),
    say("What would your code answer for inputs that nobody has seen?"),
)
_MAX_NOTES = 12

_FINE = (State.PASSED, State.BLOCKED)

_HIDDEN_REASONS = {
    State.NOT_RUN: say("could not be run: the fault is not yours"),
    State.CRASHED: say("ends Python on inputs that are not shown"),
    State.OUT_OF_MEMORY: say("asks for too much memory on inputs that are not shown"),
    State.TIMED_OUT: say("does not finish on inputs that are not shown"),
    State.FLOODED: say("prints or returns too much on inputs that are not shown"),
    State.ERROR: say("raises an exception on inputs that are not shown"),
    State.MISSING: say("is missing"),
    State.WRONG: say("has wrong values on inputs that are not shown"),
}

# What the guest calls that which it leaves out.
_LEFT_OUT = {
    "magic": say("magic"),
    "decorator": say("decorator"),
    "statement": say("statement"),
    "loop": say("loop"),
    "with block": say("with block"),
    "if block": say("if block"),
    "try block": say("try block"),
    "del": say("del"),
    "assert": say("assert"),
    "raise": say("raise"),
    "assignment": say("assignment"),
}

_NONE = Fraction(0)

Judged = tuple[Case, Verdict]


class _Work:
    """An exercise and how its cases were judged; the same where these are the very same objects.

    Judging gives the same verdict for the same outcome, and in a class many have the same.
    `titles` are those of the cases in the language that is told in.
    """

    def __init__(
        self,
        exercise: Exercise,
        judged: Sequence[Judged],
        titles: Mapping[str, str],
        language: Language,
    ) -> None:
        self.exercise = exercise
        self.judged = judged
        self.titles = titles
        self.language = language
        self._ids = (
            *(id(exercise), id(language)),
            *(id(one) for pair in judged for one in pair),
        )

    def __hash__(self) -> int:
        return hash(self._ids)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Work) and self._ids == other._ids


class _Points:
    """The exact points of every output of every case."""

    def __init__(self, work: _Work) -> None:
        self.exercise = work.exercise
        self.judged = work.judged
        self.titles = work.titles
        self.tell = work.language.tell
        self.by_name: dict[str, list[tuple[Case, OutputVerdict]]] = {}
        for case, verdict in self.judged:
            for output in verdict.outputs:
                self.by_name.setdefault(output.name, []).append((case, output))
        self.maximum: dict[tuple[str, str], Fraction] = {}
        self.figures: dict[tuple[str, str], float] = {}  # the same as numbers
        for name, share in self.exercise.outputs.items():
            cases = tuple(case for case, _ in self.by_name.get(name, ()))
            for case, (part, figure) in zip(cases, _split(share, cases), strict=True):
                self.maximum[case.id, name] = part
                self.figures[case.id, name] = figure
        self.forfeited = {
            name: reason
            for name in self.exercise.outputs
            if (reason := self._forfeit(name)) is not None
        }
        earning = (
            (case.id, one.name)
            for case, verdict in self.judged
            for one in verdict.outputs
            if one.name in self.exercise.outputs and self.earns(one)
        )
        self.earned = sum((self.maximum[key] for key in earning), _NONE)
        self.possible = sum(self.maximum.values(), _NONE)
        self.hard_coded = [name for name in self.exercise.outputs if self._is_hard_coded(name)]

    @cached_property
    def plain(self) -> tuple[ScoredCase, ...]:
        """Return the cases where nothing is known of why they fail: of what is right, say."""
        return tuple(_case(case, verdict, self, {}, {}) for case, verdict in self.judged)

    def found(self, name: str, wanted: Callable[[Case], bool]) -> list[State]:
        """Return the states of an output in the cases that are wanted, and that weigh anything."""
        return [
            output.state
            for case, output in self.by_name.get(name, ())
            if case.weight and wanted(case)
        ]

    def _forfeit(self, name: str) -> Phrase | None:
        """Return why an output earns nothing, though some of its cases pass; or None."""
        if name == self.exercise.contract and (broken := self._broken_contract(name)):
            return broken
        once = self.found(name, lambda case: not case.repeats)
        again = self.found(name, lambda case: case.repeats)
        # Where a single call is wrong already, a repeated one that is wrong says nothing more.
        right_once = State.PASSED in once and State.WRONG not in once
        if State.WRONG in again and right_once:
            return say("no points: it answers differently when it is called again")
        known = self.found(name, lambda case: case.source is not Source.FRESH)
        fresh = self.found(name, lambda case: case.source is Source.FRESH)
        unknown = State.NOT_RUN in fresh  # a fault of ours proves nothing
        if fresh and not unknown and State.PASSED in known and State.PASSED not in fresh:
            return say("no points: right on published numbers, on no fresh ones")
        return None

    def _broken_contract(self, name: str) -> Phrase | None:
        """Return why a contract earns nothing: it is kept always, and beside right values."""
        if State.WRONG in self.found(name, lambda _: True):
            return say("no points: it is broken in another case")
        if any(self._forfeit(other) for other in self.exercise.outputs if other != name):
            return say("no points: it is earned only beside right values")
        return None

    def _is_hard_coded(self, name: str) -> bool:
        """Tell whether an output is right on published numbers and wrong on all fresh ones."""
        known = self.found(name, lambda case: case.source is not Source.FRESH)
        fresh = self.found(name, lambda case: case.source is Source.FRESH)
        both = len(known) > 1 and len(fresh) > 1
        plainly = not any(one.kind == "precision" for _, one in self.by_name.get(name, ()))
        wrong = set(known) == {State.PASSED} and set(fresh) == {State.WRONG}
        return both and plainly and wrong

    def earns(self, output: OutputVerdict) -> bool:
        """Tell whether an output earns its points in a case."""
        return output.state is State.PASSED and output.name not in self.forfeited


@lru_cache(maxsize=1024)
def _split(share: Fraction, cases: tuple[Case, ...]) -> tuple[tuple[Fraction, float], ...]:
    """Return the points of an output in each of its cases, by their weights; as numbers, too."""
    total = sum((case.weight for case in cases), _NONE)
    parts = [share * case.weight / total if total else _NONE for case in cases]
    return tuple((part, float(part)) for part in parts)


_points = lru_cache(maxsize=64)(_Points)


def score(  # noqa: PLR0913, PLR0917 - what a scorecard is made of
    assignment: Assignment,
    submission: Submission,
    cases: Sequence[Case],
    verdicts: Sequence[Verdict],
    extracted: Extracted,
    circumstances: Circumstances,
    why: Explained,
) -> Scorecard:
    """Return the scorecard of a submission, in the assignment's language.

    `cases` and `verdicts` correspond.
    """
    spoken = language(assignment.language)
    titles = {plan.id: plan.title for plan in assignment.plans}
    known = {one.output: one for one in why.findings}
    named = {name: told for name, one in known.items() if (told := diagnosis_of(one, assignment))}
    exercises, earned, possible = [], Fraction(0), Fraction(0)
    diagnoses: dict[tuple[str, str], Diagnosis] = {}
    for exercise in assignment.exercises:
        pairs = zip(cases, verdicts, strict=True)
        judged = [(case, verdict) for case, verdict in pairs if case.exercise == exercise.id]
        points = _points(_Work(exercise, judged, titles, spoken))
        shown = points.plain
        if known:
            shown = tuple(_case(case, verdict, points, named, known) for case, verdict in judged)
        exercises.append(
            ScoredExercise(
                id=exercise.id,
                title=exercise.title,
                points=float(points.earned),
                max_points=float(points.possible),
                cases=shown,
            )
        )
        earned, possible = earned + points.earned, possible + points.possible
        own = [named[name] for name in _names(judged) if name in named]
        hard = [_by_heart(n, assignment) for n in points.hard_coded if n in why.nowhere_near]
        diagnoses |= {(one.id, one.output): one for one in [*hard, *own]}
    return Scorecard(
        assignment=assignment.slug,
        submission=SubmissionId(
            name=submission.name, student=submission.student, sha256=submission.sha256
        ),
        points=float(earned),
        max_points=float(possible),
        points_exact=str(earned),
        exercises=tuple(exercises),
        diagnoses=tuple(diagnoses.values()),
        notes=tuple(spoken.tell(note) for note in _notes(extracted, cases, verdicts)),
        isolation=circumstances.isolation,
        key_id=circumstances.key_id,
        versions=circumstances.versions,
    )


def _names(judged: Sequence[Judged]) -> list[str]:
    """Return the names of all outputs of some cases, in order, each once."""
    return list(dict.fromkeys(one.name for _, verdict in judged for one in verdict.outputs))


def _case(
    case: Case,
    verdict: Verdict,
    points: _Points,
    named: Mapping[str, Diagnosis],
    known: Mapping[str, Finding],
) -> ScoredCase:
    public = case.visibility is Visibility.PUBLIC
    failed = [one.name for one in verdict.outputs if one.state not in _FINE]
    return ScoredCase(
        id=case.id,
        title=points.titles.get(case.id, case.title),
        visibility=case.visibility,
        state=verdict.state,
        outputs=tuple(_output(case, one, points, known.get(one.name)) for one in verdict.outputs),
        diagnosis=next((named[name] for name in failed if name in named), None) if public else None,
        error=_place(verdict.problem, points) if public and verdict.problem is not None else None,
    )


def _output(
    case: Case, output: OutputVerdict, points: _Points, known: Finding | None
) -> ScoredOutput:
    most = points.figures.get((case.id, output.name), 0.0)
    reason = _reason(output, points, known, public=case.visibility is Visibility.PUBLIC)
    return ScoredOutput(
        name=output.name,
        state=output.state,
        points=most if points.earns(output) else 0.0,
        max_points=most,
        reason=None if reason is None else points.tell(reason),
    )


def _reason(
    output: OutputVerdict, points: _Points, known: Finding | None, *, public: bool
) -> Phrase | None:
    if output.state is State.PASSED:
        return points.forfeited.get(output.name)
    if output.state is State.BLOCKED:
        return _wait(output.because if public else None)
    if not public:
        return _HIDDEN_REASONS[output.state]
    unnamed = known is not None and known.mistake is None and output.state is State.WRONG
    if known is None or not unnamed or not known.observed:
        return output.reason
    return say("{reason}. {observed}", reason=output.reason, observed=known.observed)


def _wait(because: str | None) -> Phrase:
    """Say what an output waits for.

    Which one is taken from what the guest says: of a hidden case it could say anything.
    """
    if because is None:
        return say("waits for another output")
    return say("waits for {output}", output=because)


def diagnosis_of(finding: Finding, assignment: Assignment) -> Diagnosis | None:
    """Return what is told of a named mistake: what is observed, then its first hint."""
    if finding.mistake is None:
        return None
    text = assignment.mistakes[finding.mistake].told(assignment.language)
    spoken = language(assignment.language)
    told, observed = filling(finding, spoken), spoken.tell(finding.observed)
    return Diagnosis(
        id=finding.mistake,
        title=filled(text.title, told),
        hint=" ".join(part for part in (observed, filled(text.hints[0], told)) if part),
        output=finding.output,
    )


def filling(finding: Finding, spoken: Language) -> dict[str, str]:
    """Return what stands for the placeholders of a mistake's text."""
    name = finding.output.rpartition(".")[2]
    told = {key: spoken.tell(value) for key, value in finding.told.items()}
    return {"output": finding.output, "name": name, **told}


def filled(text: str, told: Mapping[str, str]) -> str:
    """Return an author's text with its placeholders, such as {number}, filled in."""
    for name, value in told.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _by_heart(output: str, assignment: Assignment) -> Diagnosis:
    title, hint = (language(assignment.language).tell(one) for one in _BY_HEART)
    if _HARD_CODED in assignment.mistakes:
        known = assignment.mistakes[_HARD_CODED].told(assignment.language)
        told = {"output": output}
        title, hint = filled(known.title, told), filled(known.hints[0], told)
    return Diagnosis(id=_HARD_CODED, title=title, hint=hint, output=output)


def _place(problem: Problem, points: _Points) -> ErrorPlace:
    at = problem.position
    return ErrorPlace(
        type=problem.type or points.tell(OWN_EXCEPTION),
        file=at.file if at else None,
        cell=at.cell if at else None,
        line=at.line if at else None,
    )


def _notes(
    extracted: Extracted, cases: Sequence[Case], verdicts: Sequence[Verdict]
) -> Iterator[Phrase]:
    """Say what of the file did not run, and what else is worth knowing."""
    for problem in extracted.unreadable:
        yield _unread(problem)
    yield from _left_out(extracted.dropped)
    public = {case.id for case in cases if case.visibility is Visibility.PUBLIC}
    yield from dict.fromkeys(n for v in verdicts if v.case in public for n in v.notes)


def _unread(problem: Problem) -> Phrase:
    at, message = problem.position, own_words(problem.message)
    if at is None:
        return say("cannot be read as Python: {message}", message=message)
    return say(
        "cannot be read as Python: {message} ({file}, {where})",
        message=message,
        file=at.file,
        where=where(at),
    )


def _left_out(dropped: Sequence[LeftOut]) -> Iterator[Phrase]:
    for one in dropped[:_MAX_NOTES]:
        yield say(
            "not run: {what} `{text}` ({file}, {where})",
            what=_LEFT_OUT.get(one.what, verbatim(one.what)),
            text=one.why,
            file=one.position.file,
            where=where(one.position),
        )
    if more := max(0, len(dropped) - _MAX_NOTES):
        yield say_many(
            "not run: {count} more statement at the top level",
            "not run: {count} more statements at the top level",
            more,
        )
