"""The records that pass between stages. Frozen; no I/O; nothing here runs anything."""

from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

# No numpy at run time: a guest is started before it is imported, and boots meanwhile.
if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]
else:
    Array = Any

Scalar: TypeAlias = bool | int | float


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all records: frozen; unknown fields are refused when one is decoded."""


class ArrayRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, eq=False):
    """Base of records that hold arrays: they do not compare by `==`."""


class Visibility(StrEnum):
    """Whether a student may see a case's numbers."""

    PUBLIC = "public"
    HIDDEN = "hidden"


class Source(StrEnum):
    """Where a case's numbers come from. Only `fresh` ones are unknown to a student."""

    PUBLIC = "public"
    NOTEBOOK = "notebook"
    FRESH = "fresh"


class State(StrEnum):
    """What became of an output or a case, worst first."""

    NOT_RUN = "not_run"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out_of_memory"
    TIMED_OUT = "timed_out"
    FLOODED = "flooded"
    ERROR = "error"
    MISSING = "missing"
    BLOCKED = "blocked"
    WRONG = "wrong"
    PASSED = "passed"


SEVERITY = {state: rank for rank, state in enumerate(State)}


# --- programs -----------------------------------------------------------------------------------


class GivenArgument(Record, tag="given", frozen=True):
    """An argument that is one of the case's given values."""

    name: str


class AttributeArgument(Record, tag="attribute", frozen=True):
    """An argument read off an object of the program, such as `relu.dinputs`."""

    object: str
    attribute: str


class ResultArgument(Record, tag="result", frozen=True):
    """An argument that an earlier call returned."""

    name: str


class ConstantArgument(Record, tag="constant", frozen=True):
    """A number written in the program itself."""

    value: Scalar


Argument: TypeAlias = GivenArgument | AttributeArgument | ResultArgument | ConstantArgument


class Signature(Record, frozen=True):
    """How a definition may be called.

    `accepts` lists, in order of preference, the subsets of the program's arguments (by position)
    that a student's signature may take; `extra` gives values for further required parameters.
    """

    accepts: tuple[tuple[int, ...], ...]
    extra: dict[str, Scalar] = {}


class Construct(Record, tag="construct", frozen=True):
    """Make an object of a student's class."""

    object: str
    cls: str
    names: tuple[str, ...]
    arguments: tuple[Argument, ...]
    signature: Signature


class Set(Record, tag="set", frozen=True):
    """Set an attribute of an object."""

    object: str
    attribute: str
    value: Argument


class Call(Record, tag="call", frozen=True):
    """Call a method of `object`, or, where that is None, a function; keep the result by name.

    `watched` marks what students write: its contract (arguments left alone, no global random
    state) is looked at.
    """

    object: str | None
    callee: str
    names: tuple[str, ...]
    arguments: tuple[Argument, ...]
    signature: Signature
    result: str | None
    watched: bool


class Read(Record, tag="read", frozen=True):
    """Read an attribute (or, where that is None, a call's result) as a named output."""

    object: str
    attribute: str | None
    names: tuple[str, ...]
    output: str


Step: TypeAlias = Construct | Set | Call | Read


class Derived(Record, frozen=True):
    """An output computed on the trusted side from read outputs and given values."""

    output: str
    expression: str


class Program(Record, frozen=True):
    """What a case does, as steps, with its text as the author wrote it.

    `needs` maps each output, in the order in which they are had, to those it rests on.
    """

    text: str
    steps: tuple[Step, ...]
    derived: tuple[Derived, ...]
    objects: dict[str, str]
    needs: dict[str, tuple[str, ...]]


# --- cases and assignments ----------------------------------------------------------------------


class Tolerance(Record, frozen=True):
    """Relative tolerance by precision; a tenth of it scales with the largest expected value."""

    float64: float = 1e-8
    float32: float = 1e-4


