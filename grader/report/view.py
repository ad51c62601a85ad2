"""What a page says, as plain data: built of a graded submission before any template is filled."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from grader.arrays import as_array
from grader.assignment.small import SMALL
from grader.judge.score import filled, filling
from grader.judge.verdict import said as raised
from grader.judge.verdict import where
from grader.model import (
    SEVERITY,
    Call,
    Case,
    Construct,
    CounterExample,
    Diagnosis,
    Ending,
    Finding,
    Graded,
    Outcome,
    Position,
    Problem,
    Record,
    Scorecard,
    ScoredCase,
    ScoredExercise,
    ScoredOutput,
    State,
    Visibility,
)
from grader.report.clean import clean
from grader.report.figures import HeatMap, Worst
from grader.report.places import Link, Mark, anchor, definition_links, setting_links, stands
from grader.report.progress import progress
from grader.report.tables import Table, given, sides, table
from grader.wording import Language, Phrase, language, say, verbatim

STATE_PHRASES = {
    State.NOT_RUN: say("not graded"),
    State.CRASHED: say("crashed"),
    State.OUT_OF_MEMORY: say("out of memory"),
    State.TIMED_OUT: say("timed out"),
    State.FLOODED: say("too much output"),
    State.ERROR: say("error"),
    State.MISSING: say("missing"),
    State.BLOCKED: say("waiting"),
    State.WRONG: say("wrong"),
    State.PASSED: say("right"),
}
_FINE = (State.PASSED, State.BLOCKED)
_NOTHING_TO_FIX = (*_FINE, State.NOT_RUN)  # what we could not run is no fault of a student
_READ = re.compile(r"[A-Za-z_][\w.]*")  # a line that names a value, and does nothing

_WAITING = (State.BLOCKED, State.NOT_RUN)
SIGNS = {s: "✓" if s is State.PASSED else "…" if s in _WAITING else "✗" for s in State}


class Comparison(Record, frozen=True):
    """One failing output of a public case: what came, beside what was expected.

    `pattern` says which rows or columns are concerned. Of what is too large to read there is a
    map, and the worst of it.
    """

    name: str
    state: str
    reason: str
    expected: Table | None
    actual: Table | None
    pattern: str = ""
    heat: HeatMap | None = None
    worst: tuple[Worst, ...] = ()


class Example(Record, frozen=True):
    """A public case that fails, with all its numbers."""

    title: str
    state: str
    program: str
    given: tuple[Table, ...]
    comparisons: tuple[Comparison, ...]
    error: str | None
    at: str | None
    anchor: str | None
    printed: str
    position: Position | None = None


class Cause(Record, frozen=True):
    """Why outputs fail: a named mistake, or what is observed; with hints and a counter-example.

    `more` are the hints that lead further, to be asked for one by one; `outputs` are those of the
    exercise that it concerns, `links` lead to the lines of the student's own code.
    """

    title: str
    hint: str
    more: tuple[str, ...]
    example: Example | None
    snippet: str
    id: str = ""
    outputs: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


class OutputRow(Record, frozen=True):
    """An output of an exercise over all its cases; `names` are those that fail alike."""

    name: str
    state: State
    points: float
    max_points: float
    passed: int
    total: int
    remark: str
    names: tuple[str, ...] = ()


class CaseRow(Record, frozen=True):
    """A case in the list of all cases: its title and state alone."""

    title: str
    state: State
    visibility: Visibility


class Card(Record, frozen=True):
    """An exercise. `see` are causes that are told on an earlier card, as words and anchors."""

    id: str
    title: str
    asks: str
    points: float
    max_points: float
    outputs: tuple[OutputRow, ...]
    causes: tuple[Cause, ...]
    examples: tuple[Example, ...]
    cases: tuple[CaseRow, ...]
    links: tuple[Link, ...]
    state: State = State.PASSED
    see: tuple[tuple[str, str], ...] = ()


class Page(Record, frozen=True):
    """Everything on a student's page but the code listing.

    `right` are the outputs that have all their points. `first` is `first_what` of `first_output`,
    and `first_links` lead to where it is explained, and to the line. `progress` is what is better
    than at an earlier attempt. `marks` are the lines that are concerned.
    """

    title: str
    name: str
    student: str
    points: float
    max_points: float
    is_practice: bool
    ungraded: int
    first: str
    first_hint: str
    cards: tuple[Card, ...]
    notes: tuple[str, ...]
    printed: str
    record: tuple[tuple[str, str], ...]
    language: str = "en"
    right: tuple[str, ...] = ()
    first_output: str = ""
    first_what: str = ""
    first_links: tuple[tuple[str, str], ...] = ()
    progress: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()


def page(graded: Graded, previous: Scorecard | None = None) -> Page:
    """Return what there is to say of a graded submission; `previous` is of an earlier attempt."""
    view = _View(graded)
    card = graded.shown
    cards = tuple(view.cards())
    first = view.first(cards)
    states = [case.state for exercise in card.exercises for case in exercise.cases]
    return Page(
        title=graded.assignment.title,
        name=clean(card.submission.name, 200),
        student=clean(card.submission.student, 200),
        points=card.points,
        max_points=card.max_points,
        is_practice=card.key_id is None,
        ungraded=states.count(State.NOT_RUN),
        first=view.tell(first.said),
        first_hint=first.hint,
        cards=cards,
        notes=tuple(clean(note, 300) for note in card.notes),
        printed=clean(graded.text),
        record=tuple(_record(card, view.told)),
        language=view.told.code,
        right=tuple(_right(cards)),
        first_output=first.output,
        first_what=first.what,
        first_links=first.links,
        progress=tuple(_better(previous, card, view.told)) if previous is not None else (),
        marks=tuple(view.marks(cards)),
    )


def number(value: float) -> str:
    """Return points as a person writes them: no more digits than are needed, three at most."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _record(card: Scorecard, told: Language) -> Iterator[tuple[str, str]]:
    """Yield what a result is known by, as names and values."""
    yield told.tell(say("assignment")), f"{card.assignment} {card.versions['assignment']}"
    yield told.tell(say("submission")), card.submission.sha256
    yield told.tell(say("points")), card.points_exact
    yield told.tell(say("key")), card.key_id or told.tell(say("none: public cases alone"))
    layers = ", ".join(card.isolation.layers)
    yield told.tell(say("isolation")), f"{card.isolation.tier} ({layers})"
    shown = (f"{k} {v}" for k, v in card.versions.items() if k != "assignment")
    yield told.tell(say("made with")), ", ".join(shown)


