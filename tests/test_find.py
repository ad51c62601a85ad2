"""Which assignment a file belongs to."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from grader.assignment.find import find_apart, find_assignment, find_settings
from grader.errors import UsageError
from tests.builders import MANIFEST, write_assignment

_OTHER = MANIFEST.replace("toy.py", "other.py").replace("Toy", "Other").replace("toy", "other")


def write(path: Path, text: str = "x = 1\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def slug(
    file: Path,
    named: str | None = None,
    environment: Mapping[str, str] | None = None,
    here: Path | None = None,
) -> str:
    return find_assignment(file, named, environment or {}, here or file.parent).slug


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Make a checkout with two assignments."""
    write_assignment(tmp_path / "course")
    write_assignment(tmp_path / "course", _OTHER, "other")
    return tmp_path / "course"


# --- by name --------------------------------------------------------------------------------------


def test_it_may_be_named_by_its_folder(course: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "elsewhere" / "hw.py")

    assert slug(file, str(course / "assignments" / "other")) == "other"


def test_a_folder_is_taken_from_the_working_folder(course: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "elsewhere" / "hw.py")

    assert slug(file, "assignments/other", here=course) == "other"


def test_it_may_be_named_by_its_slug(course: Path) -> None:
    assert slug(write(course / "work" / "toy.py"), "other") == "other"


def test_a_name_that_is_not_there_is_an_error(course: Path) -> None:
    with pytest.raises(UsageError, match="no assignment 'thrid'"):
        slug(write(course / "toy.py"), "thrid")


# --- by settings ----------------------------------------------------------------------------------


def test_settings_are_found_upward(course: Path) -> None:
    write(course / ".grader.toml", 'assignment = "other"\n')

    assert slug(write(course / "a" / "b" / "toy.py")) == "other"


@pytest.mark.usefixtures("course")
def test_a_folder_in_settings_is_relative_to_them(tmp_path: Path) -> None:
    write(tmp_path / "hand-in" / ".grader.toml", 'assignment = "../course/assignments/other"\n')

    assert slug(write(tmp_path / "hand-in" / "deep" / "hw.py"), here=tmp_path) == "other"


def test_the_nearest_settings_win(course: Path) -> None:
    write(course / ".grader.toml", 'assignment = "toy"\n')
    write(course / "a" / ".grader.toml", 'assignment = "other"\n')

    assert slug(write(course / "a" / "hw.py")) == "other"


def test_a_name_on_the_command_line_wins_over_settings(course: Path) -> None:
    write(course / ".grader.toml", 'assignment = "other"\n')

    assert slug(write(course / "hw.py"), "toy") == "toy"


def test_settings_say_where_they_are(tmp_path: Path) -> None:
    write(tmp_path / ".grader.toml", 'submission = "src/layers.py"\n')
    (tmp_path / "deep").mkdir()
    found = find_settings(tmp_path / "deep")

    assert found is not None
    assert (found[0].assignment, found[0].submission) == (None, "src/layers.py")
    assert found[1] == tmp_path


@pytest.mark.parametrize(
    "text", ["asignment = 'toy'", "assignment = 1", "=", "assignment = ''\n[x"]
)
def test_settings_that_are_none_are_an_error_that_names_them(tmp_path: Path, text: str) -> None:
    write(tmp_path / ".grader.toml", text)

    with pytest.raises(UsageError, match=r"\.grader\.toml"):
        find_settings(tmp_path)


def test_settings_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    (tmp_path / ".grader.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(UsageError):
        find_settings(tmp_path)


# --- by what fits ---------------------------------------------------------------------------------


def test_the_only_one_upward_of_the_file_is_taken(tmp_path: Path) -> None:
    write_assignment(tmp_path)

    assert slug(write(tmp_path / "work" / "hw1.py"), here=tmp_path.parent) == "toy"


def test_the_only_one_upward_of_the_working_folder_is_taken(tmp_path: Path) -> None:
    write_assignment(tmp_path / "course")

    assert slug(write(tmp_path / "away" / "hw1.py"), here=tmp_path / "course") == "toy"


def test_the_folder_of_the_environment_is_taken(tmp_path: Path) -> None:
    write_assignment(tmp_path / "course")
    there = {"GRADER_ASSIGNMENTS": str(tmp_path / "course" / "assignments")}

    assert slug(write(tmp_path / "away" / "hw1.py"), None, there) == "toy"


def test_of_several_the_one_whose_file_name_matches_is_taken(course: Path) -> None:
    assert slug(write(course / "work" / "other.py")) == "other"


def test_or_the_one_whose_class_the_file_mentions(course: Path) -> None:
    assert slug(write(course / "work" / "anna.py", "class Other:\n    pass\n")) == "other"


def test_of_a_folder_the_files_in_it_count(course: Path) -> None:
    write(course / "work" / "other.py")

    assert slug(course / "work") == "other"


def test_where_none_fits_the_error_lists_them_all(course: Path) -> None:
    with pytest.raises(UsageError, match=r"\(other, toy\)"):
        slug(write(course / "work" / "anna.py"))


def test_where_several_fit_the_error_lists_those(course: Path) -> None:
    write_assignment(course, _OTHER, "third")

    with pytest.raises(UsageError, match=r"\(other, third\)"):
        slug(write(course / "work" / "other.py"))


def test_where_there_is_none_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none found") as caught:
        slug(write(tmp_path / "toy.py"))
    assert "--assignment" in caught.value.hint


# --- for an official grading ----------------------------------------------------------------------


def test_what_a_student_put_beside_a_file_does_not_choose_its_assignment(
    course: Path, tmp_path: Path
) -> None:
    student = course / "handed-in" / "anna"
    file = write(student / "toy.py")
    write_assignment(student, _OTHER, "toy")
    write(student / ".grader.toml", 'assignment = "assignments/toy"\n')
    for handed_in in (file, student):
        for here in (course, tmp_path, course / "handed-in"):
            for named in (None, "toy"):
                found = find_apart(handed_in, named, {}, here)

                assert Path(found.folder) == course / "assignments" / "toy"
    assert Path(find_assignment(file, None, {}, course).folder) == student / "assignments" / "toy"


def test_the_settings_of_a_course_count_for_all_that_is_handed_in(course: Path) -> None:
    write(course / ".grader.toml", 'assignment = "other"\n')
    file = write(course / "handed-in" / "anna" / "toy.py")

    assert find_apart(file, None, {}, course / "elsewhere").slug == "other"
