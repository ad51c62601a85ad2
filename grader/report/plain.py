"""The same where there is no terminal: a log, a file, a pipe. Pure: records in, lines out.

No columns to be wrapped, no colours; and a grading whose output goes to a log is spared rich.
"""

from collections.abc import Iterator

from grader.report.view import STATE_WORDS, Page, number


def lines(page: Page) -> Iterator[str]:
    """Yield the summary of a graded submission, a line each."""
    practice = " on the public cases" if page.is_practice else ""
    yield f"{page.name}  {page.title}"
    yield f"{number(page.points)} of {number(page.max_points)} points{practice}"
    for card in page.cards:
        yield f"{card.title}: {number(card.points)} / {number(card.max_points)}"
        for row in card.outputs:
            points = "given"
            if row.max_points:
                points = f"{number(row.points)} / {number(row.max_points)}"
            told = f" - {row.remark}" if row.remark else ""
            yield f"  {STATE_WORDS[row.state]:<9} {row.name}: {points}{told}"
    if page.first:
        yield f"Fix this first: {page.first}"
        yield f"  {page.first_hint}"
    if page.ungraded:
        yield f"{page.ungraded} cases could not be graded, through no fault of the submission."
    yield from (f"Note: {note}" for note in page.notes)