def _right(cards: Sequence[Card]) -> Iterator[str]:
    """Yield the outputs that have all their points, wherever they come."""
    rows = [row for card in cards for row in card.outputs]
    failing = {name for row in rows if row.state not in _FINE for name in row.names}
    full = [row for row in rows if row.state is State.PASSED and row.points >= row.max_points]
    yield from dict.fromkeys(row.name for row in full if row.name not in failing)


def _better(previous: Scorecard, card: Scorecard, told: Language) -> Iterator[str]:
    """Yield what is better than at the last attempt, and what was right then and is not now."""
    found = progress(previous, card)
    if found.after > found.before:
        said = say(
            "{more} points more than at your last attempt: {before} then, {after} now.",
            more=number(found.after - found.before),
            before=number(found.before),
            after=number(found.after),
        )
        yield told.tell(said)
    if found.right:
        yield told.tell(say("Right now, and not before: {names}.", names=_quoted(found.right)))
    if found.closer:
        yield told.tell(
            say("Right in more cases than before: {names}.", names=_quoted(found.closer))
        )
    if found.lost:
        yield told.tell(
            say("Right in fewer cases than before: {names}.", names=_quoted(found.lost))
        )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


class _First(Record, frozen=True):
    """The one thing to fix first, with a hint, and links to more about it."""

    what: str = ""
    output: str = ""
    hint: str = ""
    links: tuple[tuple[str, str], ...] = ()

    @property
    def said(self) -> Phrase:
        """Return it as a sentence."""
        if not self.output:
            return verbatim(self.what)
        return say("{output}: {what}", output=self.output, what=self.what)


