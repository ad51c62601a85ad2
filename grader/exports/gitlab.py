"""A Code Quality report, which GitLab shows beside a merge request. Pure.

Format: GitLab, "Code Quality", "Import Code Quality results from a CI/CD job".
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence

from grader.exports.remarks import Remark
from grader.model import State

_SEVERITY = {State.WRONG: "major", State.MISSING: "major"}


def code_quality(remarks: Sequence[Remark]) -> str:
    """Return a report: an array, with no byte order mark before it."""
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for one in remarks:
        same = (one.path, one.about, one.title, one.message)
        found.append(_issue(one, (*same, str(seen[same]))))
        seen[same] += 1
    return json.dumps(found, ensure_ascii=True, indent=1) + "\n"


def _issue(remark: Remark, same: tuple[str, ...]) -> dict[str, object]:
    """Return an issue; by its fingerprint, which no moved line changes, GitLab knows it again."""
    digest = hashlib.sha256(json.dumps(same).encode())
    return {
        "description": f"{remark.title}. {remark.message}",
        "check_name": remark.about,
        "fingerprint": digest.hexdigest()[:32],
        "severity": _SEVERITY.get(remark.state, "critical"),
        "location": {"path": remark.path, "lines": {"begin": remark.line or 1}},
    }
