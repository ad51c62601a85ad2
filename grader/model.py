"""The records that pass between stages. Frozen; no I/O; nothing here runs anything."""

from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import msgspec

from grader.wording import UNSAID, Phrase

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
    """An argument that an earlier call returned, or an object of the program."""

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

    Of several values that are given back together, each is kept by its name in `parts`. `watched`
    marks what students write: its contract (arguments left alone, no global random state) is
    looked at.
    """

    object: str | None
    callee: str
    names: tuple[str, ...]
    arguments: tuple[Argument, ...]
    signature: Signature
    result: str | None
    watched: bool
    parts: tuple[str, ...] = ()

    @property
    def kept(self) -> dict[str, str]:
        """Return the output that each name of a result stands for."""
        if self.result is not None:
            return {self.result: self.callee}
        owner = self.callee.rpartition(".")[0] or self.callee
        return {part: f"{owner}.{part}" for part in self.parts}


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


_Seconds: TypeAlias = Annotated[float, msgspec.Meta(gt=0)]
_Bytes: TypeAlias = Annotated[int, msgspec.Meta(gt=0)]


class Limits(Record, frozen=True):
    """What a guest may use. Seconds, bytes."""

    load_cpu: _Seconds = 5.0
    load_wall: _Seconds = 15.0
    case_cpu: _Seconds = 0.5
    case_wall: _Seconds = 5.0
    submission_wall: _Seconds = 120.0
    memory: _Bytes = 1 << 30
    output: _Bytes = 1 << 18
    reply: _Bytes = 1 << 16


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
    """What a student is asked for. `outputs` maps each output to its share of the points.

    Those that are `owned` must share no memory with an argument, or the contract is broken.
    """

    id: str
    title: str
    asks: str
    points: Fraction
    outputs: dict[str, Fraction]
    contract: str | None
    owned: tuple[str, ...] = ()


class Derivative(Record, frozen=True):
    """Outputs of a program that are the derivative of another one, each by a given value.

    Of `of` itself where that is a number; else of the sum of `upstream * of`. `given` are the
    values that the program needs.
    """

    program: Program
    given: tuple[str, ...]
    of: str
    upstream: str | None
    outputs: dict[str, str]


class Observation(StrEnum):
    """What can be seen in a run that tells a mistake without its numbers."""

    EMPTY = "empty"
    UNSET = "unset"
    RENAMED = "renamed"
    OVERWRITTEN = "overwritten"
    RETURNED = "returned"
    CHANGED = "changed"
    SHARED = "shared"
    UNSTORED = "unstored"
    UNCALLED = "uncalled"
    SHORTER = "shorter"
    CONSTRUCTOR = "constructor"
    GIVEN = "given"
    BY_HEART = "by-heart"


class MistakeText(Record, frozen=True):
    """What is told of a known mistake: a title, and hints that lead further one by one."""

    title: str
    hints: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]


class Mistake(Record, frozen=True):
    """A known mistake: told by what is `seen`, or by its numbers, of which one may be `free`.

    `free` names a constant of its module: any value of it is the same mistake. `implied_by` are
    mistakes that bring this one about: beside one of them it is not told. `text` is by language.
    """

    text: Annotated[dict[str, MistakeText], msgspec.Meta(min_length=1)]
    seen: Observation | None = None
    free: str | None = None
    implied_by: tuple[str, ...] = ()

    def told(self, language: str) -> MistakeText:
        """Return the text in a language, or else in the first that there is."""
        return self.text.get(language) or next(iter(self.text.values()))


class ExerciseText(Record, frozen=True):
    """What is told of an exercise, in one language."""

    title: str
    asks: str


class AssignmentText(Record, frozen=True):
    """What is told of an assignment in a language that is not its own, by ids."""

    title: str
    exercises: dict[str, ExerciseText] = {}
    cases: dict[str, str] = {}


class Policy(Record, frozen=True):
    """How points become a mark: by lateness, drops, rounding, and which attempt counts.

    `grader.batch.marks` says what each of them does. By default points are the mark.
    """

    deadline: str | None = None
    grace: Fraction = Fraction(0)
    late_penalty: Fraction = Fraction(0)
    late_least: Fraction = Fraction(0)
    late_most: int | None = None
    counts: Literal["latest", "best"] = "latest"
    drop: int = 0
    round_to: Fraction | None = None


class Assignment(Record, frozen=True):
    """An assignment as read from its folder, before any case is drawn.

    It is in its own `language`, and so are its scorecards; `text` has what is told in other ones.
    `reader` is the language that pages are in: by default its own. Where a run is split,
    `rows_travel` says whether a notebook's rows go to where student code runs.
    """

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
    solutions: str
    derivatives: tuple[Derivative, ...]
    mistakes: dict[str, Mistake]
    policy: Policy = Policy()
    text: dict[str, AssignmentText] = {}
    reader: str = ""
    rows_travel: bool = True

    def told(self, language: str) -> "Assignment":
        """Return it in a language, as far as its author wrote it in that."""
        text = self.text.get(language)
        if text is None:
            return msgspec.structs.replace(self, language=language)
        exercises = tuple(
            msgspec.structs.replace(one, title=told.title, asks=told.asks)
            if (told := text.exercises.get(one.id)) is not None
            else one
            for one in self.exercises
        )
        plans = tuple(
            msgspec.structs.replace(plan, title=text.cases.get(plan.id, plan.title))
            for plan in self.plans
        )
        return msgspec.structs.replace(
            self, language=language, title=text.title, exercises=exercises, plans=plans
        )


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
    """A definition that was found, with the lines it spans; `is_empty`: it only holds a place."""

    name: str
    kind: str
    position: Position
    end_line: int
    is_empty: bool = False


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
    """What was observed beside the outputs: the student's own claim, for diagnosis and contract.

    Arguments that are `changed`, as they are now; outputs that share memory with arguments; what
    was returned or set where an output is missing; the argument list and the further arguments that
    a callee was called with; callees that drew random numbers; attributes that were None when an
    exception was raised.
    """

    changed: dict[str, Value] = {}
    shares: dict[str, tuple[str, ...]] = {}
    others: dict[str, Value] = {}
    used: dict[str, tuple[int, ...]] = {}
    named: dict[str, tuple[str, ...]] = {}
    random: tuple[str, ...] = ()
    none: tuple[str, ...] = ()


class Outcome(ArrayRecord, frozen=True):
    """What running one case gave. `step` is the step that was under way when it ended early.

    `reason` says how, and `absent` is the definition that was not there.
    """

    case: str
    ending: Ending
    step: int | None
    outputs: dict[str, Value]
    missing: tuple[str, ...]
    seen: Seen
    problem: Problem | None
    text: str
    reason: Phrase = UNSAID
    absent: str = ""

    @property
    def why_not(self) -> str:
        """Return why there is no answer, for who wrote the code: "" where nothing tells."""
        return self.problem.message if self.problem else str(self.reason) or self.absent


# --- judging ------------------------------------------------------------------------------------


class OutputVerdict(Record, frozen=True):
    """What became of one output in one case.

    `reason` may quote numbers: it is told of public cases alone. `kind` is that of the difference
    of a wrong one, `because` the output that a blocked one waits for.
    """

    name: str
    state: State
    reason: Phrase = UNSAID
    kind: str = ""
    because: str | None = None


class Verdict(Record, frozen=True):
    """What became of one case."""

    case: str
    state: State
    outputs: tuple[OutputVerdict, ...]
    problem: Problem | None
    notes: tuple[Phrase, ...]


# --- explaining ---------------------------------------------------------------------------------


class Fingerprint(ArrayRecord, frozen=True):
    """The arrays that a known mistake gives on the probes, by `key`.

    With a free number p they are `arrays + p * slopes`. Where it gives no array there is no key.
    """

    mistake: str
    module: str
    arrays: dict[str, Array]
    slopes: dict[str, Array] = {}

    @staticmethod
    def key(case: str, output: str) -> str:
        """Return the key of an output in a case."""
        return f"{case}\n{output}"


class Probes(ArrayRecord, frozen=True):
    """Public inputs on which failures are looked into: no number of a hidden case is among them.

    `cases` are fresh draws by a public seed, `small` ones the smallest inputs that are made of
    them, smallest first; `near` ones are public cases with their numbers changed a little, or
    doubled. `stored` are the attributes that code which was given sets, by class.
    """

    cases: tuple[Case, ...]
    small: tuple[Case, ...]
    near: tuple[Case, ...]
    fingerprints: tuple[Fingerprint, ...]
    stored: dict[str, tuple[str, ...]]


class Finding(Record, frozen=True):
    """What is known of a failing output: the mistake, if one is certain, and what is observed.

    `told` fills in the placeholders of the mistake's text.
    """

    output: str
    mistake: str | None
    observed: Phrase = UNSAID
    told: dict[str, Phrase] = {}


class CounterExample(ArrayRecord, frozen=True):
    """A small public input on which an output fails, with code that shows it."""

    output: str
    case: Case
    outcome: Outcome
    verdict: OutputVerdict
    snippet: str


class Explained(ArrayRecord, frozen=True):
    """Why outputs fail, as far as it is known.

    `nowhere_near` are outputs that are right nowhere near the public cases: what computes something
    and is right in a case is right beside it, too; what knows the answer by heart is not.
    """

    findings: tuple[Finding, ...] = ()
    examples: tuple[CounterExample, ...] = ()
    nowhere_near: frozenset[str] = frozenset()


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

    @property
    def is_complete(self) -> bool:
        """Tell whether every case has a verdict that rests on evidence."""
        cases = (case for exercise in self.exercises for case in exercise.cases)
        return all(case.state is not State.NOT_RUN for case in cases)


class Exhibit(ArrayRecord, frozen=True):
    """A public case with its numbers, for a page: never made of a hidden case."""

    case: Case
    outcome: Outcome


class Graded(ArrayRecord, frozen=True):
    """A scorecard with what a page may show beside it.

    `assignment` and `shown`, the same scorecard, are in the reader's `language`.
    """

    assignment: Assignment
    submission: Submission
    scorecard: Scorecard
    shown: Scorecard
    exhibits: dict[str, Exhibit]
    explained: Explained
    extracted: Extracted
    text: str

    @property
    def language(self) -> str:
        """Return the reader's language."""
        return self.assignment.language


