"""What templates would be slow at, as markup: numbers in tables, and sentences with code in them.

What is the same on many pages (the tables of a case, the names of outputs) is made once.
"""

from functools import lru_cache

from markupsafe import Markup, escape

from grader.report.tables import Cell, Table

_BETWEEN = "\x00"  # stands in no text of a page: controls are shown as escapes


@lru_cache(maxsize=512)
def prose(text: str) -> Markup:
    """Return a sentence in which what stands between backticks is code."""
    if "`" not in text:
        return escape(text)
    return Markup("").join(
        Markup("<code>%s</code>") % part if number % 2 else escape(part)
        for number, part in enumerate(text.split("`"))
    )


@lru_cache(maxsize=512)
def names(all_: tuple[str, ...]) -> Markup:
    """Return the names of outputs as code, each of which may be broken after its dot."""
    return Markup(", ").join(
        Markup("<code>%s</code>") % Markup(".<wbr>").join(name.split(".")) for name in all_
    )


@lru_cache(maxsize=512)
def array(table: Table, kind: str, cut: str) -> Markup:
    """Return a table of numbers of some kind; `cut` is said where not all of them are shown."""
    name, shape = escape(table.name), escape(table.shape)
    moved = f' tabindex="0" role="group" aria-label="{name}"' if table.is_wide else ""
    off = f'<span class="off">≠ {shape}</span>' if table.shape_differs else f"<span>{shape}</span>"
    body = "".join(
        f"<tr>{_heading(table.index, number)}{_cells(row)}</tr>"
        for number, row in enumerate(table.rows)
    )
    note = f'<p class="note">{escape(cut)}</p>' if table.cut else ""
    return Markup(  # noqa: S704 - each text in it is escaped
        f'<div class="array {kind}"{moved}><table><caption><b>{name}</b> {off}</caption>'
        f"{_head(table)}<tbody>{body}</tbody></table>{note}</div>\n"
    )


def _head(table: Table) -> str:
    if not table.columns:
        return ""
    corner = "<td></td>" if table.index else ""
    headings = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    return f"<thead><tr>{corner}{headings}</tr></thead>"


def _heading(index: tuple[str, ...], number: int) -> str:
    return f'<th scope="row">{escape(index[number])}</th>' if index else ""


def _cells(row: tuple[Cell, ...]) -> str:
    """Return the cells of a row, whose texts are escaped all at once."""
    texts = str(escape(_BETWEEN.join(cell.text for cell in row))).split(_BETWEEN)
    return "".join(
        f"<td{_KINDS[cell.differs, cell.wanted]}{text}</td>"
        for cell, text in zip(row, texts, strict=True)
    )


_KINDS = {
    (False, False): ">",
    (True, False): ' class="differs">≠ ',
    (False, True): ' class="wanted">',
}
