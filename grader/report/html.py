"""A student's page: one file, no script, nothing loaded. Pure: records in, text out."""

from grader.model import Graded, Scorecard
from grader.report.listing import listing
from grader.report.templating import page_template
from grader.report.view import Page, page


def report(graded: Graded, shown: Page | None = None, previous: Scorecard | None = None) -> str:
    """Return a student's page; `shown` is what it says, where that is known already.

    `previous` is of an earlier attempt: the page says what has become better since.
    """
    shown = shown or page(graded, previous)
    blocks = listing(graded.submission.main, shown.marks, shown.language)
    return page_template("student", shown.language).render(page=shown, blocks=blocks)
