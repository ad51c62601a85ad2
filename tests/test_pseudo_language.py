"""A made-up language in which every sentence is bracketed: what stands outside was forgotten."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from grader import wording
from grader.assignment.key import Key
from grader.grade import prepare
from grader.model import Assignment, AssignmentText, ExerciseText, Graded, MistakeText
from grader.report import templating
from grader.report.html import report
from grader.sandbox.host import keeper_for
from grader.sandbox.paths import policy_for
from grader.submission.read import read_submission

pytest.importorskip("babel.messages.catalog", reason="needs Babel")
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

_CODE = "eo"
_TESTS = Path(__file__).resolve().parent
_WORD = re.compile(r"[A-Za-z]{3,}")
# Code, what Python says and what a scorecard records are nobody's to translate.
_APART = ("code", "pre", "style", "dd")
_NAMES = {"layers", "ipynb", "Python", "None", "nan", "inf"}

_TRIED = (
    *("sample", "exception", "endless-loop-on-integers", "class-missing", "base-class-missing"),
    *("biases-one-number", "changes-dvalues", "attribute-none", "float32", "exit-in-a-method"),
    *("prints-much", "syntax-error", "allocates-8-gb-numpy", "exception-of-its-own", "arity-wrong"),
)


def bracketed(text: str) -> str:
    return f"⟦{text}⟧"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have the made-up language beside the others, for a while."""
    own, folder = wording.CATALOGUES, tmp_path_factory.mktemp("locale")
    made = Catalog(locale=_CODE)
    with (own / "es" / "LC_MESSAGES" / "grader.po").open("rb") as file:
        for one in read_po(file):
            if one.id:
                forms = [one.id] if isinstance(one.id, str) else list(one.id)
                strings = [bracketed(form) for form in forms]
                made.add(one.id, strings[0] if isinstance(one.id, str) else tuple(strings))
    to = folder / _CODE / "LC_MESSAGES" / "grader.mo"
    to.parent.mkdir(parents=True)
    with to.open("wb") as file:
        write_mo(file, made)
    caches = (wording.language, wording.languages, templating.page_template)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wording, "CATALOGUES", folder)
        for cached in caches:
            cached.cache_clear()
        yield
    for cached in caches:
        cached.cache_clear()


@pytest.fixture(scope="module")
def told(backprop: Assignment) -> Assignment:
    """Return the assignment with all that its author wrote in that language, too."""
    exercises = {
        one.id: ExerciseText(title=bracketed(one.title), asks=bracketed(one.asks))
        for one in backprop.exercises
    }
    cases = {plan.id: bracketed(plan.title) for plan in backprop.plans}
    text = AssignmentText(title=bracketed(backprop.title), exercises=exercises, cases=cases)
    mistakes = {
        id_: msgspec.structs.replace(one, text={**one.text, _CODE: wrapped(one.told("en"))})
        for id_, one in backprop.mistakes.items()
    }
    return msgspec.structs.replace(backprop, text={_CODE: text}, mistakes=mistakes, reader=_CODE)


def wrapped(text: MistakeText) -> MistakeText:
    return MistakeText(title=bracketed(text.title), hints=tuple(map(bracketed, text.hints)))


@pytest.fixture(scope="module")
def grade_told(told: Assignment, key: Key, home: Path) -> Iterator[Callable[[Path], Graded]]:
    with keeper_for(policy_for(told.limits, told.packages)) as keeper:
        grade_one = prepare(told, key, home / "cases", keeper)
        yield lambda path: grade_one(read_submission(path, told.files))


class _Seen(HTMLParser):
    """Collects what a page tells, in its text and to those who cannot see it."""

    def __init__(self) -> None:
        super().__init__()
        self.within: list[str] = []
        self.told: list[str] = []
        self.spoken: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = dict(attrs).get("class") or ""
        if self.within or tag in _APART or "listing" in classes:
            self.within.append(tag)
        self.spoken += [value or "" for name, value in attrs if name in ("aria-label", "title")]

    def handle_endtag(self, tag: str) -> None:
        if self.within and tag in self.within:
            while self.within.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self.within:
            self.told.append(data)


def outside(text: str) -> str:
    """Return what stands outside of all brackets."""
    kept, depth = [], 0
    for character in text:
        depth += (character == "⟦") - (character == "⟧")
        kept.append(character if depth == 0 else "")
    return "".join(kept)


@pytest.mark.parametrize("name", _TRIED)
@pytest.mark.usefixtures("catalogue")
def test_a_page_tells_nothing_in_english_alone(
    name: str, grade_told: Callable[[Path], Graded]
) -> None:
    folder = _TESTS / "corpus" / name
    (file,) = (one for one in folder.iterdir() if one.name.startswith("layers"))
    graded = grade_told(file)
    seen = _Seen()
    seen.feed(report(graded))

    text = "\n".join(["".join(seen.told), *seen.spoken])

    assert text.count("⟦") > 50
    assert set(_WORD.findall(outside(text))) - _NAMES - own_words(graded) == set()


def own_words(graded: Graded) -> set[str]:
    """Return words that are names, of outputs, inputs and definitions, and what Python said."""
    said = [one.name for one in graded.extracted.found]
    problems = [*graded.extracted.unreadable, *graded.extracted.failed.values()]
    for shown in graded.exhibits.values():
        said += [*shown.case.given, *shown.case.program.needs]
        problems += [shown.outcome.problem] if shown.outcome.problem else []
    said += [word for one in problems for word in (one.type, one.message)]
    return set(_WORD.findall(" ".join(said)))
