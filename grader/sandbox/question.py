"""What a submission is asked: a case without anything that its answer is judged by."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import msgspec

from grader.arrays import as_array
from grader.model import Case, Record
from grader.sandbox import wire


class Question(Record, frozen=True, array_like=True):
    """A case as it goes over the wire: all that may be known where student code runs.

    Its steps and the header of its given values are JSON, `body` has the bytes of these; `room` is
    how many bytes its inputs and a right answer have: a reply may be some times as long.
    """

    id: str
    steps: bytes
    given: bytes
    body: bytes
    room: int


Asked: TypeAlias = Case | Question


@lru_cache(maxsize=1 << 14)  # a case is asked of a whole class
def question_of(asked: Asked) -> Question:
    """Return the half of a case that is asked."""
    if isinstance(asked, Question):
        return asked
    header, body = wire.given_values(asked.given)
    expected = sum(array.nbytes for array in asked.expected.values())
    given = sum(as_array(value).nbytes for value in asked.given.values())
    encode = msgspec.json.encode
    return Question(asked.id, encode(asked.program.steps), encode(header), body, expected + given)


def request_of(questions: Sequence[Question]) -> tuple[object, bytes]:
    """Return header and body that ask for cases; steps that several have are sent once."""
    programs = {steps: number for number, steps in enumerate({one.steps: 0 for one in questions})}
    header = {
        "programs": [msgspec.Raw(steps) for steps in programs],
        "cases": [(programs[one.steps], msgspec.Raw(one.given)) for one in questions],
    }
    return header, b"".join(one.body for one in questions)
