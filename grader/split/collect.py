"""Has a submission answer a run, where its code may run: no key is here, and nothing is judged.

Public questions come first, then hidden ones; what failures are explained by is asked of a child of
its own, since here nobody knows what fails. So nothing of it can touch a mark.
"""

from grader.errors import SandboxError
from grader.grade import demand
from grader.model import Isolation, Record, Submission, SubmissionId
from grader.sandbox.keeper import Answer, Keeper
from grader.sandbox.memory import Memory, execution_digest
from grader.sandbox.probe import STRONG, isolation_of, try_out
from grader.sandbox.session import Conversation, overdue
from grader.split.draw import Draw, identity
from grader.split.sealed import sealed

KIND = "grader answers"


class Collected(Record, frozen=True, array_like=True):
    """What a submission answered in a run, and where: in which tier, by which versions.

    All of it is the word of whoever ran the code. `draw` is the digest of the draw's file.
    """

    assignment: str
    digest: str
    submission: SubmissionId
    nonce: str
    draw: str
    isolation: Isolation
    versions: dict[str, str]
    answers: dict[bytes, Answer]

    def sealed(self) -> bytes:
        """Return the bytes of its file."""
        return sealed(KIND, self)


def collected(
    draw: Draw, digest: str, submission: Submission, keeper: Keeper, lowest: str = STRONG
) -> Collected:
    """Ask a submission all that a draw asks.

    UsageError where the draw is another one's or of other versions; SandboxError where student code
    is isolated less than `lowest` asks for, or was lost.
    """
    draw.check_submission(identity(submission))
    draw.check_versions()
    isolation = isolation_of(try_out(keeper))
    demand(isolation, lowest)
    return Collected(
        assignment=draw.assignment,
        digest=draw.digest,
        submission=identity(submission),
        nonce=draw.nonce,
        draw=digest,
        isolation=isolation,
        versions=keeper.versions,
        answers=_answers(draw, submission, keeper),
    )


def _answers(draw: Draw, submission: Submission, keeper: Keeper) -> dict[bytes, Answer]:
    memory, tried = Memory(), Memory()
    with Conversation(keeper, submission, draw.limits, memory) as talk:
        talk.each(draw.public)
        talk.together(draw.hidden)
    answers = memory.answers()
    if any(execution_digest(q, draw.limits) not in answers for q in (*draw.public, *draw.hidden)):
        raise SandboxError("the process that runs student code was lost, twice", "collect again")
    with Conversation(keeper, submission, draw.limits, tried) as talk:
        for some in draw.rounds:
            talk.together(some, draw.trying)
    # More is tried than explaining would ask for: what there was no time for is no answer.
    late = overdue(draw.trying)
    probed = {digest: one for digest, one in tried.answers().items() if one != late}
    return probed | answers
