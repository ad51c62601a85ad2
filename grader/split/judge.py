"""Judges what was collected: here student code is never run, and nothing that came is trusted.

An answer file is bytes from where student code had its way. It fits a run or it does not; in it may
be any answer that a guest could have sent, and nothing else: an answer is compared, like any other.
"""

import re
from collections.abc import Callable

from grader.errors import UsageError
from grader.explain import Explainer, explainer_by
from grader.grade import Grader, circumstances_of, grade
from grader.model import Assignment, Graded, Isolation, Limits, Record, Submission, SubmissionId
from grader.sandbox.absent import Absent
from grader.sandbox.evidence import Unreadable, is_plausible
from grader.sandbox.keeper import Answer
from grader.sandbox.memory import Memory, execution_digest, loading_digest
from grader.sandbox.paths import policy_for
from grader.sandbox.policy import reply_cap
from grader.sandbox.probe import LAYERS, TIERS
from grader.sandbox.question import Question
from grader.split.collect import KIND, Collected
from grader.split.draw import Draw, Run
from grader.split.sealed import opened

_MOST = 1 << 29  # bytes
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")
_MADE_WITH = ("numpy", "python")


class Unfit(Record, frozen=True):
    """Why bytes are not the answers to a run."""

    why: str


def fitting(data: bytes, draw: Draw, digest: str) -> Collected | Unfit:
    """Return the answers in a file if they can be those to a draw; total, whatever the bytes are.

    `digest` is that of the draw's file.
    """
    found = opened(data, KIND, Collected, _MOST)
    if isinstance(found, Unreadable):
        return Unfit(f"these are no answers: {found.why}")
    elsewhere = _elsewhere(found, draw, digest)
    return Unfit(elsewhere) if elsewhere else _sound(found, draw)


def _elsewhere(found: Collected, draw: Draw, digest: str) -> str:
    """Return in words what else answers are to; nothing, where they are to this draw."""
    if found.assignment != draw.assignment:
        return (
            f"these are answers to another assignment: {_quoted(found.assignment)}, "
            f"not {draw.assignment}"
        )
    if found.submission.sha256 != draw.submission.sha256:
        return (
            f"these are the answers of another submission: {_named(found.submission)}, "
            f"and the run was drawn for {_named(draw.submission)}"
        )
    if (found.nonce, found.digest) != (draw.nonce, draw.digest):
        return (
            "these are answers to another run of this submission: "
            f"{_quoted(found.nonce)}, not {draw.nonce}"
        )
    return "" if found.draw == digest else "these are answers to another draw of this run"


def _sound(found: Collected, draw: Draw) -> Collected | Unfit:
    """Return what was collected, if every part of it is what may come in its place."""
    if not _is_place(found.isolation, found.versions):
        return Unfit("these answers do not say where they were collected")
    caps = caps_of(draw)
    if unknown := len(found.answers.keys() - caps.keys()):
        return Unfit(f"{unknown} of these answers are to what this run does not ask")
    needed = [loading_digest(draw.limits), *_digests((*draw.public, *draw.hidden), draw.limits)]
    if wanting := sum(one not in found.answers for one in needed):
        return Unfit(f"{wanting} answers to this run are wanting")
    if not all(_may_be(answer, caps[asked]) for asked, answer in found.answers.items()):
        return Unfit("among these answers is one that no submission can give")
    return found


def caps_of(draw: Draw) -> dict[bytes, int]:
    """Return all that a draw asks, by digest: how many bytes each answer may have."""
    limits, trying = draw.limits, draw.trying
    caps = {loading_digest(limits): reply_cap(limits, 0)}
    for questions, within in (
        ((*draw.public, *draw.hidden), limits),
        (tuple(one for some in draw.rounds for one in some), trying),
    ):
        rooms = (reply_cap(within, one.room) for one in questions)
        caps |= dict(zip(_digests(questions, within), rooms, strict=True))
    return caps


def _digests(questions: tuple[Question, ...], limits: Limits) -> list[bytes]:
    return [execution_digest(one, limits) for one in questions]


def _may_be(answer: Answer, cap: int) -> bool:
    return is_plausible(answer) and len(answer.body) <= cap


def _is_place(isolation: Isolation, versions: dict[str, str]) -> bool:
    return (
        isolation.tier in TIERS
        and set(isolation.layers) <= set(LAYERS)
        and len(isolation.layers) <= len(LAYERS)
        and sorted(versions) == sorted(_MADE_WITH)
        and all(_VERSION.fullmatch(one) for one in versions.values())
    )


def _named(one: SubmissionId) -> str:
    return f"{_quoted(one.name)} of {_quoted(one.student)} (SHA-256 {_quoted(one.sha256)[1:13]})"


def _quoted(text: str) -> str:
    """Return hostile text, short and inert."""
    return ascii(text[:80])


def check_drawn_here(run: Run, draw: Draw) -> None:
    """Raise UsageError where a draw is not the one that the key draws."""
    if run.draw.key_id != draw.key_id:
        raise UsageError(
            f"this run was drawn by another course key: {draw.key_id[:12]!r}, "
            f"not {run.draw.key_id}",
            "set GRADER_KEY to that key",
        )
    if run.draw != draw:
        raise UsageError(
            "this draw is not what the course key draws for its run: it was changed, "
            "or the machine that drew it computes otherwise",
            "judge by the file that `grader draw` wrote, on a like machine",
        )


def judged(assignment: Assignment, submission: Submission, run: Run, found: Collected) -> Graded:
    """Grade a submission by what was collected; what is not there is not known."""
    keeper = Absent(policy_for(assignment.limits, assignment.packages), found.versions)
    by = Grader(
        assignment=assignment,
        cases=run.cases,
        keeper=keeper,
        circumstances=circumstances_of(assignment, run.key_id, keeper, found.isolation),
        explainer=_explainer(assignment, run),
    )
    return grade(submission, by, Memory(found.answers))


def _explainer(assignment: Assignment, run: Run) -> Callable[[], Explainer]:
    return lambda: explainer_by(assignment, run.every, run.probes)
