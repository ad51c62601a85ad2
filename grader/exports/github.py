"""A summary in GitHub-flavoured Markdown, for a job's page. Pure."""

import re

from grader.model import Scorecard, State

# All ASCII punctuation may be escaped, and then means nothing: links and mentions are none either.
_ACTIVE = re.compile(r"([!-/:-@\[-`{-~])")


def step_summary(scorecard: Scorecard) -> str:
    """Return a job summary: points and a row per exercise; nothing in it is active."""
    points = f"{scorecard.points:g} of {scorecard.max_points:g} points"
    lines = [
        f"### {_inert(scorecard.assignment)}: {points}",
        "",
        "| exercise | points | cases right |",
        "|---|---|---|",
    ]
    for exercise in scorecard.exercises:
        right = sum(case.state is State.PASSED for case in exercise.cases)
        points = f"{exercise.points:g} of {exercise.max_points:g}"
        lines.append(f"| {_inert(exercise.title)} | {points} | {right} of {len(exercise.cases)} |")
    lines += ["", f"- isolation: {_inert(scorecard.isolation.tier)}"]
    lines += [*(f"- **{_inert(d.title)}** {_inert(d.hint)}" for d in scorecard.diagnoses)]
    return "\n".join(lines) + "\n"


def _inert(text: str) -> str:
    """Return text in which Markdown finds nothing to act on."""
    return _ACTIVE.sub(r"\\\1", " ".join(text.split()))
