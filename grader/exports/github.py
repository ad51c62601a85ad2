"""What GitHub's runner takes from a job: workflow commands, a summary in Markdown, outputs. Pure.

Formats: GitHub, "Workflow commands for GitHub Actions"; the two notices are those of the reporter
of GitHub Classroom, which old courses still read.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from grader.exports.inert import log_lines, markdown
from grader.exports.remarks import Remark
from grader.model import Scorecard, State

MOST_ANNOTATIONS = 10  # of a kind and step; GitHub drops the rest without a word
# A summary above 1 MiB is refused as a whole; there is room left for what a step wrote before.
MOST_SUMMARY = 900_000
_SHOWN = 100


def command(name: str, message: str, **properties: str | int | None) -> str:
    """Return a workflow command: one line, whatever is in it."""
    given = [f"{key}={_property(str(it))}" for key, it in properties.items() if it is not None]
    return f"::{name} {','.join(given)}".rstrip() + f"::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def annotations(remarks: Sequence[Remark]) -> Iterator[str]:
    """Yield error annotations, worst first, and a plain line that says how many were left out."""
    for one in remarks[:MOST_ANNOTATIONS]:
        yield command("error", one.message, file=one.path, line=one.line, title=one.title)
    if (more := len(remarks) - MOST_ANNOTATIONS) > 0:
        yield f"{more} more: see the job's summary or the report."


def notices(card: Scorecard) -> Iterator[str]:
    """Yield the points as GitHub Classroom's reporter told them: nothing unless all was graded."""
    if not card.is_complete or not card.max_points:
        return
    points, most = _plain(card.points), _plain(card.max_points)
    report = json.dumps({"totalPoints": points, "maxPoints": most}, separators=(",", ":"))
    yield command("notice", f"Points {points}/{most}", title="Autograding complete")
    yield command("notice", report, title="Autograding report")


def _plain(value: float) -> float | int:
    """Return points as JSON of JavaScript has them: whole numbers without a point."""
    return int(value) if value.is_integer() else value


def quoted(text: str, token: str) -> Iterator[str]:
    """Yield lines of a log between which the runner takes nothing for a command."""
    yield f"::stop-commands::{token}"
    yield from log_lines(text)
    yield f"::{token}::"


def outputs(values: Mapping[str, str], token: str) -> str:
    """Return a step's outputs; no value can end itself, as long as nobody knows the token."""
    return "".join(f"{name}<<{token}\n{value}\n{token}\n" for name, value in values.items())


def told_of(card: Scorecard) -> dict[str, str]:
    """Return what later steps can ask for, by name."""
    return {
        "points": str(_plain(card.points)),
        "max-points": str(_plain(card.max_points)),
        "points-exact": card.points_exact,
        "complete": "true" if card.is_complete else "false",
    }


def step_summary(scorecard: Scorecard, remarks: Sequence[Remark] = ()) -> str:
    """Return a job's summary: points, a row per exercise, what to fix; nothing in it is active.

    It ends before GitHub's limit: what is told last is left out first.
    """
    return _within(MOST_SUMMARY, [*_head(scorecard), *_told(scorecard, remarks)])


def _head(card: Scorecard) -> Iterator[str]:
    points = f"{card.points:g} of {card.max_points:g} points"
    yield f"### {markdown(card.assignment)}: {points}"
    yield from ("", "| exercise | points | cases right |", "|---|---|---|")
    for exercise in card.exercises:
        right = sum(case.state is State.PASSED for case in exercise.cases)
        points = f"{exercise.points:g} of {exercise.max_points:g}"
        yield f"| {markdown(exercise.title)} | {points} | {right} of {len(exercise.cases)} |"
    yield ""
    practice = "" if card.key_id is not None else ", on the public cases alone"
    yield f"- isolation: {markdown(card.isolation.tier)}{practice}"


def _told(card: Scorecard, remarks: Sequence[Remark]) -> Iterator[str]:
    if not card.is_complete:
        yield "- some cases could not be graded, through no fault of the submission"
    for one in remarks[:_SHOWN]:
        at = markdown(one.path) + (f", line {one.line}" if one.line is not None else "")
        yield f"- **{markdown(one.title)}** ({at}) {markdown(one.message)}"
    known = {one.about for one in remarks[:_SHOWN]}
    rest = [diagnosis for diagnosis in card.diagnoses if diagnosis.id not in known]
    yield from (f"- **{markdown(it.title)}** {markdown(it.hint)}" for it in rest)


def _within(most: int, lines: Iterable[str]) -> str:
    kept, size = [], 0
    for line in lines:
        size += len(line.encode("utf-8", "backslashreplace")) + 1
        if size > most:
            break
        kept.append(line)
    return "\n".join(kept) + "\n"
