"""What a student prints, raises, names or calls a file is inert in every service's output.

One submission says the same hostile text in all ways that there are. What services read is read by
readers of their own: nothing in it acts, though it is all there.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ci import places, readers
from tests.ci.places import Job
from tests.ci.schemas import CODE_QUALITY, RESULT, RESULTS, complaints
from tests.conftest import ROOT, RunCli

_REFERENCE = ROOT / "solutions" / "backprop" / "layers.py"
_MARK = "PWNED"
_TEXT = (
    "\n::error::PWNED\r::warning file=x::PWNED\r\n  ::add-mask::PWNED\n\u00a0::notice::PWNED"
    "\u2028::error::PWNED\x85::error::PWNED\x0b::error::PWNED\x0c::error::PWNED\n"
    "##[group]PWNED\nand ##[error]PWNED\n##[add-mask]PWNED\n::set-output name=points::PWNED\n"
    "::set-env name=PATH::PWNED\n::add-path::PWNED\n::notice title=Autograding report::PWNED\n"
    "section_start:1560896352:PWNED[collapsed=true]\r\x1b[0KPWNED\nsection_end:1:PWNED\r\x1b[0K\n"
    "\x1b[31mPWNED\x1b[0m\x1b]0;PWNED\x07\x9b31m\n![PWNED](https://example.org/PWNED.png)\n"
    "@PWNED @PWNED/team #1 GH-1 <img src=x onerror=PWNED> <!-- PWNED --> | a | b |\n"
    "```\n````\n~~~\n# PWNED\n- PWNED\n</testcase>]]>&#0;\u202ePWNED\ud800\n"
    "EOF\nghadelimiter_PWNED\npoints=PWNED\nresult<<EOF\n::stop-commands::PWNED\n::PWNED::\n"
)
_NAME = "::error::PWNED\n::add-mask::PWNED\r##[group]@PWNED ![a](b) `|` \x1b[31m,:%0A=.py"

_CONTROLS = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]"

# Wrong in every output, each in another way of saying so.
_SOURCE = f"""
import numpy as np
TEXT = {_TEXT!r}
print(TEXT)

for TEXT_ in "::error::PWNED ##[error]PWNED @PWNED section_start:1:PWNED":
    pass

class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = np.zeros((n_inputs, n_neurons))
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        print(TEXT)
        setattr(self, TEXT, self.inputs.T @ dvalues)
        self.dbiases = type(TEXT[:200].replace(chr(0xd800), ""), (), {{}})()
        self.dinputs = TEXT