class _View:
    """Builds the parts of one page; what is told once is not told again."""

    def __init__(self, graded: Graded) -> None:
        self.graded = graded
        self.card = graded.shown
        self.told = language(graded.language)
        self.tell = self.told.tell
        self.main = graded.submission.main
        self.diagnoses = {one.output: one for one in self.card.diagnoses}
        self.examples = {one.output: one for one in graded.explained.examples}
        self.findings = {one.output: one for one in graded.explained.findings}

    # --- what to fix first ------------------------------------------------------------------------

    def first(self, cards: Sequence[Card]) -> _First:
        """Return the one thing to fix first: the file, a named mistake, a failure."""
        for problem in self.graded.extracted.unreadable:
            return self.unreadable(problem)
        for diagnosis in self.card.diagnoses:
            name = diagnosis.output
            title, hint = clean(diagnosis.title, 300), clean(diagnosis.hint)
            return _First(title, name, hint, self.leads(name, cards))
        for comparison, example in shown(cards):
            name, what = comparison.name, clean(comparison.reason or example.error or "", 240)
            hint = self.tell(say("Seen with: {case}.", case=example.title))
            return _First(what, name, hint, self.leads(name, cards))
        for row in (row for card in cards for row in card.outputs):
            if row.state not in _NOTHING_TO_FIX:
                hint = self.tell(say("Try inputs of your own: zeros, one row, whole numbers."))
                return _First(row.remark, row.name, hint, self.leads(row.names[0], cards))
        return _First()

    def unreadable(self, problem: Problem) -> _First:
        """Return that the file cannot be read, with where that is."""
        at, words = problem.position, say("The file cannot be read as Python")
        links: tuple[tuple[str, str], ...] = ()
        if at is not None:
            words = say("The file cannot be read as Python ({where})", where=where(at))
            to_line = self.tell(say("See {where}", where=where(at)))
            links = ((to_line, anchor(at)),) if stands(at, self.main) else ()
        said = self.tell(say("Python says: {message}", message=clean(problem.message, 300)))
        return _First(what=self.tell(words), hint=said, links=links)

    def leads(self, output: str, cards: Sequence[Card]) -> tuple[tuple[str, str], ...]:
        """Return links to where an output's failure is shown, and to a line that is concerned."""
        for card in cards:
            for cause in card.causes:
                if output in cause.outputs:
                    return ((self.tell(say("See an example")), cause.id), *_line_of(cause))
        own = [card for card in cards if any(output in row.names for row in card.outputs)]
        return tuple((card.title, card.id) for card in own[:1])

    # --- cards ------------------------------------------------------------------------------------

    def cards(self) -> Iterator[Card]:
        """Yield a card per exercise; a cause is told on the first card that it is seen on."""
        told: dict[str, tuple[str, str]] = {}
        for exercise in self.card.exercises:
            yield self.exercise(exercise, told)

    def exercise(self, exercise: ScoredExercise, told: dict[str, tuple[str, str]]) -> Card:
        about = next(e for e in self.graded.assignment.exercises if e.id == exercise.id)
        failing = [case for case in exercise.cases if case.state is not State.PASSED]
        is_wrong = any(case.state not in _NOTHING_TO_FIX for case in failing)
        marked = self.marked(exercise)
        see = dict.fromkeys(told[mark] for mark in marked if mark in told)
        outcomes = (self.graded.exhibits.get(case.id) for case in failing)
        if any(one is not None and self.is_unread(one.outcome) for one in outcomes):
            see[self.tell(say("Fix this first")), "first"] = None
        causes = tuple(self.causes(exercise.id, marked, told))
        return Card(
            id=exercise.id,
            title=exercise.title,
            asks=about.asks,
            points=exercise.points,
            max_points=exercise.max_points,
            outputs=tuple(self.outputs(exercise, about.contract)),
            causes=causes,
            examples=tuple(self.public(failing)),
            cases=tuple(
                CaseRow(title=c.title, state=c.state, visibility=c.visibility)
                for c in exercise.cases
            ),
            links=tuple(self.definitions(exercise)) if is_wrong and not see else (),
            state=_telling({case.state for case in exercise.cases}),
            see=tuple(see),
        )

    def definitions(self, exercise: ScoredExercise) -> Iterator[Link]:
        """Yield links to the student's own definitions that an exercise's cases call."""
        ids = {case.id for case in exercise.cases}
        steps = [
            step
            for id_, exhibit in self.graded.exhibits.items()
            if id_ in ids
            for step in exhibit.case.program.steps
        ]
        called = {step.callee for step in steps if isinstance(step, Call) and step.watched}
        classes = {step.cls for step in steps if isinstance(step, Construct)}
        yield from definition_links(called, classes | called, self.graded, self.told)

    # --- causes -----------------------------------------------------------------------------------

    def marked(self, exercise: ScoredExercise) -> dict[str, list[str]]:
        """Return the failing outputs of an exercise by what tells one cause from another."""
        names = dict.fromkeys(output.name for case in exercise.cases for output in case.outputs)
        is_named = any(name in self.diagnoses for name in names)
        marks: dict[str, list[str]] = {}
        for name in names:
            diagnosis, example = self.diagnoses.get(name), self.examples.get(name)
            follows = not diagnosis and _ended(example) and is_named  # what is not come to then
            mark = diagnosis.id if diagnosis else _mark(example)
            unread = example is not None and self.is_unread(example.outcome)
            if mark and not follows and not unread:
                marks.setdefault(mark, []).append(name)
        return marks

    def is_unread(self, outcome: Outcome) -> bool:
        """Tell whether nothing was found to call in a file that Python cannot read: told once."""
        return bool(self.graded.extracted.unreadable) and outcome.ending is Ending.MISSING

    def causes(
        self, card: str, marked: Mapping[str, list[str]], told: dict[str, tuple[str, str]]
    ) -> Iterator[Cause]:
        """Yield what is known of a card's failing outputs, each cause once on the page."""
        for mark, names in marked.items():
            if mark in told:
                continue
            cause = self.cause(names, f"{card}-cause-{len(told) + 1}")
            words = say("`{output}`: {what}", output=names[0], what=cause.title)
            told[mark] = (self.tell(words) if cause.title else names[0], cause.id)
            yield cause

    def cause(self, names: Sequence[str], id_: str) -> Cause:
        name = names[0]
        diagnosis, finding = self.diagnoses.get(name), self.findings.get(name)
        example = self.examples.get(name)
        observed = self.tell(finding.observed) if finding and not diagnosis else ""
        return Cause(
            title=clean(diagnosis.title, 300) if diagnosis else "",
            hint=clean(diagnosis.hint if diagnosis else observed),
            more=self.further(diagnosis, finding),
            example=self.counter(example) if example else None,
            snippet=clean(example.snippet) if example else "",
            id=id_,
            outputs=tuple(names),
            links=tuple(
                link for name in names for link in setting_links(name, self.graded, self.told)
            ),
        )

    def further(self, diagnosis: Diagnosis | None, finding: Finding | None) -> tuple[str, ...]:
        """Return the hints of a named mistake that lead on from the first."""
        assignment = self.graded.assignment
        known = assignment.mistakes.get(diagnosis.id) if diagnosis else None
        if diagnosis is None or known is None:
            return ()
        told = filling(finding or Finding(diagnosis.output, diagnosis.id), self.told)
        hints = known.told(assignment.language).hints[1:]
        return tuple(clean(filled(hint, told)) for hint in hints)

    def counter(self, found: CounterExample) -> Example:
        """Return a counter-example as it is shown: a changed argument before and after the call."""
        verdict = found.verdict
        scored = ScoredOutput(
            name=found.output,
            state=verdict.state,
            points=0.0,
            max_points=0.0,
            reason=self.tell(verdict.reason),
        )
        shown = self.example(found.case, found.outcome, verdict.state, [scored])
        changed = tuple(
            Comparison(
                name=name,
                state=self.tell(say("changed")),
                reason="",
                expected=table(
                    self.tell(say("before the call")), as_array(found.case.given[name]), self.told
                ),
                actual=None
                if value.array is None
                else table(self.tell(say("after the call")), value.array, self.told),
            )
            for name, value in found.outcome.seen.changed.items()
            if found.output not in found.case.expected and name in found.case.given
        )
        return msgspec.structs.replace(shown, comparisons=(*shown.comparisons, *changed))

    # --- outputs ----------------------------------------------------------------------------------

    def outputs(self, exercise: ScoredExercise, contract: str | None) -> Iterator[OutputRow]:
        """Yield a row for each output that has points or failed; one for all that fail alike."""
        alike: dict[tuple[State, str], list[OutputRow]] = {}
        for name, found in _by_name(exercise).items():
            row = _row(name, found)
            if not row.max_points and row.state not in (State.PASSED, State.WRONG, State.MISSING):
                continue  # given code that was not come to, or waits: what failed is told elsewhere
            if row.state is not State.PASSED:
                alike.setdefault((row.state, row.remark), []).append(row)
            elif row.max_points:
                yield self.kept(row) if name == contract and not row.remark else row
        rows = [_merged(rows) for rows in alike.values()]
        # What waits stands below what it waits for.
        yield from sorted(rows, key=lambda row: row.state is State.BLOCKED)

    def kept(self, contract: OutputRow) -> OutputRow:
        said = say("arguments are left alone, no random numbers are drawn")
        return msgspec.structs.replace(contract, remark=self.tell(said))

    # --- examples ---------------------------------------------------------------------------------

    def public(self, failing: Sequence[ScoredCase]) -> Iterator[Example]:
        """Yield the public cases that fail by themselves: what waits is said once, on the card."""
        for scored in failing:
            exhibit = self.graded.exhibits.get(scored.id)
            own = [one for one in scored.outputs if one.state not in _NOTHING_TO_FIX]
            if exhibit is not None and own and not self.is_unread(exhibit.outcome):
                shown = self.example(exhibit.case, exhibit.outcome, scored.state, own)
                yield msgspec.structs.replace(shown, title=scored.title)

    def example(
        self, case: Case, outcome: Outcome, state: State, failing: Sequence[ScoredOutput]
    ) -> Example:
        problem = outcome.problem
        at = problem.position if problem is not None else None
        is_own = at is not None and stands(at, self.main)
        return Example(
            title=self.tell(SMALL) if case.title == str(SMALL) else case.title,
            state=self.tell(STATE_PHRASES[state]),
            program=_program(case, {one.name for one in failing}),
            given=given(case, self.told),
            comparisons=tuple(self.comparison(output, case, outcome) for output in failing),
            error=None if problem is None else clean(self.tell(raised(problem)), 500),
            at=self.tell(where(at)) if at is not None else None,
            anchor=anchor(at) if at is not None and is_own else None,
            printed=clean(outcome.text),
            position=at if is_own else None,
        )

    def comparison(self, output: ScoredOutput, case: Case, outcome: Outcome) -> Comparison:
        both = sides(output.name, outcome.outputs.get(output.name), case, self.told)
        return Comparison(
            name=output.name,
            state=self.tell(STATE_PHRASES[output.state]),
            reason=clean(output.reason or "", 500),
            expected=both.expected,
            actual=both.actual,
            pattern=both.pattern,
            heat=both.heat,
            worst=both.worst,
        )

    # --- lines that are concerned -----------------------------------------------------------------

    def marks(self, cards: Sequence[Card]) -> Iterator[Mark]:
        """Yield what is said at lines of the student's code, what went wrong there first."""
        for problem in self.graded.extracted.unreadable:
            if problem.position is not None and stands(problem.position, self.main):
                said = clean(self.tell(raised(problem)), 200)
                words = self.tell(say("Fix this first"))
                yield Mark(problem.position, said, "first", words, is_cause=True)
        for card in cards:
            yield from _raised(card)
        for card in cards:
            yield from _concerned(card)


