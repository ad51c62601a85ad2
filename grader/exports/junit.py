"""JUnit XML: a suite per exercise, a test case per case. Pure.

The common subset that GitLab and the usual GitHub actions read; a failure's message stands in its
body too, since GitLab shows only that.
"""

import re
import xml.etree.ElementTree as ET  # written here, never parsed

from grader.model import Isolation, Scorecard, ScoredCase, ScoredExercise, State
from grader.report.clean import clean

# What XML 1.0 does not allow: such a file could be written, but not read again.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SKIPPED = (State.BLOCKED,)
_CAP = 2000  # of any text: GitLab takes a file of less than 30 MB
_ERRORS = (State.NOT_RUN, State.CRASHED, State.OUT_OF_MEMORY, State.TIMED_OUT, State.FLOODED)


def junit(scorecard: Scorecard) -> bytes:
    """Return a scorecard as a JUnit file."""
    root = ET.Element("testsuites", name=_plain(f"grader: {scorecard.assignment}"))
    for exercise in scorecard.exercises:
        root.append(_suite(exercise, scorecard.submission.name, scorecard.isolation))
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _suite(exercise: ScoredExercise, name: str, isolation: Isolation) -> ET.Element:
    states = [case.state for case in exercise.cases]
    failed = [s for s in states if s not in (State.PASSED, *_SKIPPED, *_ERRORS)]
    suite = ET.Element(
        "testsuite",
        name=_plain(exercise.title),
        tests=str(len(states)),
        failures=str(len(failed)),
        errors=str(sum(state in _ERRORS for state in states)),
        skipped=str(sum(state in _SKIPPED for state in states)),
    )
    properties = ET.SubElement(suite, "properties")
    told = f"{isolation.tier}: {', '.join(isolation.layers)}"
    ET.SubElement(properties, "property", name="isolation", value=_plain(told))
    for case in exercise.cases:
        suite.append(_test(case, exercise, name))
    return suite


def _test(case: ScoredCase, exercise: ScoredExercise, name: str) -> ET.Element:
    test = ET.Element(
        "testcase", classname=_plain(exercise.id), name=_plain(f"{case.id}: {case.title}")
    )
    if case.state is State.PASSED:
        return test
    at = case.error
    if at is not None and at.line is not None:
        test.set("file", _plain(at.file or name))
        test.set("line", str(at.line))
    lines = [
        f"{output.name}: {output.state.value}" + (f", {output.reason}" if output.reason else "")
        for output in case.outputs
        if output.state is not State.PASSED
    ]
    if case.diagnosis is not None:
        lines.append(f"{case.diagnosis.title}. {case.diagnosis.hint}")
    kind = "skipped" if case.state in _SKIPPED else "error" if case.state in _ERRORS else "failure"
    child = ET.SubElement(test, kind, message=_plain(lines[0] if lines else case.state.value))
    if kind != "skipped":
        child.set("type", case.state.value)
    child.text = _plain("\n".join(lines))
    return test


def _plain(text: str) -> str:
    return _FORBIDDEN.sub("?", clean(text, _CAP))