class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        raise type("::error::PWNED\\n##[error]@PWNED", (ValueError,), {{}})(TEXT)
"""
_PYTHONS_OWN = _SOURCE.replace(
    'type("::error::PWNED\\n##[error]@PWNED", (ValueError,), {})', "ValueError"
)
_UNREADABLE = "x = 1\nraise '::error::PWNED @PWNED ##[error]PWNED\n"


def handed_in(folder: Path, service: str, source: str, name: str) -> None:
    """Write a submission of a hostile name, and where it is."""
    place = places.checkout(folder, service)
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(source.encode("utf-8", "surrogatepass"))
    told = "".join(f"\\u{ord(character):04x}" for character in name)
    (place / ".grader.toml").write_text(f'submission = "{told}"\n')


@pytest.fixture(scope="module", params=places.SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=["own exceptions", "Python's exceptions", "unreadable"])
def job(
    request: pytest.FixtureRequest,
    service: str,
    run_cli: RunCli,
    tmp_path_factory: pytest.TempPathFactory,
) -> Job:
    """Return a job that has graded a hostile submission."""
    sources = {"own exceptions": _SOURCE, "Python's exceptions": _PYTHONS_OWN}
    folder = tmp_path_factory.mktemp("hostile") / "work"
    handed_in(folder, service, sources.get(request.param, _UNREADABLE), _NAME)
    return places.run(run_cli, folder, service)


def test_the_job_ends_as_any_other(job: Job) -> None:
    assert job.done.returncode == 0
    assert "Traceback" not in job.log


def test_no_command_in_the_log_is_a_students(job: Job, service: str) -> None:
    found = list(readers.commands(job.log))
    kinds = [one.name for one in found]
    notices = {one.properties["title"]: one.data for one in found if one.name == "notice"}

    assert _MARK in job.log
    assert set(kinds) <= {"stop-commands", "error", "notice"}
    if service not in {"github", "classroom50"}:
        assert kinds == []
        return
    assert kinds.count("stop-commands") == 1
    assert 0 < kinds.count("error") <= 10
    assert all(one.properties.keys() <= {"file", "line", "title"} for one in found)
    assert kinds.count("notice") == len(notices) == (2 if service == "github" else 0)
    assert _MARK not in str(notices)


def test_no_control_character_is_in_the_log(job: Job, service: str) -> None:
    assert re.findall(_CONTROLS, job.log) == []
    if service not in {"github", "classroom50"}:  # an annotation says what it says, word for word
        assert readers.sections(job.log) == []


def test_junit_is_read_back_without_a_control(job: Job) -> None:
    junitparser = pytest.importorskip("junitparser")
    text = job.text("grader-junit.xml")
    suites = list(junitparser.JUnitXml.fromstring(text.encode()))
    names = [(test.classname, test.name) for suite in suites for test in suite]

    assert len(names) == len(set(names)) > 40
    assert len(text) < 1 << 20
    assert "system-out" not in text  # where GitLab would look for attachments
    assert re.findall(_CONTROLS, text) == []


def test_the_page_has_neither_script_nor_picture(job: Job) -> None:
    page = job.text("grader-report.html")

    assert _MARK in page
    assert re.findall(r"<img|<script|\x1b", page) == []


_ALLOWED = {"h3", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "strong"}


def test_nothing_in_markdown_acts(job: Job, service: str) -> None:
    if service == "github":
        text = places.runner_file(job, "GITHUB_STEP_SUMMARY")
    elif service == "classroom50":
        text = job.text("release-body.md")
    else:
        return
    page = readers.Rendered(text)

    assert _MARK in text
    assert len(text) < 900_000
    assert set(page.tags) <= _ALLOWED
    assert page.tags.count("td") == 9
    assert page.mentions == []
    assert re.findall(r"(?<!\\)!\[|https?://|\x1b|\r", text) == []


def test_outputs_are_the_graders_alone(job: Job, service: str) -> None:
    if service not in {"github", "gitea", "forgejo"}:
        return
    told = readers.outputs(places.runner_file(job, "GITHUB_OUTPUT"))

    assert told.keys() == {"points", "max-points", "points-exact", "complete"}
    assert _MARK not in str(told)


def test_what_services_read_as_json_is_as_documented(job: Job, service: str) -> None:
    files = {
        "gitlab": ("gl-code-quality-report.json", CODE_QUALITY),
        "classroom50": ("result.json", RESULT),
        "gradescope": ("results/results.json", RESULTS),
    }
    if service not in files:
        return
    name, schema = files[service]

    assert complaints(job.json(name), schema) == []
    assert re.findall(_CONTROLS, "".join(texts(job.json(name)))) == []


def texts(value: object) -> Iterator[str]:
    """Yield all text of nested JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


# --- where nothing can be graded ------------------------------------------------------------------


@pytest.fixture(scope="module", params=["several", "a notebook", "settings"])
def refused(
    request: pytest.FixtureRequest,
    service: str,
    run_cli: RunCli,
    tmp_path_factory: pytest.TempPathFactory,
) -> Job:
    """Return a job that could grade nothing, and says so with the names of a student's files."""
    folder = tmp_path_factory.mktemp("refused") / "work"
    place = places.checkout(folder, service)
    for part in ("a", "b") if request.param == "several" else ("a",):
        (place / f"{part}{_NAME}").mkdir(parents=True)
        suffix = "ipynb" if request.param == "a notebook" else "py"
        (place / f"{part}{_NAME}" / f"layers.{suffix}").write_text("{" + _NAME)
    if request.param == "settings":
        told = "".join(f"\\u{ord(character):04x}" for character in f"../{_NAME}")
        (place / ".grader.toml").write_text(f'submission = "{told}"\n')
    return places.run(run_cli, folder, service)


def test_a_refusal_gives_no_command_either(refused: Job, service: str) -> None:
    found = list(readers.commands(refused.log))

    assert refused.done.returncode == 4
    assert "Traceback" not in refused.log
    assert re.findall("[\r\x1b]", refused.log) == []
    if service in {"github", "classroom50"}:
        assert [(one.name, one.properties) for one in found] == [("error", {"title": "Not graded"})]
    else:
        assert found == []
