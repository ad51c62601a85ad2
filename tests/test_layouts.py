"""Names as each LMS gives them: whose a file is, of which attempt; no student decides whose."""

from collections.abc import Sequence

import pytest

from grader.batch.layouts import LAYOUTS, Part, is_noise, parsed, recognise, within


def part(layout: str, name: str, *others: str) -> Part:
    (found, *_) = parsed(layout, [name, *others], "")
    assert found is not None
    return found


def students(layout: str, *names: str) -> list[str | None]:
    return [None if found is None else found.student for found in parsed(layout, names, "")]


# --- Canvas ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "student", "shown", "file"),
    [
        ("doejane_12345_987654_layers.py", "12345", "doejane", "layers.py"),
        ("doejane_LATE_12345_987654_layers.py", "12345", "doejane", "layers.py"),
        ("müllerbjörn_7_8_my layers.ipynb", "7", "müllerbjörn", "my layers.ipynb"),
        ("नमस्ते_7_8_a.py", "7", "नमस्ते", "a.py"),
        ("o_neil_7_8_a_b_c.py", "7", "o_neil", "a_b_c.py"),
        ("_7_8_a.py", "7", "7", "a.py"),
        ("anon_x7Kp2_55_a.py", "x7Kp2", "anonymous x7Kp2", "a.py"),
        ("LATE_anon_x7Kp2_55_a.py", "x7Kp2", "anonymous x7Kp2", "a.py"),
    ],
)
def test_canvas_names(name: str, student: str, shown: str, file: str) -> None:
    found = part("canvas", name)

    assert (found.student, found.name, found.file) == (student, shown, file)
    assert found.late == ("LATE" in name)


def test_canvas_ids_are_named_for_what_they_are() -> None:
    person, anonymous = part("canvas", "doe_1_2_a.py"), part("canvas", "anon_Ab1_2_a.py")

    assert person.ids == {"canvas_user": "1", "canvas_submission": "2", "file": "a.py"}
    assert anonymous.ids == {"canvas_anonymous": "Ab1", "canvas_submission": "2", "file": "a.py"}


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("doejane_123_text.html", "text was typed into Canvas"),
        ("doejane_LATE_123_link.html", "a link was handed in"),
        ("anon_Ab1_text.html", "text was typed into Canvas"),
    ],
)
def test_canvas_what_was_typed_is_no_file(name: str, note: str) -> None:
    assert part("canvas", name).note == note


def test_canvas_a_file_called_text_is_a_file() -> None:
    assert part("canvas", "doejane_123_456_text.html").note is None


@pytest.mark.parametrize(
    "name",
    ["layers.py", "Doe_1_2_a.py", "doe_1_a.py", "doe_1_2_", "doe-x_1_2_a.py", "d/e_1_2_a.py"],
)
def test_canvas_other_names_are_not_understood(name: str) -> None:
    assert students("canvas", name) == [None]


def test_canvas_a_group_whose_name_ends_in_a_number_is_a_group() -> None:
    names = ("team_1_77_88_a.py", "team_1_77_89_b.py", "team_2_LATE_78_90_a.py", "doe_5_6_a.py")
    found = [part("canvas", *(names[at:] + names[:at])) for at in range(len(names))]

    assert [one.student for one in found] == ["77", "77", "78", "5"]
    assert [one.ids.get("group") for one in found][:2] == ["team_1", "team_1"]


@pytest.mark.parametrize("file", ["9_8_a.py", "LATE_9_8_a.py", "_anon_9_8_a.py", "9_8_7_6_a.py"])
def test_canvas_a_files_name_does_not_make_it_anothers(file: str) -> None:
    names = (f"doejane_123_456_{file}", "maxmia_9_8_a.py", "poe_7_1_a.py")

    assert students("canvas", *names) == ["123", "9", "7"]


def test_canvas_a_suffix_of_a_file_handed_in_again_is_taken_off() -> None:
    found = part("canvas", "doe_1_2_layers-2.py", "max_3_4_layers.py")

    assert (found.file, found.version, found.ids["file"]) == ("layers.py", 2, "layers-2.py")


