"""What a page says, as plain data: built of a graded submission before any template is filled."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from grader.arrays import as_array
from grader.judge.compare import within
from grader.judge.score import filled, filling, where
from grader.judge.verdict import said
from grader.model import (
    SEVERITY,
    Array,
    Case,
    CounterExample,
    Diagnosis,
    Exhibit,
    Finding,
    Graded,
    Outcome,
    Position,
    Record,
    ScoredCase,
    ScoredExercise,
    ScoredOutput,
    State,
    Value,
    Visibility,
)
from grader.report.clean import clean
from grader.wording import language

_MAX_ROWS, _MAX_COLUMNS = 12, 12

STATE_WORDS = {
    State.NOT_RUN: "not graded",
    State.CRASHED: "crashed",
    State.OUT_OF_MEMORY: "out of memory",
    State.TIMED_OUT: "timed out",
    State.FLOODED: "too much output",
    State.ERROR: "error",
    State.MISSING: "missing",
    State.BLOCKED: "waiting",
    State.WRONG: "wrong",
    State.PASSED: "right",
}


class Cell(Record, frozen=True):
    """One number of a table, and whether it is one that differs."""

    text: str
    differs: bool


class Table(Record, frozen=True):
    """A small array as rows; `shape` in words, `cut` where there is more than is shown."""

    name: str
    shape: str
    rows: tuple[tuple[Cell, ...], ...]
    cut: bool


class Comparison(Record, frozen=True):
    """One failing output of a public case: what came, beside what was expected."""

    name: str
    state: str
    reason: str
    expected: Table | None
    actual: Table | None


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


class Cause(Record, frozen=True):
    """Why outputs fail: a named mistake, or what is observed; with hints and a counter-example.

    `more` are the hints that lead further, to be asked for one by one.
    """

    title: str
    hint: str
    more: tuple[str, ...]
    example: Example | None
    snippet: str


class OutputRow(Record, frozen=True):
    """An output of an exercise over all its cases."""

    name: str
    state: State
    points: float
    max_points: float
    passed: int
    total: int
    remark: str


class CaseRow(Record, frozen=True):
    """A case in the list of all cases: its title and state alone."""

    title: str
    state: State
    visibility: Visibility


class Card(Record, frozen=True):
    """An exercise."""

    id: str
    title: str
    asks: str
    points: float
    max_points: float
    outputs: tuple[OutputRow, ...]
    causes: tuple[Cause, ...]
    examples: tuple[Example, ...]
    cases: tuple[CaseRow, ...]
    links: tuple[tuple[str, str], ...]


class Page(Record, frozen=True):
    """Everything on a student's page but the code listing."""

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


def page(graded: Graded) -> Page:
    """Return what there is to say of a graded submission."""
    card = graded.scorecard
    cards = tuple(_cards(graded))
    first, hint = _first(graded, cards)
    states = [case.state for exercise in card.exercises for case in exercise.cases]
    return Page(
        title=graded.assignment.title,
        name=clean(card.submission.name, 200),
        student=clean(card.submission.student, 200),
        points=card.points,
        max_points=card.max_points,
        is_practice=card.key_id is None,
        ungraded=states.count(State.NOT_RUN),
        first=first,
        first_hint=hint,
        cards=cards,
        notes=tuple(clean(note, 300) for note in card.notes),
        printed=clean(graded.text),
        record=tuple(_record(graded)),
    )