class Limits(Record, frozen=True):
    """What a guest may use. Seconds, bytes."""

    load_cpu: float = 5.0
    load_wall: float = 15.0
    case_cpu: float = 0.5
    case_wall: float = 5.0
    submission_wall: float = 120.0
    memory: int = 1 << 30
    output: int = 1 << 18
    reply: int = 1 << 16


class Case(ArrayRecord, frozen=True):
    """A program with given and expected arrays."""

    id: str
    exercise: str
    title: str
    visibility: Visibility
    source: Source
    program: Program
    given: dict[str, Array | Scalar]
    expected: dict[str, Array]
    tolerance: Tolerance
    weight: Fraction
    repeats: bool


class CasePlan(Record, frozen=True):
    """A case as the manifest has it: where its numbers come from, not the numbers themselves.

    `given` holds expressions over a notebook's variables, or, for a public case, the values;
    `expected` likewise expressions; what it does not name comes from the reference.
    """

    id: str
    exercise: str
    title: str
    visibility: Visibility
    source: Source
    program: Program
    names: tuple[str, ...]
    cell: str | None
    draw: str | None
    given: dict[str, Any]
    expected: dict[str, str]
    tolerance: Tolerance
    weight: Fraction
    repeats: bool


class Exercise(Record, frozen=True):
    """What a student is asked for. `outputs` maps each output to its share of the points."""

    id: str
    title: str
    asks: str
    points: Fraction
    outputs: dict[str, Fraction]
    contract: str | None


class MistakeText(Record, frozen=True):
    """What is told of a known mistake."""

    title: str
    hint: str


class Shorter(Record, frozen=True):
    """Calling a definition by a shorter argument list is a known mistake of this name."""

    callee: str
    mistake: str


class Assignment(Record, frozen=True):
    """An assignment as read from its folder, before any case is drawn."""

    slug: str
    title: str
    folder: str
    digest: str
    files: tuple[str, ...]
    language: str
    packages: tuple[str, ...]
    definitions: tuple[str, ...]
    exercises: tuple[Exercise, ...]
    plans: tuple[CasePlan, ...]
    limits: Limits
    reference: str
    shorter: tuple[Shorter, ...]
    mistakes: dict[str, MistakeText]


# --- submissions --------------------------------------------------------------------------------


class SourceFile(Record, frozen=True):
    """One file of a submission, as bytes. A notebook is its code cells, in order."""

    name: str
    cells: tuple[bytes, ...]
    is_notebook: bool


class Submission(Record, frozen=True):
    """What a student handed in. `main` is the file that is graded, `helpers` what it may import."""

    name: str
    student: str
    sha256: str
    received_at: str | None
    main: SourceFile
    helpers: tuple[SourceFile, ...]


class Position(Record, frozen=True):
    """A place in a student's own file: `cell` counts a notebook's code cells from 1."""

    file: str
    cell: int | None
    line: int


# --- what comes back from the guest -------------------------------------------------------------


class Definition(Record, frozen=True):
    """A definition that was found, with the lines it spans."""

    name: str
    kind: str
    position: Position
    end_line: int


class LeftOut(Record, frozen=True):
    """Something of the file that did not run, or that failed, and why."""

    what: str
    why: str
    position: Position


class Problem(Record, frozen=True):
    """An exception of student code: where it stands, and what it says."""

    type: str
    message: str
    position: Position | None


class Extracted(Record, frozen=True):
    """What the guest made of a student's file, as it reports it."""

    found: tuple[Definition, ...] = ()
    dropped: tuple[LeftOut, ...] = ()
    failed: dict[str, Problem] = {}
    unreadable: tuple[Problem, ...] = ()


class Ending(StrEnum):
    """How a request to a guest ended."""

    ANSWERED = "answered"
    RAISED = "raised"
    MISSING = "missing"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out_of_memory"
    TIMED_OUT = "timed_out"
    FLOODED = "flooded"
    NOT_RUN = "not_run"


