"""Pages: one file each, in which nothing of a student's acts and no hidden number stands."""

import base64
import hashlib
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pytest

from grader.assignment.casebook import all_cases
from grader.assignment.key import Key
from grader.assignment.manifest import load_assignment
from grader.grade import prepare
from grader.model import Assignment, Graded, SubmissionId, Visibility
from grader.report.html import report
from grader.sandbox.host import keeper_for
from grader.sandbox.paths import policy_for
from grader.submission.read import read_submission
from tests.builders import LAYERS, MANIFEST, TOY, diagnosis, write_assignment
from tests.conftest import BACKPROP, ROOT, Grade

_REFERENCE = ROOT / "solutions" / "backprop" / "layers.py"
_HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}{% raw %}\x1b\u202e"


class Tags(HTMLParser):
    """Collects every tag with its attributes, and the text outside of tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def write(folder: Path, dense: str = "pass", relu: str = "pass", name: str = "layers.py") -> Path:
    path = folder / name
    path.write_text(LAYERS.format(dense=dense, relu=relu), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def stub(grade: Grade) -> Graded:
    return grade(BACKPROP / "layers.py")


@pytest.fixture(scope="module")
def right(grade: Grade) -> Graded:
    return grade(_REFERENCE)


@pytest.fixture(scope="module")
def hostile(grade: Grade, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """Grade a file whose name, prints, exceptions and code all try to be markup."""
    text = repr(_HOSTILE)
    path = write(
        tmp_path_factory.mktemp("hostile"),
        f"print({text}); raise ValueError({text})",
        f"self.dinputs = {text}",
        "<img src=x onerror=alert(1)>'\".py",
    )
    path.write_text(path.read_text("utf-8") + f"\nclass Noise:\n    print({text})\n", "utf-8")
    return grade(path)


@pytest.fixture(params=["stub", "right", "hostile"])
def page(request: pytest.FixtureRequest) -> str:
    graded: Graded = request.getfixturevalue(request.param)
    return report(graded)


# --- what every page is ---------------------------------------------------------------------------


def test_nothing_but_its_own_style_sheet_may_act(page: str) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def test_the_policy_stands_before_all_that_it_governs(page: str) -> None:
    assert page.index("Content-Security-Policy") < page.index("<style")
    assert page.index('charset="utf-8"') < page.index("<title")


def test_there_is_no_script_and_nothing_is_loaded(page: str) -> None:
    active = {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "link",
        "base",
        "form",
        "input",
        "video",
    }
    found = Tags(page).found

    assert not active & {tag for tag, _ in found}
    assert not [name for _, attributes in found for name in attributes if name.startswith("on")]
    assert not [name for _, attributes in found for name in attributes if name in ("style", "src")]


def test_links_stay_on_the_page(page: str) -> None:
    tags = Tags(page)
    targets = {str(one["href"]) for one in tags.named("a")}
    ids = {f"#{attributes['id']}" for _, attributes in tags.found if "id" in attributes}

    assert targets <= ids


def test_every_id_is_given_once(page: str) -> None:
    ids = [attributes["id"] for _, attributes in Tags(page).found if "id" in attributes]

    assert len(ids) == len(set(ids))


def test_there_is_no_address_of_elsewhere(page: str) -> None:
    assert not re.search(r"https?:|//www|url\(|@import", page)


def test_equal_input_gives_an_equal_page(stub: Graded) -> None:
    assert report(stub) == report(stub)


# --- what it says ---------------------------------------------------------------------------------


def test_it_tells_points_and_the_name(stub: Graded) -> None:
    text = " ".join(Tags(report(stub)).text.split())

    assert "0 of 10" in text
    assert "Backpropagation by hand" in text
    assert "layers.py" in text


def test_it_shows_the_students_code(right: Graded) -> None:
    lines = [line for line in _REFERENCE.read_text(encoding="utf-8").splitlines() if line]
    text = Tags(report(right)).text

    assert all(line in text for line in lines)


def test_what_is_right_needs_no_fixing(right: Graded) -> None:
    text = Tags(report(right)).text

    assert "Everything is right" in text
    assert "Fix this first" not in text


def test_what_is_wrong_has_one_thing_to_fix_first(stub: Graded) -> None:
    assert Tags(report(stub)).text.count("Fix this first") == 1


def test_a_public_failure_shows_its_numbers(grade: Grade, tmp_path: Path) -> None:
    graded = grade(write(tmp_path, relu="self.dinputs = dvalues * 1234.5"))
    text = Tags(report(graded)).text

    assert "inputs of both signs, one of them exactly 0" in text
    assert "6172.5" in text


def test_the_line_that_raised_is_marked(hostile: Graded) -> None:
    tags = Tags(report(hostile))
    marked = [one["id"] for one in tags.named("li") if one.get("class") == "wrong-line"]

    assert marked == ["line-0-12"]
    assert {"class": "to", "href": "#line-0-12"} in tags.named("a")


def test_the_page_is_light(stub: Graded, hostile: Graded) -> None:
    assert max(len(report(one).encode()) for one in (stub, hostile)) < 150_000


def test_it_is_in_the_readers_language(right: Graded) -> None:
    spoken = msgspec.structs.replace(right, assignment=right.assignment.told("es"))

    assert Tags(report(right)).named("html") == [{"lang": "en"}]
    assert Tags(report(spoken)).named("html") == [{"lang": "es"}]


def test_it_says_what_is_better_than_at_an_earlier_attempt(right: Graded, stub: Graded) -> None:
    text = " ".join(Tags(report(right, previous=stub.scorecard)).text.split())

    assert "10 points more than at your last attempt: 0 then, 10 now." in text
    assert "Since your last attempt" not in Tags(report(right)).text


def test_for_the_record_digests_key_versions_and_tier_are_told(right: Graded) -> None:
    text = Tags(report(right)).text
    card = right.scorecard
    told = [card.submission.sha256, card.versions["assignment"], card.key_id, card.isolation.tier]

    assert [one for one in told if str(one) not in text] == []
    assert f"numpy {card.versions['numpy']}" in text


def test_what_differs_has_a_sign_beside_its_number(grade: Grade, tmp_path: Path) -> None:
    page = report(grade(write(tmp_path, relu="self.dinputs = dvalues * 1234.5")))

    assert '<td class="differs">≠ 6172.5</td>' in page


def test_a_large_array_is_an_image_with_a_name_and_words(key: Key, tmp_path: Path) -> None:
    numbers = np.arange(40 * 50.0).reshape(40, 50).tolist()
    manifest = MANIFEST.replace("[1.0, 2.0]", str(numbers))
    assignment = load_assignment(write_assignment(tmp_path, manifest))
    path = tmp_path / "toy.py"
    path.write_text(TOY.replace("2 * x", "2 * x + (x == 3)"), encoding="utf-8")
    with keeper_for(policy_for(assignment.limits, assignment.packages)) as keeper:
        grade_one = prepare(assignment, key, None, keeper)
        page = report(grade_one(read_submission(path, assignment.files)))
    tags = Tags(page)
    images = [one for one in tags.named("svg") if one.get("role") == "img"]
    ids = {one.get("id") for one in (*tags.named("title"), *tags.named("desc"))}

    assert images
    assert {id_ for one in images for id_ in str(one["aria-labelledby"]).split()} <= ids
    assert "Where it differs: 1 of 2000 elements" in tags.text
    assert "A square stands for 2 by 2 elements" in tags.text
    assert "too high by 1 or more" in tags.text
    assert "[0, 3]" in tags.text


# --- hostile text ---------------------------------------------------------------------------------


def test_hostile_text_is_shown_and_does_nothing(hostile: Graded) -> None:
    page = report(hostile)
    text = Tags(page).text

    assert "<script" not in page
    assert "<img" not in page
    assert text.count("<script>alert(1)</script>") >= 3
    assert "{{ 7 * 7 }}" in text


def test_control_characters_are_shown_as_escapes(hostile: Graded) -> None:
    page = report(hostile)

    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", page)
    assert r"\u001b" in page
    assert r"\u202e" in page


@pytest.mark.parametrize("field", ["name", "student"])
def test_any_name_is_text(stub: Graded, field: str) -> None:
    given = {"name": "a.py", "student": "Anna", "sha256": "0" * 64} | {field: _HOSTILE}
    card = msgspec.structs.replace(stub.scorecard, submission=SubmissionId(**given))
    page = report(msgspec.structs.replace(stub, scorecard=card, shown=card))

    assert "<script" not in page
    assert "<script>alert(1)</script>" in Tags(page).text


def test_any_note_and_diagnosis_is_text(stub: Graded) -> None:
    told = diagnosis(title=_HOSTILE, hint=_HOSTILE, output="Layer_Dense.dweights")
    card = msgspec.structs.replace(stub.scorecard, notes=(_HOSTILE,), diagnoses=(told,))
    page = report(msgspec.structs.replace(stub, scorecard=card, shown=card))

    assert "<script" not in page
    assert "<img" not in page


def test_text_printed_while_loading_is_text(stub: Graded) -> None:
    page = report(msgspec.structs.replace(stub, text=_HOSTILE))

    assert "<script" not in page
    assert "{{ 7 * 7 }}" in Tags(page).text


def test_a_page_can_be_written_whatever_a_file_is_called(grade: Grade, tmp_path: Path) -> None:
    graded = grade(write(tmp_path, name="caf\udce9.py"))

    assert report(graded).encode()


# --- hidden numbers -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hidden(backprop: Assignment, key: Key) -> list[float]:
    """Return the numbers of hidden cases that are not on many papers."""
    policy = policy_for(backprop.limits)
    cases = all_cases(backprop, key, lambda: keeper_for(policy, serves_author=True), None)
    arrays = [
        np.asarray(array, float).ravel()
        for case in cases
        if case.visibility is Visibility.HIDDEN
        for array in (*case.given.values(), *case.expected.values())
    ]
    return [x for x in np.concatenate(arrays).tolist() if len(f"{abs(x):.6g}") >= 7]


_LEAKS: Mapping[str, tuple[str, str]] = {
    "wrong": ("self.dweights = 2 * dvalues", "self.dinputs = 2 * dvalues"),
    "prints": ("print(dvalues.tolist(), self.inputs.tolist())", "print(dvalues.tolist())"),
    "raises": (
        "raise ValueError(repr((dvalues.tolist(), self.inputs.tolist())))",
        "raise ValueError(repr(dvalues.tolist()))",
    ),
    "names an exception": (
        "raise type(repr(dvalues.tolist())[:50], (Exception,), {})",
        "raise type(repr(dvalues.tolist())[:50], (Exception,), {})",
    ),
    "sets other names": ("self.dw = dvalues", "self.d = dvalues"),
    "returns": ("return dvalues", "return dvalues"),
}


@pytest.mark.parametrize("how", _LEAKS)
def test_no_hidden_number_is_on_the_page(
    grade: Grade, hidden: list[float], tmp_path: Path, how: str
) -> None:
    page = report(grade(write(tmp_path, *_LEAKS[how])))
    forms = {form for x in hidden for form in (repr(x), f"{abs(x):.6g}", f"{abs(x):.10g}", x.hex())}

    assert len(hidden) > 500
    assert [form for form in forms if form in page] == []


def test_public_numbers_would_be_found(hidden: list[float], right: Graded) -> None:
    told = msgspec.structs.replace(right, text=f"{hidden[0]:.6g}")

    assert f"{hidden[0]:.6g}" in report(told)
