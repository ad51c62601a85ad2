"""What a terminal has room for: of a page, the points and the one thing to fix first.

Built before it is known whether a terminal prints it (`text`) or a log (`plain`). Pure.
"""

import re
from collections.abc import Iterator, Sequence

from grader.judge.changes import OutputChange, changes
from grader.judge.score import where
from grader.model import (
    Call,
    CounterExample,
    Exhibit,
    Graded,
    Position,
    Program,
    Record,
    Scorecard,
    State,
)
from grader.report.view import STATE_WORDS, Card, Cause, Comparison, Example, Page, Table, number
from grader.wording import Language, Phrase, say, say_many

FILLED, EMPTY = "█", "░"
DIFFERS = "≠"
_SIGNS = {State.PASSED: "✓", State.BLOCKED: "…", State.NOT_RUN: "…"}
_FAILS = "✗"
_WAITING = (State.PASSED, State.BLOCKED)
_MAX_NOTES = 6
_MAX_PLACES = 3
_MAX_CHARACTERS = 400
_SHOWN = 2
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Row(Record, frozen=True):
    """An output: a sign beside its state in words, so that no colour is needed."""

    sign: str
    state: State
    word: str
    name: str
    points: str
    remark: str


class Exercise(Record, frozen=True):
    """An exercise."""

    title: str
    points: str
    rows: tuple[Row, ...]


class Pair(Record, frozen=True):
    """What came beside what was expected; `said` is the difference in words."""

    said: str
    tables: tuple[Table, ...]


class Shown(Record, frozen=True):
    """A counter-example: numbers that were given, by name, arrays, and what came of them."""

    title: str
    error: str
    numbers: str
    given: tuple[Table, ...]
    pairs: tuple[Pair, ...]


class Fix(Record, frozen=True):
    """The one thing to fix first."""

    what: str
    hint: str
    place: str
    shown: Shown | None


class Labels(Record, frozen=True):
    """The words around it, in the reader's language."""

    first: str
    given: str
    legend: str
    cut: str


class Brief(Record, frozen=True):
    """All that is printed, told in the reader's language."""

    head: str
    score: str
    share: float | None
    gains: tuple[str, ...]
    exercises: tuple[Exercise, ...]
    fix: Fix | None
    fine: str
    ungraded: str
    notes: tuple[str, ...]
    labels: Labels


def brief(graded: Graded, page: Page, language: Language, before: Scorecard | None = None) -> Brief:
    """Return what to print of a graded submission; `before` is what it was a moment ago."""
    tell = language.tell
    since = _gains(before, graded.scorecard) if before is not None else ()
    is_fine = not page.first and not page.ungraded
    return Brief(
        head=f"{flat(page.name)}  {flat(page.title)}",
        score=tell(_score(page)),
        share=page.points / page.max_points if page.max_points else None,
        gains=tuple(tell(one) for one in since),
        exercises=tuple(_exercise(card, language) for card in page.cards),
        fix=_fix(graded, page, language) if page.first else None,
        fine=tell(_fine(page)) if is_fine else "",
        ungraded=tell(_ungraded(page.ungraded)) if page.ungraded else "",
        notes=tuple(tell(one) for one in _notes(page.notes)),
        labels=Labels(
            first=tell(say("Fix this first:")),
            given=tell(say("given")),
            legend=tell(say("{sign} marks the values that differ", sign=DIFFERS)),
            cut=tell(say("only the first rows and columns are shown")),
        ),
    )


def flat(text: str) -> str:
    """Return text as one line in which nothing acts on a terminal, of a length to be read."""
    line = _CONTROLS.sub("", " ".join(text.split()))
    return line if len(line) <= _MAX_CHARACTERS else line[: _MAX_CHARACTERS - 1] + "…"


def _score(page: Page) -> Phrase:
    points, most = number(page.points), number(page.max_points)
    if page.is_practice:
        return say("{points} of {most} points on the public cases", points=points, most=most)
    return say("{points} of {most} points", points=points, most=most)


def _fine(page: Page) -> Phrase:
    if page.is_practice:
        return say("Everything is right on the public cases. The mark is decided on others, too.")
    return say("Everything is right.")


def _ungraded(count: int) -> Phrase:
    return say_many(
        "{count} case could not be graded, through no fault of the submission.",
        "{count} cases could not be graded, through no fault of the submission.",
        count,
    )


def _notes(notes: Sequence[str]) -> Iterator[Phrase]:
    yield from (say("Note: {note}", note=flat(one)) for one in notes[:_MAX_NOTES])
    if more := len(notes[_MAX_NOTES:]):
        yield say_many(
            "{count} more note is in the report", "{count} more notes are in the report", more
        )


def _exercise(card: Card, language: Language) -> Exercise:
    rows = tuple(
        Row(
            sign=_SIGNS.get(row.state, _FAILS),
            state=row.state,
            word=STATE_WORDS[row.state],
            name=row.name,
            points=_of(row.points, row.max_points)
            if row.max_points
            else language.tell(say("given")),
            remark=flat(row.remark),
        )
        for row in card.outputs
    )
    return Exercise(title=flat(card.title), points=_of(card.points, card.max_points), rows=rows)


