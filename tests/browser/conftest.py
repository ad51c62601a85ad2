"""One browser, one set of pages and the tools from npm, for all tests of this folder."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec
import pytest

from grader.assignment.key import Key
from grader.grade import Grader, prepare
from grader.model import Assignment
from grader.sandbox.host import keeper_for
from grader.sandbox.paths import policy_for
from tests.browser.pages import EVERY, Pages
from tests.conftest import RunCli

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_HERE = Path(__file__).resolve().parent
_MODULES = _HERE / "node_modules"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_TALL = 800
_PATIENCE_MS = 10_000


class OpenPage(Protocol):
    """Opens a page of a name in a context of its own, which is closed after the test."""

    def __call__(
        self, name: str | Path, width: int = 1280, height: int = _TALL, **options: str | float
    ) -> "Page": ...


def chromium() -> str:
    """Return where Chromium is."""
    known = ("chromium-headless-shell", "chromium", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, known)), None)
    if path is None:
        pytest.skip("needs Chromium: set CHROMIUM to its path")
    return path


@pytest.fixture(scope="package")
def browser() -> "Iterator[Browser]":
    """One Chromium for this folder: with fonts that are known, whatever the machine has.

    It goes when its tests are done: its driver keeps an event loop running, beside which tests
    elsewhere could start none.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright")
    fonts = {"FONTCONFIG_FILE": str(_HERE / "fonts.conf")}
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(
            executable_path=chromium(), args=FLAGS, env={**os.environ, **fonts}
        )
        yield launched
        launched.close()


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    opened = browser.new_page()
    yield opened
    opened.close()


@pytest.fixture
def open_page(browser: "Browser", pages: Pages) -> Iterator[OpenPage]:
    opened = []

    def open_one(
        name: str | Path, width: int = 1280, height: int = _TALL, **options: str | float
    ) -> "Page":
        path = pages[name] if isinstance(name, str) else name
        context = browser.new_context(
            viewport={"width": width, "height": height},
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(_PATIENCE_MS)
        opened.append(context)
        page = context.new_page()
        page.goto(path.as_uri())
        return page

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def grader(backprop: Assignment, key: Key, home: Path) -> Iterator[Grader]:
    """Grade on all cases, behind the wall."""
    with keeper_for(policy_for(backprop.limits, backprop.packages)) as keeper:
        yield prepare(backprop, key, home / "cases", keeper)


@pytest.fixture(scope="session")
def pages(grader: Grader, run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return Pages(tmp_path_factory.mktemp("pages"), grader, run_cli)


# --- from npm -------------------------------------------------------------------------------------


def _tool(path: str) -> Path:
    """Return a file that `npm ci` brings."""
    tool = _MODULES / path
    if not tool.exists():
        pytest.skip(f"needs {tool.name}: run `npm ci` in tests/browser")
    return tool


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the source of axe-core."""
    return _tool("axe-core/axe.min.js").read_text(encoding="utf-8")


_BROKEN = "<!doctype html><html><head><title>a</title></head><body><p><div></div></p></body></html>"
Faults = Callable[[str], list[str]]


@pytest.fixture(scope="session")
def markup_faults(pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> Faults:
    """Tell what html-validate has against a page; all are looked at in one process.

    Among them is one by the name "broken", of which it must have something to say.
    """
    tool = _tool("html-validate/bin/html-validate.mjs")
    broken = tmp_path_factory.mktemp("markup") / "broken.html"
    broken.write_text(_BROKEN, encoding="utf-8")
    paths = {name: str(pages[name]) for name in EVERY} | {"broken": str(broken)}
    done = subprocess.run(
        ["node", tool, "--preset", "standard", "--formatter", "json", *paths.values()],
        cwd=_HERE,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in (0, 1), done.stderr
    found = {one["filePath"]: one["messages"] for one in msgspec.json.decode(done.stdout)}
    return lambda name: [
        f"line {one['line']}: {one['ruleId']}: {one['message']}"
        for one in found.get(paths[name], [])
    ]
