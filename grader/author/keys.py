"""A reference of every key that an author writes, from the records that read them."""

from collections.abc import Callable
from enum import Enum
from fractions import Fraction
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import msgspec

from grader.assignment.find import Settings
from grader.assignment.manifest import (
    CaseTable,
    DerivativeTable,
    ExerciseTable,
    ManifestTable,
    ProgramTable,
    SplitTable,
)
from grader.assignment.policy import PolicyTable
from grader.author.validate import Equivalent
from grader.model import (
    AssignmentText,
    ExerciseText,
    Limits,
    Mistake,
    MistakeText,
    Tolerance,
)

_Table: TypeAlias = type[msgspec.Struct]
_Inner: TypeAlias = tuple[Any, ...]
_WORDS: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    Fraction: 'whole number, or text such as "1/3"',
    Any: "any value",
}

# Where a table stands, and what its keys are for, in the order of the records.
TABLES: dict[tuple[str, _Table], dict[str, str]] = {
    ("assignment.toml", ManifestTable): {
        "schema": "the version of these keys",
        "title": "as students read it",
        "files": "names that are handed in; the first is the stub's and the reference's, too",
        "exercises": "what is asked for: [[exercises]]",
        "programs": "what cases do, by name: [programs.NAME]",
        "cases": "the cases: [[cases]]",
        "language": "the language of titles here, and of scorecards",
        "solutions": "the folder of the solutions, from this one; else ../../solutions/SLUG",
        "packages": "what students may import beside numpy",
        "classes": "classes that programs use",
        "functions": "functions that programs call",
        "writes": "what students write of these: functions, or methods as Class.method",
        "aliases": "other names by which a class, function or attribute is found",
        "accepts": "shorter lists of arguments that a method may take, preferred ones first",
        "owned": "outputs that must share no memory with an argument, or the contract is broken",
        "derivatives": "what validate proves of the reference: [[derivatives]]",
        "extra": "values for further parameters that a student's own method may require, by name",
        "weights": "of a case in its output's points, by source; else 1, fresh ones 2",
        "tolerance": "how near is right, unless a case says otherwise: [tolerance]",
        "limits": "what a submission may use: [limits]",
        "policy": "how points become a mark: [policy]",
        "split": "what goes along where draw, collect and judge are apart: [split]",
        "text": "what is told in other languages: [text.CODE]",
    },
    ("[[exercises]]", ExerciseTable): {
        "id": "its name in cases and results",
        "title": "as students read it",
        "asks": "what is to be done, in a sentence",
        "points": "of the exercise",
        "outputs": "the share of each output (Class.attribute; a function's name, or of several"
        " values that it gives back, function.value) in the points; one may be the contract of all"
        " that the exercise calls, as Class.contract",
    },
    ("[programs.NAME]", ProgramTable): {
        "given": "the values that a case gives it",
        "steps": "lines of Python: construct, set, call (of several values that are given back,"
        " `y, z = f(x)`); a line with a name alone reads an output",
        "derived": "outputs that are computed from others, as formulas",
    },
    ("[[cases]]", CaseTable): {
        "id": "its name in results",
        "exercise": "the exercise that it is about",
        "title": "what it probes: students read it, of hidden cases, too",
        "program": "what it does",
        "cell": "its numbers are those of the notebook's cell with the tag case:NAME",
        "draw": "its numbers are drawn by this function of cases.py",
        "given": "by name: numbers, or with `cell` formulas over the notebook's variables",
        "expected": "with `cell`: results by output, as formulas; the reference gives the others",
        "weight": "its part in the points of its outputs, in place of that of its source",
        "repeats": "it repeats calls, and what differs then is told as that",
        "visibility": "who sees its numbers; else they are public where they stand here",
        "tolerance": "how near is right, in this case",
    },
    ("[[derivatives]]", DerivativeTable): {
        "program": "a program that gives all of these outputs",
        "of": "the output that is derived",
        "outputs": "for each derivative among the outputs, the given value that it is by",
        "upstream": "the given value that `of` is multiplied by and summed up, if it is no number",
    },
    ("[tolerance]", Tolerance): {
        "float64": "relative, of double precision; a tenth of it scales with the largest value",
        "float32": "relative, where an answer or what is expected has single precision",
    },
    ("[limits]", Limits): {
        "load_cpu": "seconds of computing for the definitions of a file",
        "load_wall": "seconds for them in all",
        "case_cpu": "seconds of computing for a case",
        "case_wall": "seconds for it in all",
        "submission_wall": "seconds for all cases of a submission",
        "memory": "bytes",
        "output": "bytes of text that is printed",
        "reply": "bytes of an answer; or four times what is expected, where that is more",
    },
    ("[policy]", PolicyTable): {
        "deadline": "a time, as text or as TOML has it; a date alone ends with its day",
        "grace": "days after the deadline that cost nothing",
        "late_penalty": "of the maximum, for each day begun after that",
        "late_least": "of the maximum: lateness alone takes nobody below",
        "late_most": "after more of those days nothing is left",
        "counts": "which of several attempts counts",
        "drop": "so many exercises, the lowest by share, do not count",
        "round_to": "to the nearest step, halves up",
    },
    ("[split]", SplitTable): {
        "rows": "the inputs of the notebook's rows do",
    },
    ("[text.CODE]", AssignmentText): {
        "title": "of the assignment",
        "exercises": "of each exercise, by its id: [text.CODE.exercises.ID]",
        "cases": "the title of each case, by its id; what is left out is told in its own",
    },
    ("[text.CODE.exercises.ID]", ExerciseText): {
        "title": "of the exercise",
        "asks": "what is to be done, in a sentence",
    },
    ("mistakes.toml: [ID]", Mistake): {
        "text": "what is told of it, by language: [ID.text.CODE]",
        "seen": "what is observed that tells it; else its numbers do",
        "free": "a constant of its module: with any value of it, it is the same mistake",
        "implied_by": "mistakes beside which it is not told",
    },
    ("[ID.text.CODE]", MistakeText): {
        "title": "the mistake, in a few words",
        "hints": "each leads further than the one before; {output} stands for the output's name",
    },
    ("equivalents.toml: [[equivalent]]", Equivalent): {
        "diff": "the mutant, as validate shows it",
        "reason": "why no input can tell it from the reference",
    },
    (".grader.toml", Settings): {
        "assignment": "a slug, or a folder from this one",
        "submission": "the file that is handed in",
    },
}


