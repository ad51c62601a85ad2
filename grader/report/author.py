"""The author's page: what was proved of an assignment. Pure: records in, text out."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec

from grader.model import CaughtRow, Check, Failure, Record, Soundness, Source, Survivor, TriedCase
from grader.report.author_figures import Caption, Column, Grid, Row, Scale, grid, multiple, scale
from grader.report.clean import clean
from grader.report.templating import page_template

_SOURCES = {
    Source.PUBLIC: "public",
    Source.NOTEBOOK: "from the notebook",
    Source.FRESH: "drawn",
}
_ROWS = 24  # of a figure at least: with fewer it would be headings for the most part
_BLANK_ENDS = re.compile(r"\A(?:\s*\n)+|(?:\n\s*)+\Z")


class CaseRow(Record, frozen=True):
    """A case: how many modules it catches, and those that nothing else catches."""

    case: TriedCase
    source: str
    catches: int
    alone: tuple[str, ...]


class ModuleRow(Record, frozen=True):
    """A module: the cases that catch it, and whether it has its own name alone."""

    row: CaughtRow
    cases: tuple[str, ...]
    is_named: bool


class Group(Record, frozen=True):
    """Modules that break the same output."""

    title: str
    rows: tuple[ModuleRow, ...]


class Remedy(Record, frozen=True):
    """What to do, and the failures that it is for."""

    hint: str
    failures: tuple[Failure, ...]


class ShownCheck(Record, frozen=True):
    """A check, with what does not hold by what to do about it."""

    check: Check
    remedies: tuple[Remedy, ...]


class ShownSurvivor(Record, frozen=True):
    """A mutant that lives: its lines by kind, and the entry for one that is no mistake."""

    name: str
    lines: tuple[tuple[str, str], ...]
    entry: str


class AuthorPage(Record, frozen=True):
    """All that the page shows. `first` is what to fix first."""

    title: str
    holds: bool
    first: Remedy | None
    failing: int
    checks: tuple[ShownCheck, ...]
    mistakes: int
    modules: tuple[ModuleRow, ...]
    cases: tuple[CaseRow, ...]
    groups: tuple[Group, ...]
    figures: tuple[Grid, ...]
    alone: tuple[ModuleRow, ...]
    idle: tuple[CaseRow, ...]
    confused: int
    names: Grid | None
    margins: tuple[tuple[str, ...], ...]
    scale: Scale | None
    survivors: tuple[ShownSurvivor, ...]


def soundness(found: Soundness) -> str:
    """Return the author's page: what catches which mistake, and what it is then called."""
    told = author_page(found)
    return page_template("author").render(page=told, capital=_capital, sentence=_sentence)


def author_page(found: Soundness) -> AuthorPage:
    """Return what the author's page shows of an assignment."""
    found = msgspec.convert(_cleaned(msgspec.to_builtins(found)), Soundness)
    order, cases = _cases(found)
    modules = tuple(_module(row, found.cases) for row in found.rows)
    groups = tuple(_groups(modules))
    checks = tuple(ShownCheck(check, tuple(_remedies(check))) for check in found.checks)
    return AuthorPage(
        title=found.title,
        holds=found.holds,
        first=next((remedy for one in checks for remedy in one.remedies), None),
        failing=sum(not check.holds for check in found.checks),
        checks=checks,
        mistakes=len({row.mistake for row in found.rows}),
        modules=modules,
        cases=cases,
        groups=groups,
        figures=tuple(_figures(groups, cases, order)),
        alone=tuple(one for one in modules if len(one.cases) == 1),
        idle=tuple(one for one in cases if not one.catches),
        confused=sum(not one.is_named for one in modules),
        names=_names(found.rows) if found.rows else None,
        margins=tuple(_margin_rows(found)),
        scale=scale(found.margins) if found.margins else None,
        survivors=tuple(_survivor(one) for one in found.survivors),
    )


def _cleaned(value: Any) -> Any:  # noqa: ANN401 - whatever a record is made of
    """Return plain data in which no text acts: no place can be forgotten."""
    match value:
        case str():
            return clean(value)
        case list() | tuple():
            return [_cleaned(item) for item in value]
        case dict():
            return {key: _cleaned(item) for key, item in value.items()}
    return value


def _remedies(check: Check) -> Iterator[Remedy]:
    by_hint: dict[str, list[Failure]] = {}
    for failure in check.failures:
        by_hint.setdefault(failure.hint, []).append(failure)
    for hint, failures in by_hint.items():
        yield Remedy(hint=hint, failures=tuple(failures))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    return _capital(text) if text.endswith((".", "?")) else f"{_capital(text)}."


# --- cases and modules ----------------------------------------------------------------------------


def _cases(found: Soundness) -> tuple[tuple[int, ...], tuple[CaseRow, ...]]:
    """Return the cases by exercise, and the column of each in a row of the proof."""
    exercises = list(dict.fromkeys(case.exercise for case in found.cases))
    order = sorted(range(len(found.cases)), key=lambda i: exercises.index(found.cases[i].exercise))
    return tuple(order), tuple(
        CaseRow(
            case=found.cases[i],
            source=_SOURCES[found.cases[i].source],
            catches=sum(row.caught[i] for row in found.rows),
            alone=tuple(row.module for row in found.rows if row.caught[i] and sum(row.caught) == 1),
        )
        for i in order
    )


def _module(row: CaughtRow, cases: Sequence[TriedCase]) -> ModuleRow:
    caught = (case.id for case, caught in zip(cases, row.caught, strict=True) if caught)
    return ModuleRow(row=row, cases=tuple(caught), is_named=row.named == (row.mistake,))


