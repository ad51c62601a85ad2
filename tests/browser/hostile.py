"""Text that wants to be more than text, and every place at which a student can put it on a page."""

import csv
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from grader.batch.ledger import Ledger
from grader.batch.overview import write_class
from grader.batch.terms import Adjustment
from grader.grade import Grader
from grader.report.html import report
from tests.browser.pages import batch, graded_by
from tests.builders import LAYERS
from tests.conftest import RunCli
from tests.test_git import git
from tests.test_validate import changed, copied

# An element that is made of one of these has this attribute; a script that runs sets window.ran.
MARK = "data-hostile"
TAG = f"<script {MARK}>window.ran=1</script>"
PAYLOADS = (
    TAG,
    f'"><img {MARK} src=x onerror="window.ran=1">',
    f"' onmouseover='window.ran=1' onfocus='window.ran=1' autofocus {MARK}='",
    f"</title></textarea></pre></script><svg {MARK} onload=window.ran=1>",
    f"</style><style {MARK}>*{{display:none}}</style>",
    f"<!-- --!> ]]> <plaintext {MARK}>",
    f"<iframe {MARK} srcdoc='<script>parent.ran=1</script>'></iframe>",
    f"&lt;b {MARK}&gt;&#60;i&#x3e; &amp;lt; &nbsp;&copy",
    "javascript:window.ran=1",
    "}*{display:none}/*",
    "{{ 7 * 7 }}{% raw %}{# #}${7*7}<%= 7*7 %>%(n)s{0}{name}",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b[2J\b\b\x9b1m\x7f",
    "a\u202eb\u2066c\u2069\u200fd\u061c\u200b\ufeff\u2028e",
    "lone \ud800 \udfff surrogates",
    "null \x00 character",
    "x" * 10_000,
)
_MARKUP = PAYLOADS[:8]


def _source(body: str) -> str:
    """Return layers of which one `backward` has a body of that kind, and the other is right."""
    return LAYERS.format(dense=body, relu="self.dinputs = dvalues * (self.inputs > 0)")


_PLAIN = _source("pass")
_ALL = "\n".join(PAYLOADS)
_MOST = 280  # characters of a message that are shown wherever it is


def _grouped() -> tuple[str, ...]:
    """Return all payloads, a few at once: what is shown of a message is cut."""
    groups = [""]
    for one in PAYLOADS:
        if len(groups[-1]) + len(one) > _MOST:
            groups.append("")
        groups[-1] += f"{one} "
    return tuple(groups)


GROUPS = _grouped()


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _in_source(text: str) -> str:
    """Return text as it can stand in a line of Python."""
    return _encodable("".join(c for c in text if c not in "\x00\r\n"))


class Lab:
    """What it takes to bring hostile text onto pages: a folder, a grader, the command line."""

    def __init__(self, folder: Path, grader: Grader, run_cli: RunCli) -> None:
        self.folder = folder
        self.grader = grader
        self.run_cli = run_cli
        self._made = 0

    def page(self, path: Path) -> Path:
        """Grade a submission; return its page."""
        self._made += 1
        page = self.folder / f"page-{self._made}.html"
        page.write_text(report(graded_by(self.grader, path)), encoding="utf-8")
        return page

    def source(self, body: str = "pass", name: str = "layers.py", above: str = "") -> Path:
        """Write a submission, whose backward has a certain body."""
        path = self.folder / name
        path.write_text(above + _source(body), encoding="utf-8")
        return path

    def class_pages(self, course: Path) -> list[Path]:
        """Grade a class; return its page and those of all in it."""
        index = batch(self.run_cli, course, self.folder / "out")
        return [index, *sorted((index.parent / "reports").glob("*.html"))]


Place = Callable[[Lab], list[Path]]


# --- in a student's code, and in what it does -----------------------------------------------------


def code(lab: Lab) -> list[Path]:
    lines = "".join(f"NAME_{n} = {_in_source(one)!r}\n" for n, one in enumerate(PAYLOADS))
    return [lab.page(lab.source(above=lines))]


def comments(lab: Lab) -> list[Path]:
    lines = "".join(f"# {_in_source(one)}\n" for one in PAYLOADS)
    return [lab.page(lab.source(above=lines))]


def code_that_cannot_be_read(lab: Lab) -> list[Path]:
    lines = [_in_source(one) for one in (*GROUPS, f'"{TAG}', f"({TAG}")]
    return [lab.page(lab.source(above=f"{line}\n")) for line in lines]


def code_in_no_encoding(lab: Lab) -> list[Path]:
    path = lab.source()
    path.write_bytes(b"# " + _ALL.encode("utf-8", "surrogatepass") + b"\xff\n" + path.read_bytes())
    return [lab.page(path)]


def printed_while_it_is_read(lab: Lab) -> list[Path]:
    printing = f"class Noise:\n    print({_encodable(_ALL)!a})\n"
    return [lab.page(lab.source(above=printing))]


def printed_in_a_public_case(lab: Lab) -> list[Path]:
    return [lab.page(lab.source(f"print({_encodable(_ALL)!a})"))]


def messages_of_exceptions(lab: Lab) -> list[Path]:
    return [lab.page(lab.source(f"raise ValueError({one!a})")) for one in GROUPS]


def types_of_exceptions(lab: Lab) -> list[Path]:
    raising = "raise type({!a}, (Exception,), {{}})('a')"
    return [lab.page(lab.source(raising.format(name))) for name in _type_names()]


def _type_names() -> list[str]:
    """Return payloads as a type can be called."""
    return [_encodable(one).replace("\x00", "") for one in GROUPS]


def exceptions_while_it_is_read(lab: Lab) -> list[Path]:
    above = "class Noise:\n    raise ValueError({!a})\n"
    return [lab.page(lab.source(above=above.format(one))) for one in GROUPS]


def answers_that_are_text(lab: Lab) -> list[Path]:
    texts = (repr(TAG), ascii(_ALL), f"np.array([{TAG!a}])")
    return [lab.page(lab.source(f"self.dweights = self.dbiases = {text}")) for text in texts]


def names_of_kinds(lab: Lab) -> list[Path]:
    """As types of answers, and as names of fields in them."""
    made = "self.dweights = self.dbiases = type({!a}, (), {{}})()"
    bodies = [made.format(name) for name in _type_names()]
    bodies += [f"self.dweights = self.dbiases = np.zeros(2, [({TAG!a}, float)])"]
    return [lab.page(lab.source(body)) for body in bodies]


def names_of_attributes(lab: Lab) -> list[Path]:
    made = "vars(self)[{!a}] = np.dot(self.inputs.T, dvalues)"
    return [lab.page(lab.source(made.format(one))) for one in (TAG, *GROUPS)]


def statements_that_are_left_out(lab: Lab) -> list[Path]:
    lines = "".join(f"print({_in_source(one)!r})\n" for one in PAYLOADS)
    return [lab.page(lab.source(above=lines))]


# --- in notebooks ---------------------------------------------------------------------------------


def _notebook(lab: Lab, sources: Sequence[str], outputs: Sequence[object]) -> Path:
    cells = [
        {
            "cell_type": "code",
            "metadata": {TAG: TAG},
            "execution_count": 1,
            "source": source,
            "outputs": outputs,
        }
        for source in sources
    ]
    told = {"cell_type": "markdown", "metadata": {}, "source": _encodable(_ALL)}
    made = {"cells": [told, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = lab.folder / "layers.ipynb"
    path.write_text(json.dumps(made), encoding="utf-8")
    return path


def cells_of_a_notebook(lab: Lab) -> list[Path]:
    lines = [f"{start}{_in_source(one)}" for one in PAYLOADS for start in ("%%html\n", "# ")]
    return [lab.page(_notebook(lab, [*lines, _PLAIN], []))]


def outputs_of_a_notebook(lab: Lab) -> list[Path]:
    text = _encodable(_ALL)
    data = {"text/html": text, "image/svg+xml": text, "application/javascript": "ran = 1"}
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": text},
        {"output_type": "display_data", "metadata": {}, "data": data},
        {"output_type": "error", "ename": TAG, "evalue": text, "traceback": [text]},
    ]
    return [lab.page(_notebook(lab, [_PLAIN], outputs))]


# --- in names -------------------------------------------------------------------------------------


def _file_names() -> list[str]:
    """Return payloads as a file can be called: no slash, no null, 255 bytes at most."""
    plain = (one.replace("/", "\u2215").replace("\x00", "") for one in PAYLOADS)
    names = [one.encode("utf-8", "surrogatepass")[:240] for one in plain]
    return [name.decode("utf-8", "surrogateescape") for name in names]


def names_of_files(lab: Lab) -> list[Path]:
    return [lab.page(lab.source(name=f"{name}.py")) for name in _file_names()]


def names_of_folders(lab: Lab) -> list[Path]:
    course = lab.folder / "class"
    for name in _file_names():
        (course / name / name).mkdir(parents=True)
        (course / name / name / "layers.py").write_text(_PLAIN, encoding="utf-8")
    return lab.class_pages(course)


def names_in_a_zip(lab: Lab) -> list[Path]:
    """As the file that is graded; what is refused is told on the page of the class."""
    course = lab.folder / "class"
    course.mkdir()
    for number, one in enumerate(PAYLOADS):
        with zipfile.ZipFile(course / f"{number}.zip", "w") as packed:
            packed.writestr(f"{_member(one)}.py", _source("raise ValueError"))
    return lab.class_pages(course)


def _member(text: str) -> str:
    """Return a payload as a file in a zip can be called; a slash would end a folder."""
    return _encodable(text).replace("/", "\u2215")


def messages_of_helpers(lab: Lab) -> list[Path]:
    """In what a file beside the one that is graded says when it is imported."""
    path = lab.folder / "work.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("layers.py", "from helper import *\n" + _PLAIN)
        packed.writestr("helper.py", f"raise ValueError({TAG!a})\n")
        for one in _MARKUP:
            packed.writestr(f"{one}.py", "")
    return [lab.page(path)]


# --- in a class -----------------------------------------------------------------------------------


def students_by_file(lab: Lab) -> list[Path]:
    """As names of the files of a class: on its page, and on each student's."""
    course = lab.folder / "class"
    course.mkdir()
    for name in _file_names():
        (course / f"{name}.py").write_text(_PLAIN, encoding="utf-8")
    return lab.class_pages(course)


def students_of_a_list(lab: Lab) -> list[Path]:
    """As students, names and paths in a CSV of repositories."""
    repository = lab.folder / "repository"
    repository.mkdir()
    git(repository, "init", "--quiet", "--initial-branch=main")
    (repository / "layers.py").write_text(_PLAIN, encoding="utf-8")
    git(repository, "add", "--all")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    git(repository, *identity, "commit", "--quiet", "--message", "work")
    roster = lab.folder / "repos.csv"
    with roster.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["student", "repository", "name", "path"])
        for one in PAYLOADS:
            text = _encodable(one).replace("\x00", "")
            writer.writerow([text, repository, text, ""])
        writer.writerow(["path", repository, "", TAG])
    return lab.class_pages(roster)


def reasons_why_not_graded(lab: Lab) -> list[Path]:
    """As names of what cannot be taken: in the reason for that."""
    course = lab.folder / "class"
    for number, name in enumerate(_file_names()):
        folder = course / f"student-{number}"
        folder.mkdir(parents=True)
        (folder / f"{name}1.py").write_text("", encoding="utf-8")
        (folder / f"{name}2.py").write_text("", encoding="utf-8")
    return lab.class_pages(course)


def remarks(lab: Lab) -> list[Path]:
    """As remarks of a teacher, which may quote a student."""
    course, out = lab.folder / "class", lab.folder / "out"
    course.mkdir()
    for number in range(len(PAYLOADS)):
        (course / f"student-{number:02d}.py").write_text(_PLAIN, encoding="utf-8")
    index = batch(lab.run_cli, course, out)
    with Ledger(out) as ledger:
        for number, one in enumerate(PAYLOADS):
            found = Adjustment(points="1", remark=_encodable(one))
            ledger.adjust(f"student-{number:02d}", found)
        write_class(out, ledger)
    return [index]


# --- on an author's page --------------------------------------------------------------------------


def an_author(lab: Lab) -> list[Path]:
    """In the title, and in a line of the reference of which mutants live."""
    folder, solutions = copied(lab.folder, "mse")
    title = json.dumps(" ".join(_MARKUP))
    changed(folder / "assignment.toml", 'title = "Mean squared error"', f"title = {title}")
    head = "def mse(predictions, targets):\n"
    line = f"    unused = 1 if {TAG!r} > 'a' else {PAYLOADS[1]!r}\n"
    changed(solutions / "mse.py", head, head + line)
    page = lab.folder / "proof.html"
    done = lab.run_cli("validate", folder, "--html", page, seconds=180)
    assert done.returncode == 4, done.stdout + done.stderr
    return [page]


# In which of them the text is not shown at all, which is as good.
UNSEEN = (outputs_of_a_notebook, types_of_exceptions)
PLACES: tuple[Place, ...] = (
    code,
    comments,
    code_that_cannot_be_read,
    code_in_no_encoding,
    printed_while_it_is_read,
    printed_in_a_public_case,
    messages_of_exceptions,
    types_of_exceptions,
    exceptions_while_it_is_read,
    answers_that_are_text,
    names_of_kinds,
    names_of_attributes,
    statements_that_are_left_out,
    cells_of_a_notebook,
    outputs_of_a_notebook,
    names_of_files,
    names_of_folders,
    names_in_a_zip,
    messages_of_helpers,
    students_by_file,
    students_of_a_list,
    reasons_why_not_graded,
    remarks,
    an_author,
)