def _of(points: float, most: float) -> str:
    return f"{number(points)} / {number(most)}"


# --- what is better than a moment ago -------------------------------------------------------------


def _gains(before: Scorecard, after: Scorecard) -> tuple[Phrase, ...]:
    """Say which outputs earn more than a moment ago; what was only promised is not praised."""
    found = changes(before, after).outputs
    return tuple(_gain(one) for one in found if one.after > one.before)


def _gain(change: OutputChange) -> Phrase:
    now, was, most = (number(one) for one in (change.after, change.before, change.max_points))
    if now == most:
        return say(
            "Now right: {output}, {now} points, {was} before",
            output=change.output,
            now=now,
            was=was,
        )
    return say(
        "Better: {output}, {now} of {most} points, {was} before",
        output=change.output,
        now=now,
        most=most,
        was=was,
    )


# --- the one thing to fix first -------------------------------------------------------------------


def _fix(graded: Graded, page: Page, language: Language) -> Fix:
    cause = _cause(page)
    example = None if graded.extracted.unreadable else _example(page)  # nothing of it was run
    output = page.first.partition(":")[0]
    places = dict.fromkeys(_told(at, language) for at in _places(graded, output))
    told = ", ".join(list(places)[:_MAX_PLACES])
    return Fix(
        what=flat(page.first),
        hint=flat(page.first_hint),
        place=language.tell(say("In your file: {places}", places=told)) if told else "",
        shown=_shown(example, page, language, _SHOWN if cause else 1) if example else None,
    )


def _cause(page: Page) -> Cause | None:
    """Return the named mistake that is the first thing to fix, or None where that is not named."""
    causes = (cause for card in page.cards for cause in card.causes if cause.title)
    return next((one for one in causes if one.title in page.first), None)


def _example(page: Page) -> Example | None:
    """Return the counter-example that shows it: a small one, or else the first public case."""
    cause = _cause(page)
    if cause is not None:
        return cause.example
    examples = (example for card in page.cards for example in card.examples)
    return next((one for one in examples if one.comparisons), None)


def _shown(example: Example, page: Page, language: Language, most: int) -> Shown:
    numbers = [table for table in example.given if _is_number(table)]
    title = language.tell(say("Seen with: {title}", title=flat(example.title)))
    return Shown(
        title="" if example.title in page.first_hint else title,
        error=_unless_told(example.error or "", page.first),
        numbers=", ".join(f"{one.name} = {one.rows[0][0].text}" for one in numbers),
        given=tuple(table for table in example.given if table not in numbers),
        pairs=tuple(
            _pair(one, f"{page.first} {example.error}") for one in example.comparisons[:most]
        ),
    )


def _pair(comparison: Comparison, told: str) -> Pair:
    said = _unless_told(comparison.reason, told) if comparison.reason else comparison.name
    tables = (comparison.expected, comparison.actual)
    return Pair(said=flat(said), tables=tuple(table for table in tables if table is not None))


def _unless_told(text: str, told: str) -> str:
    return "" if text in told else flat(text)


def _is_number(table: Table) -> bool:
    """Tell a number by its shape in words, in any language: an array's has digits."""
    return not any(character.isdigit() for character in table.shape)


def _told(position: Position, language: Language) -> str:
    """Return a place as an editor opens it; of a notebook, in words."""
    if position.cell is None:
        return flat(f"{position.file}:{position.line}")
    return language.tell(where(position))


def _places(graded: Graded, output: str) -> Iterator[Position]:
    """Yield where to look: where an exception was raised, else the definitions that are called."""
    if graded.extracted.unreadable:
        yield from (one.position for one in graded.extracted.unreadable if one.position)
        return
    seen = _seen(graded, output)
    problem = seen.outcome.problem if seen is not None else None
    if problem is not None and problem.position is not None:
        yield problem.position
        return
    programs = [one.case.program for one in ([seen] if seen else graded.exhibits.values())]
    called = {name for program in programs for name in _called(program, output)}
    yield from (one.position for one in graded.extracted.found if one.name in called)


def _seen(graded: Graded, output: str) -> CounterExample | Exhibit | None:
    """Return a run in which an output fails: a small one, or else that of a public case."""
    small = next((one for one in graded.explained.examples if one.output == output), None)
    return small or next(
        (
            graded.exhibits[case.id]
            for exercise in graded.scorecard.exercises
            for case in exercise.cases
            if case.id in graded.exhibits
            and any(one.name == output and one.state not in _WAITING for one in case.outputs)
        ),
        None,
    )


def _called(program: Program, output: str) -> set[str]:
    """Return what a program calls that students write; of an output's class, if any is."""
    called = {step.callee for step in program.steps if isinstance(step, Call) and step.watched}
    owner = output.partition(".")[0]
    return {name for name in called if name.partition(".")[0] == owner} or called
