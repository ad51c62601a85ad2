"""A student's page: one file, no script, nothing loaded. Pure: records in, text out."""

from grader.model import Graded
from grader.report.listing import listing
from grader.report.templating import page_template
from grader.report.view import Page, page

_TEMPLATE = page_template("student")


def report(graded: Graded, shown: Page | None = None) -> str:
    """Return a student's page; `shown` is what it says, where that is known already."""
    return _TEMPLATE.render(page=shown or page(graded), blocks=listing(graded))