def number(value: float) -> str:
    """Return points as a person writes them: no more digits than are needed, three at most."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def pieces(text: str) -> list[str]:
    """Split a sentence at its backticks: every second piece is code."""
    return text.split("`")


def _record(graded: Graded) -> Iterator[tuple[str, str]]:
    card = graded.scorecard
    yield "assignment", f"{card.assignment} {card.versions['assignment'][:16]}"
    yield "submission", card.submission.sha256[:16]
    yield "points", card.points_exact
    yield "key", card.key_id or "none: public cases alone"
    yield "isolation", f"{card.isolation.tier} ({', '.join(card.isolation.layers)})"
    shown = (f"{k} {v}" for k, v in card.versions.items() if k != "assignment")
    yield "made with", ", ".join(shown)


def _first(graded: Graded, cards: Sequence[Card]) -> tuple[str, str]:
    """Return the one thing to fix first, with a hint: the file, a named mistake, a failure."""
    for problem in graded.extracted.unreadable:
        at = f" ({where(problem.position)})" if problem.position else ""
        said = f"Python says: {clean(problem.message, 300)}"
        return f"The file cannot be read as Python{at}", said
    for diagnosis in graded.scorecard.diagnoses:
        return f"{diagnosis.output}: {diagnosis.title}", diagnosis.hint
    for example in (example for card in cards for example in card.examples):
        for comparison in example.comparisons:
            reason = example.error or comparison.reason
            return f"{comparison.name}: {reason}", f"Seen with: {example.title}."
    for row in (row for card in cards for row in card.outputs):
        if row.state is not State.PASSED:
            hint = "Try inputs of your own: zeros, one row, whole numbers."
            return f"{row.name}: {row.remark}", hint
    return "", ""


def _cards(graded: Graded) -> Iterator[Card]:
    """Yield a card per exercise; a cause is told on the first card that it is seen on."""
    told: set[str] = set()
    for exercise in graded.scorecard.exercises:
        yield _card(exercise, graded, told)


def _card(exercise: ScoredExercise, graded: Graded, told: set[str]) -> Card:
    about = next(e for e in graded.assignment.exercises if e.id == exercise.id)
    examples = tuple(
        _public_example(case, graded.exhibits[case.id])
        for case in exercise.cases
        if case.state is not State.PASSED and case.id in graded.exhibits
    )
    ids = {case.id for case in exercise.cases}
    return Card(
        id=exercise.id,
        title=exercise.title,
        asks=about.asks,
        points=exercise.points,
        max_points=exercise.max_points,
        outputs=tuple(_outputs(exercise, about.contract)),
        causes=tuple(_causes(exercise, graded, told)),
        examples=examples,
        cases=tuple(
            CaseRow(title=c.title, state=c.state, visibility=c.visibility) for c in exercise.cases
        ),
        links=tuple(_links(graded, ids))
        if any(c.state is not State.PASSED for c in exercise.cases)
        else (),
    )


def _causes(exercise: ScoredExercise, graded: Graded, told: set[str]) -> Iterator[Cause]:
    """Yield what is known of an exercise's failing outputs, each cause once on the whole page."""
    names = dict.fromkeys(output.name for case in exercise.cases for output in case.outputs)
    diagnoses = {one.output: one for one in graded.scorecard.diagnoses}
    examples = {one.output: one for one in graded.explained.examples}
    findings = {one.output: one for one in graded.explained.findings}
    named = any(name in diagnoses for name in names)  # what a method then does not come to follows
    for name in names:
        diagnosis, example, finding = diagnoses.get(name), examples.get(name), findings.get(name)
        mark = diagnosis.id if diagnosis else _mark(example)
        follows = not diagnosis and _ended(example) and named
        if not mark or mark in told or follows:
            continue
        told.add(mark)
        observed = str(finding.observed) if finding and not diagnosis else ""
        yield Cause(
            title=diagnosis.title if diagnosis else "",
            hint=diagnosis.hint if diagnosis else observed,
            more=_more(diagnosis, finding, graded),
            example=_counter_example(example) if example else None,
            snippet=clean(example.snippet) if example else "",
        )


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


def _more(diagnosis: Diagnosis | None, finding: Finding | None, graded: Graded) -> tuple[str, ...]:
    known = graded.assignment.mistakes.get(diagnosis.id) if diagnosis else None
    if diagnosis is None or known is None:
        return ()
    told = filling(finding or Finding(diagnosis.output, diagnosis.id), language("en"))
    return tuple(filled(hint, told) for hint in known.told(graded.assignment.language).hints[1:])


def _counter_example(found: CounterExample) -> Example:
    """Return a counter-example as it is shown: a changed argument before and after the call."""
    verdict = found.verdict
    scored = ScoredOutput(
        name=found.output,
        state=verdict.state,
        points=0.0,
        max_points=0.0,
        reason=str(verdict.reason),
    )
    shown = _example(found.case, found.outcome, STATE_WORDS[verdict.state], [scored])
    changed = tuple(
        Comparison(
            name=name,
            state="changed",
            reason="",
            expected=table("before the call", as_array(found.case.given[name])),
            actual=None if value.array is None else table("after the call", value.array),
        )
        for name, value in found.outcome.seen.changed.items()
        if found.output not in found.case.expected and name in found.case.given
    )
    return msgspec.structs.replace(shown, comparisons=(*shown.comparisons, *changed))


def _outputs(exercise: ScoredExercise, contract: str | None) -> Iterator[OutputRow]:
    """Yield a row for each output that carries points or failed; one for all that fail alike."""
    alike: dict[tuple[State, str], list[OutputRow]] = {}
    for name in dict.fromkeys(output.name for case in exercise.cases for output in case.outputs):
        found = [(case, o) for case in exercise.cases for o in case.outputs if o.name == name]
        row = _row(name, found)
        if not row.max_points and row.state not in (State.PASSED, State.WRONG, State.MISSING):
            continue  # given code that was not come to, or waits: what failed is told elsewhere
        if row.state is not State.PASSED:
            alike.setdefault((row.state, row.remark), []).append(row)
        elif row.max_points:
            yield _kept_contract(row) if name == contract and not row.remark else row
    for rows in alike.values():
        yield rows[0] if len(rows) == 1 else _merged(rows)


