"""What a terminal has room for: of a page, the points and the one thing to fix first.

Built before it is known whether a terminal prints it (`text`) or a log (`plain`). Pure.
"""

import re
from collections.abc import Iterator, Sequence

from grader.judge.verdict import where
from grader.model import Graded, Position, Record, State
from grader.report.figures import Worst
from grader.report.tables import Table
from grader.report.view import (
    SIGNS,
    STATE_PHRASES,
    Card,
    Cause,
    Comparison,
    Example,
    Page,
    is_raised,
    number,
    shown,
)
from grader.wording import Language, Phrase, language, say, say_many

FILLED, EMPTY = "█", "░"
DIFFERS = "≠"
_MAX_NOTES = 6
_MAX_PLACES = 3
_MAX_CHARACTERS = 400
_SHOWN = 2
_MAX_MORE = 4
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
    """What came beside what was expected; `said` is the difference in sentences."""

    said: tuple[str, ...]
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


def brief(graded: Graded, page: Page) -> Brief:
    """Return what to print of a graded submission, in the language of its page."""
    spoken = language(page.language)
    tell = spoken.tell
    is_fine = not page.first and not page.ungraded
    return Brief(
        head=f"{flat(page.name)}  {flat(page.title)}",
        score=tell(_score(page)),
        share=page.points / page.max_points if page.max_points else None,
        gains=tuple(flat(one) for one in page.progress),
        exercises=tuple(_exercise(card, spoken) for card in page.cards),
        fix=_fix(graded, page, spoken) if page.first else None,
        fine=tell(_fine(page)) if is_fine else "",
        ungraded=tell(_ungraded(page.ungraded)) if page.ungraded else "",
        notes=tuple(tell(one) for one in _notes(page.notes)),
        labels=Labels(
            first=tell(say("Fix this first:")),
            given=tell(say("given")),
            legend=tell(say("{sign} marks the values that differ", sign=DIFFERS)),
            cut=tell(say("Only the first rows and columns are shown.")),
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
            sign=SIGNS[row.state],
            state=row.state,
            word=language.tell(STATE_PHRASES[row.state]),
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


# --- the one thing to fix first -------------------------------------------------------------------


def _fix(graded: Graded, page: Page, language: Language) -> Fix:
    cause = _cause(page)
    example = None if graded.extracted.unreadable else _example(page, cause)  # nothing was run
    places = dict.fromkeys(_told(at, language) for at in _places(graded, page, cause, example))
    told = ", ".join(list(places)[:_MAX_PLACES])
    return Fix(
        what=flat(page.first),
        hint=flat(page.first_hint),
        place=language.tell(say("In your file: {places}", places=told)) if told else "",
        shown=_shown(example, page, language, _SHOWN if cause else 1) if example else None,
    )


def _cause(page: Page) -> Cause | None:
    """Return the named mistake that is the first thing to fix, or None where that is not named."""
    causes = (cause for card in page.cards for cause in card.causes)
    return next((one for one in causes if one.title and one.title == page.first_what), None)


def _example(page: Page, cause: Cause | None) -> Example | None:
    """Return the counter-example that shows it: a small one, or else the first there is."""
    if cause is not None:
        return cause.example
    return next((example for _, example in shown(page.cards)), None)


def _shown(example: Example, page: Page, language: Language, most: int) -> Shown:
    numbers = [table for table in example.given if table.is_number]
    title = language.tell(say("Seen with: {case}.", case=flat(example.title)))
    told = f"{page.first} {page.first_hint} {example.error}"
    return Shown(
        title=_unless_told(title, told),
        error=_unless_told(example.error or "", page.first),
        numbers=", ".join(f"{one.name} = {one.rows[0][0].text}" for one in numbers),
        given=tuple(table for table in example.given if not table.is_number),
        pairs=tuple(_pair(one, told, language) for one in example.comparisons[:most]),
    )


def _pair(comparison: Comparison, told: str, language: Language) -> Pair:
    said = [_unless_told(comparison.reason or comparison.name, told)]
    more = [comparison.pattern, *(language.tell(_off(one)) for one in comparison.worst)]
    said += [_unless_told(one, comparison.reason) for one in more[:_MAX_MORE]]
    tables = (comparison.expected, comparison.actual)
    return Pair(
        said=tuple(filter(None, said)),
        tables=tuple(table for table in tables if table is not None),
    )


def _off(element: Worst) -> Phrase:
    at, got, wanted = element.at, element.actual, element.expected
    return say("at {at} it is {got}, expected {wanted}", at=at, got=got, wanted=wanted)


def _unless_told(text: str, told: str) -> str:
    return "" if text in told else flat(text)


def _told(position: Position, language: Language) -> str:
    """Return a place as an editor opens it; of a notebook, in words."""
    if position.cell is None:
        return flat(f"{position.file}:{position.line}")
    return language.tell(where(position))


def _places(
    graded: Graded, page: Page, cause: Cause | None, example: Example | None
) -> Iterator[Position]:
    """Yield where to look: where it was raised, else what is set there, else what is called."""
    if graded.extracted.unreadable:
        yield from (one.position for one in graded.extracted.unreadable if one.position)
    elif example is not None and example.position is not None and is_raised(example):
        yield example.position
    elif cause is not None and cause.links:
        yield from (link.position for link in cause.links)
    else:
        owner = page.first_output.partition(".")[0]
        links = (link for card in page.cards for link in card.links)
        yield from (link.position for link in links if link.words.startswith(owner))