def _line_of(cause: Cause) -> Iterator[tuple[str, str]]:
    """Yield a link to the line that is concerned: where it raised, or where it is set."""
    shown = cause.example
    if shown and shown.anchor is not None and shown.at is not None and is_raised(shown):
        yield shown.at, shown.anchor
        return
    yield from ((link.words, link.target) for link in cause.links[:1])


def is_raised(example: Example) -> bool:
    """Tell whether what an example shows first is what raised: a later call may have done that."""
    return bool(example.comparisons) and example.comparisons[0].reason == example.error


def _raised(card: Card) -> Iterator[Mark]:
    """Yield the lines at which examples of a card raised an exception."""
    causes = [(cause.id, cause.example) for cause in card.causes if cause.example is not None]
    for target, example in (*causes, *((card.id, one) for one in card.examples)):
        if example.position is not None and example.error:
            said = clean(example.error, 200)
            yield Mark(example.position, said, target, card.title, is_cause=True)


def _concerned(card: Card) -> Iterator[Mark]:
    """Yield the lines that a card links to."""
    for link in card.links:
        yield Mark(link.position, link.why, card.id, card.title, is_cause=bool(link.why))
    for cause in card.causes:
        for link in cause.links:
            words = cause.title or card.title
            yield Mark(link.position, link.why, cause.id, words, is_cause=False)