# --- what an author learns of an assignment -------------------------------------------------------


class Failure(Record, frozen=True):
    """Something that does not hold, what to do about it, and the lines it is about, if any."""

    message: str
    hint: str
    diff: str = ""


class Check(Record, frozen=True):
    """Something that must hold, what was seen, and what of it does not hold."""

    title: str
    told: str
    failures: tuple[Failure, ...] = ()

    @property
    def holds(self) -> bool:
        """Tell whether nothing failed."""
        return not self.failures


class TriedCase(Record, frozen=True):
    """A case that mistakes were tried on; `exercise` is the title of its exercise."""

    id: str
    title: str
    exercise: str
    source: Source


class CaughtRow(Record, frozen=True):
    """A module of a mistake: the cases that catch it, and the ids that it was named by.

    `breaks` are the outputs that it was named on, or else those that fail.
    """

    module: str
    mistake: str
    caught: tuple[bool, ...]
    named: tuple[str, ...]
    breaks: tuple[str, ...]


# How many times a tolerance right and wrong answers must be away from it.
FAR = 10.0


class Margin(Record, frozen=True):
    """Of one tolerance: the worst right answer and the nearest wrong one, as multiples of it."""

    precision: str
    tolerance: float
    worst: float
    worst_name: str
    nearest: float
    nearest_name: str

    @property
    def spares_right(self) -> bool:
        """Tell whether right answers stay as far below the tolerance as is asked for."""
        return self.worst * FAR <= 1

    @property
    def bars_wrong(self) -> bool:
        """Tell whether wrong answers stay as far above the tolerance as is asked for."""
        return self.nearest >= FAR


class Survivor(Record, frozen=True):
    """A mutant of the reference that no case catches: what changed, alone and amid its lines."""

    name: str
    diff: str
    around: str


class Soundness(Record, frozen=True):
    """All that was found of an assignment; `cases` are the columns of `rows`."""

    title: str
    checks: tuple[Check, ...]
    cases: tuple[TriedCase, ...] = ()
    rows: tuple[CaughtRow, ...] = ()
    margins: tuple[Margin, ...] = ()
    survivors: tuple[Survivor, ...] = ()

    @property
    def holds(self) -> bool:
        """Tell whether the assignment is sound."""
        return all(check.holds for check in self.checks)
