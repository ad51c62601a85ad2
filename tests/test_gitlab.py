"""A Code Quality report: held against what GitLab documents of it."""

import json

import pytest

from grader.exports.gitlab import code_quality
from grader.exports.remarks import Remark
from grader.model import State
from tests.ci.schemas import CODE_QUALITY, complaints


def remark(**changes: object) -> Remark:
    plain = {
        "path": "src/layers.py",
        "line": 7,
        "title": "Divided",
        "message": "Sum.",
        "state": State.WRONG,
        "about": "mean",
    }
    return Remark(**(plain | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("state", State)
def test_each_state_has_a_severity_that_gitlab_knows(state: State) -> None:
    assert complaints(json.loads(code_quality([remark(state=state)])), CODE_QUALITY) == []


def test_without_a_line_it_stands_at_the_first() -> None:
    (found,) = json.loads(code_quality([remark(line=None)]))

    assert found["location"] == {"path": "src/layers.py", "lines": {"begin": 1}}


def test_no_two_fingerprints_are_the_same() -> None:
    found = json.loads(code_quality([remark(), remark(line=8), remark(path="b.py")]))

    assert len({one["fingerprint"] for one in found}) == 3


def test_no_byte_order_mark_stands_before_it() -> None:
    assert code_quality([remark(title="é\ufeff😀")]).isascii()