def shown(cards: Sequence[Card]) -> Iterator[tuple[Comparison, Example]]:
    """Yield what differs in examples: the public cases first, then those that were made."""
    own = [example for card in cards for example in card.examples]
    made = [cause.example for card in cards for cause in card.causes if cause.example is not None]
    for example in (*own, *made):
        for comparison in example.comparisons:
            yield comparison, example


def _mark(example: CounterExample | None) -> str:
    """Return what tells one cause from another, where none is named: outputs may share one."""
    if example is None:
        return ""
    problem = example.outcome.problem
    if problem is not None and _ended(example):
        return f"{problem.position} {problem.type}"
    return example.output


def _ended(example: CounterExample | None) -> bool:
    return example is not None and example.verdict.state is State.ERROR


def _by_name(exercise: ScoredExercise) -> dict[str, list[ScoredOutput]]:
    found: dict[str, list[ScoredOutput]] = {}
    for case in exercise.cases:
        for output in case.outputs:
            found.setdefault(output.name, []).append(output)
    return found


def _merged(rows: Sequence[OutputRow]) -> OutputRow:
    """Return one row for outputs that fail alike: one cause, told once."""
    if len(rows) == 1:
        return rows[0]
    return msgspec.structs.replace(
        rows[0],
        name=", ".join(row.name for row in rows),
        names=tuple(row.name for row in rows),
        points=sum(row.points for row in rows),
        max_points=sum(row.max_points for row in rows),
        total=0,
    )