def _merged(rows: Sequence[OutputRow]) -> OutputRow:
    """Return one row for outputs that fail alike: one cause, told once."""
    return msgspec.structs.replace(
        rows[0],
        name=", ".join(row.name for row in rows),
        points=sum(row.points for row in rows),
        max_points=sum(row.max_points for row in rows),
        total=0,
    )


def _row(name: str, found: Sequence[tuple[ScoredCase, ScoredOutput]]) -> OutputRow:
    outputs = [output for _, output in found]
    states = {output.state for output in outputs}
    # What waits in some cases and fails by itself in others is told by its own failure.
    own = states - {State.BLOCKED}
    telling = own if own - {State.PASSED} else states
    worst = min(telling, key=SEVERITY.__getitem__)
    return OutputRow(
        name=name,
        state=worst,
        points=sum(output.points for output in outputs),
        max_points=sum(output.max_points for output in outputs),
        passed=sum(output.state is State.PASSED for output in outputs),
        total=len(outputs),
        remark=clean(_remark(outputs, worst), 500),
    )


def _kept_contract(row: OutputRow) -> OutputRow:
    said = "arguments are left alone, no random numbers are drawn"
    return msgspec.structs.replace(row, remark=said)


def _remark(outputs: Sequence[ScoredOutput], worst: State) -> str:
    """Say of an output what is most telling: of its worst state, public cases coming first."""
    failing = [output for output in outputs if output.state is not State.PASSED]
    ordered = sorted(failing, key=lambda output: output.state is not worst) or outputs
    return next((output.reason for output in ordered if output.reason is not None), "")


def _links(graded: Graded, cases: set[str]) -> Iterator[tuple[str, str]]:
    """Yield words and anchors of the student's own definitions that an exercise's cases call."""
    called = {
        getattr(step, "callee", None)
        for id_, exhibit in graded.exhibits.items()
        if id_ in cases
        for step in exhibit.case.program.steps
        if getattr(step, "watched", False)
    }
    for definition in graded.extracted.found:
        if definition.name in called:
            yield f"{definition.name}, {where(definition.position)}", anchor(definition.position)


def anchor(position: Position) -> str:
    """Return the id of a line of the listing."""
    return f"line-{position.cell or 0}-{position.line}"


def _public_example(scored: ScoredCase, exhibit: Exhibit) -> Example:
    fine = (State.PASSED, State.BLOCKED)  # what waits is said once, on the card
    failing = [output for output in scored.outputs if output.state not in fine]
    return _example(exhibit.case, exhibit.outcome, STATE_WORDS[scored.state], failing)


def _example(case: Case, outcome: Outcome, state: str, failing: Sequence[ScoredOutput]) -> Example:
    problem = outcome.problem
    at = problem.position if problem is not None else None
    return Example(
        title=case.title,
        state=state,
        program=case.program.text,
        given=tuple(table(name, as_array(value)) for name, value in case.given.items()),
        comparisons=tuple(_comparison(output, case, outcome) for output in failing),
        error=None if problem is None else clean(str(said(problem)), 500),
        at=str(where(at)) if at is not None else None,
        anchor=anchor(at) if at is not None else None,
        printed=clean(outcome.text),
    )


def _comparison(output: ScoredOutput, case: Case, outcome: Outcome) -> Comparison:
    expected = case.expected.get(output.name)
    value = outcome.outputs.get(output.name)
    return Comparison(
        name=output.name,
        state=STATE_WORDS[output.state],
        reason=clean(output.reason or "", 500),
        expected=None if expected is None else table("expected", expected),
        actual=None if value is None else _actual(value, expected, case),
    )


def _actual(value: Value, expected: Array | None, case: Case) -> Table | None:
    array = value.array
    if array is None:
        return None
    if expected is None or array.shape != expected.shape or array.dtype.kind not in "biuf":
        return table("yours", array)
    return table("yours", array, ~within(array, expected, case.tolerance))


def table(name: str, array: Array, differs: Array | None = None) -> Table:
    """Return an array as a table, of more than two dimensions as rows of its last."""
    shape = "a number" if array.ndim == 0 else f"shape {array.shape}"
    flat = (
        array.reshape(-1, array.shape[-1])
        if array.ndim > 0 and array.size
        else array.reshape(-1, 1)
    )
    marks = np.zeros(flat.shape, bool) if differs is None else differs.reshape(flat.shape)
    rows = tuple(
        tuple(
            Cell(text=_text(value), differs=bool(mark))
            for value, mark in zip(values[:_MAX_COLUMNS], row[:_MAX_COLUMNS], strict=True)
        )
        for values, row in zip(flat[:_MAX_ROWS], marks[:_MAX_ROWS], strict=True)
    )
    cut = flat.shape[0] > _MAX_ROWS or flat.shape[1] > _MAX_COLUMNS
    return Table(name=clean(name, 80), shape=shape, rows=rows, cut=cut)


def _text(value: Array) -> str:
    return f"{value:.6g}" if value.dtype.kind == "f" else str(value)
