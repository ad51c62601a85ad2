"""The summary where there is no terminal: plain lines, in which nothing is wrapped or coloured."""

from grader.report.plain import lines
from grader.report.view import page
from tests.conftest import ROOT, Grade

CORPUS = ROOT / "tests" / "corpus"


def _lines(grade: Grade, name: str) -> list[str]:
    return list(lines(page(grade(CORPUS / name / "layers.py"))))


def test_a_right_submission_is_told_in_a_line_per_output(grade: Grade) -> None:
    told = _lines(grade, "reference")

    assert told[0] == "layers.py  Backpropagation by hand"
    assert told[1] == "10 of 10 points"
    assert "  right     Layer_Dense.dweights: 2 / 2" in told
    assert not any(line.startswith("Fix this first") for line in told)


def test_a_wrong_one_says_what_to_fix_first(grade: Grade) -> None:
    told = _lines(grade, "changes-dvalues")

    first = next(i for i, line in enumerate(told) if line.startswith("Fix this first: "))
    assert "Activation_ReLU.contract" in told[first]
    assert told[first + 1].startswith("  ")