def test_canvas_a_suffix_that_tells_two_files_apart_stays() -> None:
    found = parsed("canvas", ["doe_1_2_part-1.py", "doe_1_3_part-2.py"], "")

    assert [one and one.file for one in found] == ["part-1.py", "part-2.py"]


def test_canvas_a_suffix_that_all_have_is_the_assignments() -> None:
    names = ("doe_1_2_hw-1.py", "max_3_4_hw-1.py", "mia_5_6_hw-1-1.py")
    files = [(one.file, one.version) for one in parsed("canvas", names, "") if one]

    assert files == [("hw-1.py", 0), ("hw-1.py", 0), ("hw-1.py", 1)]


def test_canvas_versions_of_a_file_are_attempts() -> None:
    names = ("doe_1_20_a.py", "doe_1_10_helper.py", "doe_1_30_a-1.py")
    parts = [one for one in parsed("canvas", names, "") if one is not None]

    attempts = LAYOUTS["canvas"].split(parts)
    assert [[one.entry for one in attempt] for attempt in attempts] == [
        ["doe_1_20_a.py", "doe_1_10_helper.py"],
        ["doe_1_30_a-1.py", "doe_1_10_helper.py"],
    ]


# --- Moodle ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "student", "shown", "file"),
    [
        ("Jane Doe_123_assignsubmission_file/layers.py", "123", "Jane Doe", "layers.py"),
        ("Jane Doe_123_assignsubmission_file_/layers.py", "123", "Jane Doe", "layers.py"),
        ("Jane Doe_123_assignsubmission_file/sub/a.py", "123", "Jane Doe", "sub/a.py"),
        ("Jane Doe_123_assignsubmission_file_my_layers.py", "123", "Jane Doe", "my_layers.py"),
        ("Zoë Ñandú-Łęcka_5_assignsubmission_file/a.py", "5", "Zoë Ñandú-Łęcka", "a.py"),
        ("Participant_77_assignsubmission_file/a.py", "77", "Participant 77", "a.py"),
        ("Participant 77_assignsubmission_file_/a.py", "77", "Participant 77", "a.py"),
        ("Team A_9_assignsubmission_file/a.py", "9", "Team A", "a.py"),
        ("Default group_assignsubmission_file/a.py", "Default group", "Default group", "a.py"),
        ("Jane Doe_123_assignsubmission_file/", "123", "Jane Doe", ""),
    ],
)
def test_moodle_names(name: str, student: str, shown: str, file: str) -> None:
    found = part("moodle", name)

    assert (found.student, found.name, found.file) == (student, shown, file)
    assert found.ids["moodle_method"] == "assignsubmission_file"


def test_moodle_a_team_without_a_number_is_no_participant() -> None:
    ids = part("moodle", "Default group_assignsubmission_file/a.py").ids

    assert ids["group"] == "Default group"
    assert "moodle_participant" not in ids


def test_moodle_what_was_typed_is_no_file() -> None:
    name = "Jane Doe_123_assignsubmission_onlinetext/onlinetext.html"

    assert part("moodle", name).note == "text was typed into Moodle"


@pytest.mark.parametrize(
    "file", ["/Max_9_assignsubmission_file/a.py", "_Max_9_assignsubmission_file_a.py"]
)
def test_moodle_a_files_name_does_not_make_it_anothers(file: str) -> None:
    assert students("moodle", f"Jane_123_assignsubmission_file{file}") == ["123"]


@pytest.mark.parametrize("name", ["layers.py", "Jane Doe/a.py", "_assignsubmission_file/a.py"])
def test_moodle_other_names_are_not_understood(name: str) -> None:
    assert students("moodle", name) == [None]


# --- Blackboard -----------------------------------------------------------------------------------

_TIME = "2026-01-31-23-59-59"


