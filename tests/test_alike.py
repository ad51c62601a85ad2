"""Who is wrong in the same way, with a real class: found when it is graded, and by a regrade."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.builders import write_assignment
from tests.conftest import RunCli

_TOY = "class Toy:\n    def double(self, x):\n        self.result = {}\n"
_WORKS = {
    "anna": "2 * x",
    "ben": "2 * x + x * x / 10",
    "carl": "x * (2 + 0.1 * x)",  # as Ben's, but for the last digits
    "dora": "2 * x + x * x / 11",
    "emil": "(2 * x + x * x / 10).astype('float32')",
    "fay": "2 * x + x * x / 10 if x.size == 2 else 2 * x",  # right on what is not shown
    "gus": "[1, 2]",
    "hal": "[1, 2]",
}


class Class:
    def __init__(self, folder: Path, run_cli: RunCli) -> None:
        self.run_cli = run_cli
        self.assignment = write_assignment(folder)
        self.students = folder / "class"
        self.students.mkdir()
        for student, formula in _WORKS.items():
            path = self.students / f"{student}.py"
            path.write_text(_TOY.format(formula), encoding="utf-8")

    def run(self, *args: str | Path) -> None:
        done = self.run_cli(*args, "-a", self.assignment)
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def course(run_cli: RunCli, tmp_path_factory: pytest.TempPathFactory) -> Class:
    return Class(tmp_path_factory.mktemp("course"), run_cli)


@pytest.fixture(scope="module")
def out(course: Class) -> Path:
    course.run("batch", course.students, "-o", course.students.parent / "out")
    return course.students.parent / "out"


def groups(out: Path) -> list[set[str]]:
    """Return the groups on the page of a class, in their order."""
    page = (out / "index.html").read_text(encoding="utf-8")
    section = page[page.index('id="unnamed"') : page.index('id="everyone"')]
    return [
        set(re.findall(r'<a href="reports/\d+-(\w+)\.html">\1</a>', one))
        for one in section.split("<details>")[1:]
    ]


def results(out: Path) -> list[str]:
    with closing(sqlite3.connect(out / "ledger.sqlite")) as database:
        rows = database.execute("SELECT result FROM attempts ORDER BY student").fetchall()
    return [row[0] for row in rows]


def test_who_is_wrong_in_the_same_way_stands_together(out: Path) -> None:
    assert groups(out) == [{"ben", "carl", "emil"}]


def test_students_are_told_nothing_of_each_other(out: Path) -> None:
    pages = {
        path: path.read_text(encoding="utf-8")
        for part in ("reports", "scorecards")
        for path in sorted((out / part).iterdir())
    }
    secrets = {*re.findall(r'"form":"(\w+)"', "".join(results(out)))}

    assert len(pages) == 2 * len(_WORKS)
    assert len(secrets) == 2, "of arrays that are wrong on all inputs, and on the public ones"
    for path, text in pages.items():
        others = _WORKS.keys() - {path.stem.partition("-")[2]}
        assert others & set(re.findall(r"\w+", text)) == set()
        assert [one for one in secrets if one in text] == []


def test_a_regrade_finds_the_same_without_running_anything(course: Class, out: Path) -> None:
    before, page = results(out), (out / "index.html").read_bytes()
    with closing(sqlite3.connect(out / "ledger.sqlite")) as database, database:
        database.execute("UPDATE attempts SET result = json_remove(result, '$.unnamed')")
    assert results(out) != before

    done = course.run_cli("regrade", out, "-a", course.assignment, "--publish")

    assert "Cases run: 0;" in done.stdout, done.stdout + done.stderr
    assert results(out) == before
    assert (out / "index.html").read_bytes() == page


def test_one_who_hands_in_later_joins_the_others(course: Class, out: Path, tmp_path: Path) -> None:
    again, students = tmp_path / "out", tmp_path / "class"
    shutil.copytree(out, again)
    shutil.copytree(course.students, students)
    late = students / "ida.py"
    late.write_text(_TOY.format("x * 2 + x / 11 * x"), encoding="utf-8")

    course.run("batch", students, "-o", again)

    assert groups(again) == [{"ben", "carl", "emil"}, {"dora", "ida"}]