def _groups(modules: Sequence[ModuleRow]) -> Iterator[Group]:
    """Yield the modules by the output that they break: first those that no case catches."""
    outputs = list(dict.fromkeys(name for one in modules for name in one.row.breaks))
    by_title: dict[str, list[ModuleRow]] = {}
    for one in sorted(modules, key=lambda one: _rank(one.row, outputs)):
        by_title.setdefault(_title(one), []).append(one)
    for title, rows in by_title.items():
        yield Group(title=title, rows=tuple(rows))


def _figures(
    groups: Sequence[Group], cases: Sequence[CaseRow], order: Sequence[int]
) -> Iterator[Grid]:
    """Yield the kill matrix, in figures that show their headings now and then."""
    columns = [
        Column(f"∅ {one.case.id}", one.case.exercise, idle=True)
        if not one.catches
        else Column(one.case.id, one.case.exercise)
        for one in cases
    ]
    drawn = {group.title: list(_drawn(group, order)) for group in groups}
    room = max((len(one.row.mistake) for group in groups for one in group.rows), default=0)
    for number, some in enumerate(_packed(groups)):
        count = sum(len(group.rows) for group in some)
        yield grid(
            Caption(
                f"kill-{number}",
                f"Which case catches which mistake: {', '.join(group.title for group in some)}",
                f"{count} wrong solutions down, {len(cases)} cases across; a dot where a case "
                "catches a solution. The tables below hold the same.",
            ),
            columns,
            [row for group in some for row in drawn[group.title]],
            room,
        )


def _packed(groups: Sequence[Group]) -> Iterator[list[Group]]:
    some: list[Group] = []
    for group in groups:
        some.append(group)
        if sum(len(one.rows) for one in some) >= _ROWS:
            yield some
            some = []
    if some:
        yield some


def _rank(row: CaughtRow, outputs: Sequence[str]) -> tuple[bool, int, int, str, bool, str]:
    """Order modules: not caught at all, then by what they break; a plain one before its forms."""
    owners = _owners(row.breaks)
    several, place = 0, 0
    if len(row.breaks) == 1:
        several, place = 1, outputs.index(row.breaks[0])
    elif len(owners) == 1:
        several, place = 2, _owners(outputs).index(owners[0])
    elif owners:
        several = 3
    return any(row.caught), several, place, row.mistake, bool(_form(row)), row.module


def _title(one: ModuleRow) -> str:
    breaks = one.row.breaks
    if not one.cases:
        return "Caught by no case"
    if len(breaks) == 1:
        return breaks[0]
    owners = _owners(breaks)
    if len(owners) == 1 and owners[0]:
        return f"Several outputs of {owners[0]}"
    return "Several outputs"


def _owners(breaks: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(name.rpartition(".")[0] for name in breaks))


def _form(row: CaughtRow) -> str:
    return row.module.removeprefix(row.mistake).removesuffix(".py").strip(".")


def _drawn(group: Group, order: Sequence[int]) -> Iterator[Row]:
    """Yield a group's rows of a figure: forms of a mistake are set in below its name."""
    yield Row(f"{group.title} ({len(group.rows)})", kind="group")
    for mistake, forms in groupby(group.rows, key=lambda one: one.row.mistake):
        for index, one in enumerate(forms):
            form = _form(one.row)
            if form and index == 0:
                yield Row(mistake)
            count = len(one.cases)
            alarms = {0: ("✗ none", "fail"), 1: ("! 1 alone", "wait")}
            end, alarm = alarms.get(count, (str(count), ""))
            cells = tuple(("hit" if one.row.caught[i] else "", 1) for i in order)
            yield Row(form or mistake, cells, end, alarm, inset=bool(form))


# --- names ----------------------------------------------------------------------------------------


def _names(rows: Sequence[CaughtRow]) -> Grid:
    """Return the confusion table: mistakes down, the names they were given across."""
    ids = sorted({row.mistake for row in rows})
    others = sorted({name for row in rows for name in row.named} - set(ids))
    nameless = ["no name"] * any(not row.named for row in rows)
    columns = [*ids, *others, *nameless]
    counts = Counter((row.mistake, name) for row in rows for name in row.named or ("no name",))
    drawn = [
        Row(
            mistake,
            tuple(_cell(counts[mistake, name], right=name == mistake) for name in columns),
        )
        for mistake in ids
    ]
    return grid(
        Caption(
            "names",
            "What each mistake is called",
            f"{len(ids)} mistakes down, {len(columns)} names across; a dot where a mistake has its "
            "own name, a cross where it has another. The table below holds the same.",
        ),
        [Column(name) for name in columns],
        drawn,
    )


def _cell(count: int, *, right: bool) -> tuple[str, int]:
    if not count:
        return "", 0
    return ("hit" if right else "miss"), count


# --- margins and survivors ------------------------------------------------------------------------


def _margin_rows(found: Soundness) -> Iterator[tuple[str, ...]]:
    for one in found.margins:
        yield (
            one.precision,
            f"{one.tolerance:g}",
            multiple(one.worst),
            one.worst_name or "no variant differs",
            "✓ far enough" if one.spares_right else "✗ too near",
            multiple(one.nearest),
            one.nearest_name or "no mistake gives numbers",
            "✓ far enough" if one.bars_wrong else "✗ too near",
        )


def _survivor(one: Survivor) -> ShownSurvivor:
    kinds = {"-": "minus", "+": "plus"}
    around = _BLANK_ENDS.sub("", one.around)
    lines = tuple((kinds.get(line[:1], ""), line) for line in around.splitlines())
    quoted = f"'''\n{one.diff}\n'''"
    if "'''" in one.diff:
        quoted = msgspec.json.encode(one.diff).decode()
    return ShownSurvivor(
        name=one.name, lines=lines, entry=f'[[equivalent]]\ndiff = {quoted}\nreason = ""\n'
    )