@pytest.mark.parametrize(
    ("name", "student", "assignment", "file"),
    [
        (f"HW 1_jdoe_attempt_{_TIME}_layers.py", "jdoe", "HW 1", "layers.py"),
        (f"HW_1_b_jdoe_attempt_{_TIME}_my_layers.py", "jdoe", "HW_1_b", "my_layers.py"),
        (f"HW 1_j.doe@x.org_attempt_{_TIME}_a.py", "j.doe@x.org", "HW 1", "a.py"),
        (f"Übung 1_jdoe_Versuch_{_TIME}_a.py", "jdoe", "Übung 1", "a.py"),
        (f"HW 1_Group 3_attempt_{_TIME}_a.py", "Group 3", "HW 1", "a.py"),
    ],
)
def test_blackboard_names(name: str, student: str, assignment: str, file: str) -> None:
    found = part("blackboard", name)

    assert (found.student, found.ids["assignment"], found.file) == (student, assignment, file)
    assert found.received_at == "2026-01-31T23:59:59"


def test_blackboard_the_text_beside_the_files_is_none_of_them() -> None:
    assert part("blackboard", f"HW 1_jdoe_attempt_{_TIME}.txt").note is not None
    assert part("blackboard", f"HW 1_jdoe_attempt_{_TIME}_notes.txt").note is None


@pytest.mark.parametrize("file", [f"x_max_attempt_{_TIME}_a.py", f"x_max_attempt_{_TIME}.txt"])
def test_blackboard_a_files_name_does_not_make_it_anothers(file: str) -> None:
    assert students("blackboard", f"HW_jdoe_attempt_{_TIME}_{file}") == ["jdoe"]


def refined(info: str, text: str, *names: str) -> list[tuple[str, str]]:
    parts = tuple(one for one in parsed("blackboard", [info, *names], "") if one is not None)
    refine = LAYOUTS["blackboard"].refine
    assert refine is not None
    return [(one.student, one.name) for one in refine(parts, {info: text})]


@pytest.mark.parametrize("word", ["Name: ", "\ufeffName: ", "Naam:"])
def test_blackboard_its_text_tells_name_and_username(word: str) -> None:
    info, file = f"HW_stu_01_attempt_{_TIME}.txt", f"HW_stu_01_attempt_{_TIME}_a.py"
    found = refined(info, f"{word}Jane (JD) Doe (stu_01)\nAssignment: HW\n", file)

    assert found == [("stu_01", "Jane (JD) Doe")] * 2


@pytest.mark.parametrize("text", ["Name: Max (max)\n", "", "\n\nName: Max (01)\n", "Name: ((((("])
def test_blackboard_a_text_that_does_not_fit_tells_nothing(text: str) -> None:
    info = f"HW_jdoe_attempt_{_TIME}.txt"

    assert refined(info, text) == [("jdoe", "jdoe")]


def test_blackboard_what_came_at_one_time_is_one_attempt() -> None:
    later = "2026-02-01-00-00-00"
    names = (
        f"HW_jdoe_attempt_{later}_a.py",
        f"HW_jdoe_attempt_{_TIME}_a.py",
        f"HW_jdoe_attempt_{_TIME}_b.py",
    )
    parts = [one for one in parsed("blackboard", names, "") if one is not None]

    assert [len(attempt) for attempt in LAYOUTS["blackboard"].split(parts)] == [2, 1]


@pytest.mark.parametrize(
    "name", ["layers.py", f"jdoe_attempt_{_TIME}_a.py", "HW_jdoe_attempt_2026-01-31_a.py"]
)
def test_blackboard_other_names_are_not_understood(name: str) -> None:
    assert students("blackboard", name) == [None]


def test_blackboard_a_time_that_is_none_is_left_out() -> None:
    assert part("blackboard", "HW_jdoe_attempt_2026-13-31-23-59-59_a.py").received_at is None