class Value(ArrayRecord, frozen=True):
    """What an output was. `array` is None where it was nothing that can be compared.

    `kind` is "array", "scalar" or, for anything else, a short description such as "list of 3".
    """

    kind: str
    array: Array | None


class Seen(ArrayRecord, frozen=True):
    """What was observed beside the outputs: the student's own claim, for diagnosis and contract."""

    changed: dict[str, Value] = {}
    shares: dict[str, tuple[str, ...]] = {}
    others: dict[str, Value] = {}
    used: dict[str, tuple[int, ...]] = {}
    random: tuple[str, ...] = ()


class Outcome(ArrayRecord, frozen=True):
    """What running one case gave. `step` is the step that was under way when it ended early."""

    case: str
    ending: Ending
    step: int | None
    outputs: dict[str, Value]
    missing: tuple[str, ...]
    seen: Seen
    problem: Problem | None
    text: str
    reason: str
    cpu: float
    wall: float
    peak: int


# --- judging ------------------------------------------------------------------------------------


class OutputVerdict(Record, frozen=True):
    """What became of one output in one case.

    `reason` may quote numbers: it is told of public cases alone. `kind` is that of the difference
    of a wrong one, `because` the output that a blocked one waits for.
    """

    name: str
    state: State
    reason: str = ""
    kind: str = ""
    because: str | None = None


class NamedMistake(Record, frozen=True):
    """A known mistake, by id, and the output that shows it."""

    id: str
    output: str


class Verdict(Record, frozen=True):
    """What became of one case."""

    case: str
    state: State
    outputs: tuple[OutputVerdict, ...]
    problem: Problem | None
    named: NamedMistake | None
    notes: tuple[str, ...]


# --- the scorecard: the JSON that is exported, field by field -----------------------------------


class ScoredOutput(Record, frozen=True):
    """An output of a case with its exact share of the points, as numbers."""

    name: str
    state: State
    points: float
    max_points: float
    reason: str | None


class ErrorPlace(Record, frozen=True):
    """Where an exception was raised in the student's own file."""

    type: str
    file: str | None
    cell: int | None
    line: int | None


class Diagnosis(Record, frozen=True):
    """A named mistake, on one output."""

    id: str
    title: str
    hint: str
    output: str


class ScoredCase(Record, frozen=True):
    """A case as a student may see it."""

    id: str
    title: str
    visibility: Visibility
    state: State
    outputs: tuple[ScoredOutput, ...]
    diagnosis: Diagnosis | None
    error: ErrorPlace | None


class ScoredExercise(Record, frozen=True):
    """An exercise with its points."""

    id: str
    title: str
    points: float
    max_points: float
    cases: tuple[ScoredCase, ...]


class SubmissionId(Record, frozen=True):
    """Which submission a scorecard is about."""

    name: str
    student: str
    sha256: str


class Isolation(Record, frozen=True):
    """How much of the wall this host put up."""

    tier: str
    layers: tuple[str, ...]


class Circumstances(Record, frozen=True):
    """How a submission was graded: behind how much of a wall, by which key, with what."""

    isolation: Isolation
    key_id: str | None
    versions: dict[str, str]


class Scorecard(Record, frozen=True, kw_only=True):
    """The result of record. Equal bytes of JSON for equal input; no timings."""

    schema: str = "grader/scorecard/1"
    assignment: str
    submission: SubmissionId
    points: float
    max_points: float
    points_exact: str
    exercises: tuple[ScoredExercise, ...]
    diagnoses: tuple[Diagnosis, ...]
    notes: tuple[str, ...]
    isolation: Isolation
    key_id: str | None
    versions: dict[str, str]


class Exhibit(ArrayRecord, frozen=True):
    """A public case with its numbers, for a page: never made of a hidden case."""

    case: Case
    outcome: Outcome


class Graded(ArrayRecord, frozen=True):
    """A scorecard with what a page may show beside it."""

    assignment: Assignment
    submission: Submission
    scorecard: Scorecard
    exhibits: dict[str, Exhibit]
    extracted: Extracted
    text: str
