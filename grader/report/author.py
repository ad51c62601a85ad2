"""The author's page: what was proved of an assignment. Pure: records in, text out."""

from grader.model import Soundness
from grader.report.templating import page_template


def soundness(found: Soundness) -> str:
    """Return the author's page: what catches which mistake, and what it is then called."""
    ids = sorted({row.mistake for row in found.rows})
    others = {name for row in found.rows for name in row.named} - set(ids)
    return page_template("author").render(found=found, ids=[*ids, *sorted(others)])