# --- Brightspace ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown", "file"),
    [
        ("100-200 - Jane Doe - Jan 31, 2026 1159 PM/layers.py", "Jane Doe", "layers.py"),
        ("100-200 - Jane Doe - Jan 31, 2026 11:59 PM/sub/a.py", "Jane Doe", "sub/a.py"),
        ("100-200 - Jane Doe - Jan 31, 2026 1159 PM - my - a.py", "Jane Doe", "my - a.py"),
        ("100-200 - Zoë Doe-Łęcka - 31 January, 2026 2359/a.py", "Zoë Doe-Łęcka", "a.py"),
        ("100-200 - Doe - Smith - Jan 31, 2026 1159 PM/a.py", "Doe - Smith", "a.py"),
    ],
)
def test_brightspace_names(name: str, shown: str, file: str) -> None:
    found = part("brightspace", name)

    assert (found.student, found.name, found.file) == ("100", shown, file)
    assert found.received_at == "2026-01-31T23:59:00"
    assert found.ids == {"brightspace_user": "100", "brightspace_item": "200", "file": file}


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Feb 11, 2016 205 AM", "2016-02-11T02:05:00"),
        ("Feb 1, 2016 105 AM", "2016-02-01T01:05:00"),
        ("Dec 1, 2016 1205 AM", "2016-12-01T00:05:00"),
        ("Dec 1, 2016 1205 PM", "2016-12-01T12:05:00"),
        ("31 janv. 2026 2359", "2026-01-31T23:59:00"),
        ("31 zzz 2026 2359", None),
        ("Feb 30, 2016 105 AM", None),
    ],
)
def test_brightspace_times(text: str, time: str | None) -> None:
    found = part("brightspace", f"1-2 - Jane Doe - {text}/a.py")

    assert found.received_at == time
    assert found.ids.get("received") == (None if time else text)


def test_brightspace_a_zip_per_student_is_a_file() -> None:
    name = "1-2 - Jane Doe - Jan 31, 2026 1159 PM.zip"

    assert part("brightspace", name).file == name


def test_brightspace_its_own_page_is_no_file() -> None:
    assert part("brightspace", "1-2 - Jane - Jan 31, 2026 1159 PM/index.html").note is not None


def test_brightspace_a_files_name_does_not_make_it_later() -> None:
    name = "1-2 - Jane - Jan 31, 2026 1159 PM - Feb 1, 2020 1200 AM - a.py"

    assert part("brightspace", name).received_at == "2026-01-31T23:59:00"


# --- nbgrader -------------------------------------------------------------------------------------


def test_nbgrader_names() -> None:
    names = ("submitted/anna/hw 1/a.ipynb", "submitted/anna/hw 1/timestamp.txt", "source/hw 1/a.py")
    found, stamp, other = parsed("nbgrader", names, within("nbgrader", names))

    assert found is not None
    assert (found.student, found.ids["assignment"], found.file) == ("anna", "hw 1", "a.ipynb")
    assert stamp is not None
    assert stamp.note is not None
    assert other is None


def test_nbgrader_a_students_folder_is_not_the_courses() -> None:
    names = ("anna/hw/timestamp.txt", "anna/hw/a.py", "ben/hw/submitted/max/hw/a.py")

    assert within("nbgrader", names) == ""
    assert students("nbgrader", *names) == ["anna", "anna", "ben"]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-31 23:59:59.948203 UTC", "2026-01-31T23:59:59+00:00"),
        ("2026-01-31 23:59:59\n", "2026-01-31T23:59:59"),
        ("2026-01-31 23:59:59 +0100", "2026-01-31T23:59:59+01:00"),
        ("2026-01-31 23:59:59 -05:30", "2026-01-31T23:59:59-05:30"),
        ("2026-01-31 23:59:59 ../../etc/passwd", None),
        ("2026-01-31 23:59:59 Nowhere/At_all", "2026-01-31T23:59:59"),
        ("2026-02-31 23:59:59 UTC", None),
        ("yesterday", None),
    ],
)
def test_nbgrader_times(text: str, time: str | None) -> None:
    names = ("anna/hw/a.py", "anna/hw/timestamp.txt")
    parts = tuple(one for one in parsed("nbgrader", names, "") if one is not None)
    refine = LAYOUTS["nbgrader"].refine
    assert refine is not None

    assert [one.received_at for one in refine(parts, {names[1]: text})] == [time, time]


# --- a plain folder -------------------------------------------------------------------------------


def test_a_file_and_a_folder_are_a_students() -> None:
    names = ("anna.py", "ben/layers.py", "ben/helper.py", "grades.csv", "__old/a.py")

    assert students("folder", *names) == ["anna", "ben", "ben", None, None]


def test_one_stem_is_several_students() -> None:
    names = ("a.ipynb", "a.py", "a.zip", "a/layers.py", "a.py/layers.py", "a.txt")

    assert students("folder", *names) == ["a.ipynb", "a.py", "a.zip", "a", "a.py/", None]