def reference() -> str:
    """Return the reference of all keys, as Markdown."""
    return "\n\n".join(_section(place, table, told) for (place, table), told in TABLES.items())


def _section(place: str, table: _Table, told: dict[str, str]) -> str:
    lines = [f"## {place}", "", "| key | holds | by default | what for |", "|---|---|---|---|"]
    hints = get_type_hints(table, include_extras=True)
    for field in msgspec.structs.fields(table):
        kind = kind_of(hints[field.name]).replace("|", "\\|")
        by_default = _default(field)
        lines.append(f"| `{field.name}` | {kind} | {by_default} | {told[field.name]} |")
    return "\n".join(lines)


def _default(field: msgspec.structs.FieldInfo) -> str:
    default = field.default
    if field.required:
        return "**required**"
    if default is None:
        return "none"
    if isinstance(default, msgspec.Struct):
        return "as below"
    if default in ((), {}) or field.default_factory is not msgspec.NODEFAULT:
        return "empty"
    plain = str(default) if isinstance(default, Fraction) else msgspec.json.encode(default).decode()
    return f"`{plain}`"


def kind_of(hint: Any) -> str:  # noqa: ANN401 - of any annotation
    """Return a type in an author's words."""
    if hint in _WORDS:
        return _WORDS[hint]
    origin = get_origin(hint)
    if origin in _COMPOUND:
        return _COMPOUND[origin](get_args(hint))
    return _one_of(hint) if issubclass(hint, Enum) else "table"


def _one_of(kind: type[Enum]) -> str:
    return " or ".join(f'`"{one.value}"`' for one in kind)


def _by_key(inner: _Inner) -> str:
    key, value = inner
    named = _one_of(key) if issubclass(key, Enum) else "name"
    return f"table: {kind_of(value)} by {named}"


def _either(inner: _Inner) -> str:
    return ", or ".join(kind_of(one) for one in inner if one is not NoneType)


_COMPOUND: dict[object, Callable[[_Inner], str]] = {
    Annotated: lambda inner: kind_of(inner[0]),
    Literal: lambda inner: " or ".join(f'`"{one}"`' for one in inner),
    Union: _either,
    UnionType: _either,
    tuple: lambda inner: f"list of {kind_of(inner[0])}",
    dict: _by_key,
}