def _row(name: str, outputs: Sequence[ScoredOutput]) -> OutputRow:
    worst = _telling({output.state for output in outputs})
    return OutputRow(
        name=name,
        state=worst,
        points=sum(output.points for output in outputs),
        max_points=sum(output.max_points for output in outputs),
        passed=sum(output.state is State.PASSED for output in outputs),
        total=len(outputs),
        remark=clean(_remark(outputs, worst), 500),
        names=(name,),
    )


def _telling(states: Collection[State]) -> State:
    """Return the worst state: what waits here and fails by itself there is told by its failure."""
    own = {*states} - {State.BLOCKED}
    return min(own if own - {State.PASSED} else states, key=SEVERITY.__getitem__)


def _remark(outputs: Sequence[ScoredOutput], worst: State) -> str:
    """Say of an output what is most telling: of its worst state, public cases coming first."""
    failing = [output for output in outputs if output.state is not State.PASSED]
    ordered = sorted(failing, key=lambda output: output.state is not worst) or outputs
    return next((output.reason for output in ordered if output.reason is not None), "")


def _program(case: Case, names: Collection[str]) -> str:
    """Return a program's lines without those that only read an output of no interest here."""
    calls = [step for step in case.program.steps if isinstance(step, Call)]
    results = {name: output for call in calls for name, output in call.kept.items()}
    return "\n".join(
        line
        for line in case.program.text.strip().splitlines()
        if not _READ.fullmatch(line) or _read(line, case, results) in names
    )


def _read(line: str, case: Case, results: Mapping[str, str]) -> str:
    """Return the output that a line reads."""
    owner, _, attribute = line.rpartition(".")
    if owner:
        return f"{case.program.objects.get(owner, owner)}.{attribute}"
    return results.get(line, line)
