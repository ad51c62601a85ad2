"""What a submission is asked: a case without anything that its answer is judged by."""

from typing import TypeAlias

import msgspec

from grader.arrays import as_array
from grader.model import Case, Record
from grader.sandbox import wire


class Question(Record, frozen=True, array_like=True):
    """A case as it goes over the wire: all that may be known where student code runs.

    `room` is how many bytes its inputs and a right answer have; a reply may be some times as long.
    """

    id: str
    header: bytes
    body: bytes
    room: int


Asked: TypeAlias = Case | Question


def question_of(asked: Asked) -> Question:
    """Return the half of a case that is asked."""
    if isinstance(asked, Question):
        return asked
    header, body = wire.case_request(asked.program, asked.given)
    expected = sum(array.nbytes for array in asked.expected.values())
    given = sum(as_array(value).nbytes for value in asked.given.values())
    return Question(asked.id, msgspec.json.encode(header), body, expected + given)