# --- which it is ----------------------------------------------------------------------------------

_CANVAS = ["doejane_1_2_a.py", "maxmia_LATE_3_4_a.py", "poe_5_text.html"]
_MOODLE = ["Jane_1_assignsubmission_file/a.py", "Max_2_assignsubmission_file/a.py"]
_BLACKBOARD = [f"HW_jane_attempt_{_TIME}_a.py", f"HW_jane_attempt_{_TIME}.txt"]
_BRIGHTSPACE = [
    "1-2 - Jane - Jan 31, 2026 1159 PM/a.py",
    "index.html",
    "3-2 - Max - Feb 1, 2026 900 AM/a.py",
]
_NBGRADER = ["submitted/anna/hw/a.py", "submitted/ben/hw/a.py"]
_FOLDER = ["anna.py", "ben/layers.py"]


@pytest.mark.parametrize(
    ("layout", "names"),
    [
        ("canvas", _CANVAS),
        ("moodle", _MOODLE),
        ("blackboard", _BLACKBOARD),
        ("brightspace", _BRIGHTSPACE),
        ("nbgrader", _NBGRADER),
        ("folder", _FOLDER),
        ("folder", []),
        ("folder", ["anna/hw/a.py", "ben/hw/a.py"]),
        ("nbgrader", ["anna/hw/a.py", "anna/hw/timestamp.txt"]),
    ],
)
@pytest.mark.parametrize("above", ["", "HW 1 Download/", "a/b/"])
def test_a_layout_is_recognised_below_any_folder(
    layout: str, names: Sequence[str], above: str
) -> None:
    assert recognise([above + name for name in names])[0] == layout


def test_a_layout_is_recognised_by_what_it_stands_in() -> None:
    names = ["anna/hw/a.py", "ben/hw/a.py"]

    assert recognise(names, "submitted")[0] == "nbgrader"


def test_the_course_of_nbgrader_is_one() -> None:
    names = [*_NBGRADER, "source/hw/a.ipynb", "release/hw/a.ipynb", "gradebook.db"]

    assert recognise(names) == ("nbgrader", "submitted/")
    assert recognise([f"a/{name}" for name in names]) == ("nbgrader", "a/submitted/")


def test_a_few_strange_names_do_not_matter() -> None:
    assert recognise([*_CANVAS, "notes.txt", "extra.py"])[0] == "canvas"


def test_doubt_is_a_plain_folder() -> None:
    assert recognise([*_CANVAS[:1], "anna.py"])[0] == "folder"
    assert recognise([*_CANVAS[:2], *_MOODLE])[0] == "folder"


def test_one_moodle_student_is_no_wrapper() -> None:
    assert recognise(_MOODLE[:1]) == ("moodle", "")


@pytest.mark.parametrize(
    ("names", "zipped", "prefix"),
    [
        (["class/anna.py", "class/ben.py"], True, "class/"),
        (["class/anna/a.py"], True, "class/"),
        (["anna/layers.py"], True, ""),
        (["class/anna.py", "class/ben.py"], False, ""),
        (["anna.py"], True, ""),
        ([], True, ""),
    ],
)
def test_a_zip_may_wrap_a_plain_class(names: list[str], *, zipped: bool, prefix: str) -> None:
    assert within("folder", names, zipped=zipped) == prefix


@pytest.mark.parametrize(
    "name", ["__MACOSX/a/._a.py", ".DS_Store", "anna/.git/x.py", "a/__pycache__/a.py", "Thumbs.db"]
)
def test_noise_is_told(name: str) -> None:
    assert is_noise(name)


@pytest.mark.parametrize("name", ["anna.py", "../anna.py", "a b/c.d.py", "_a.py"])
def test_the_rest_is_none(name: str) -> None:
    assert not is_noise(name)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "unit", ["_1", "_1_1", "a_", "1-1 - ", "é", "-", "(", "_LATE", "_x_2026-01-01-00-00-00"]
)
def test_a_long_name_takes_no_time(layout: str, unit: str) -> None:
    parsed(layout, [(unit * 1024)[:1024] + "/", (unit * 1024)[:1024]], "")
