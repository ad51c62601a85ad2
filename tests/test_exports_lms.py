"""What each LMS makes of our tables and zips: small readers here follow its own import rules."""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

import pytest

from grader.errors import UsageError
from grader.exports import blackboard, brightspace, canvas, gradescope, moodle, nbgrader
from grader.exports.marked import Marked, Sheet, identifier, number

RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")
EVIL = '=HYPERLINK("https://example.org")'


def mark(
    student: str,
    points: str | None = "2.5",
    name: str = "",
    remark: str = "",
    **ids: str,
) -> Marked:
    """Return a mark of 10 points; None could not be graded."""
    final = None if points is None else Fraction(points)
    return Marked(
        student=student,
        name=name or student,
        ids=ids,
        raw=final,
        final=final,
        max_points=Fraction(10),
        late=False,
        remark=remark,
        report=f"reports/{student}.html",
    )


def rows(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def dicts(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    (header, *others) = rows(text, delimiter)
    return [dict(zip(header, row, strict=True)) for row in others]


# --- numbers and ids ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("5/2", "2.5"),
        ("0", "0"),
        ("10", "10"),
        ("100", "100"),
        ("1/3", "0.3333"),
        ("2/3", "0.6667"),
        ("1/16", "0.0625"),
        ("1/1024", "0.0009765625"),
        ("-5/2", "-2.5"),
        ("-1/30000000", "0"),
        ("29999/3000", "9.9997"),
        ("1/20", "0.05"),
    ],
)
def test_numbers_are_as_exact_as_they_can_be(value: str, text: str) -> None:
    assert number(Fraction(value)) == text


def test_what_is_not_known_is_no_number() -> None:
    assert number(None) == ""


@pytest.mark.parametrize(
    "text", ["jdoe", "j.doe@x.org", "@jane", "-12", "+4917", "00123", "müller_1", ""]
)
def test_ids_are_left_as_they_are(text: str) -> None:
    assert identifier(text) == text


@pytest.mark.parametrize("text", [EVIL, "=1+1", "-2+3", "+A1!B", "@SUM(1)", "-1|cmd", "\tx", "\rx"])
def test_ids_that_are_formulas_are_none_afterwards(text: str) -> None:
    assert identifier(text) == f"'{text}"


# --- Canvas ---------------------------------------------------------------------------------------
# lib/gradebook_importer.rb of canvas-lms: a header of Student, ID, ..., Section; a row of points
# possible; students by id, SIS user id, login; columns by the id in brackets, else by title.


class CanvasGrades(NamedTuple):
    scores: dict[str, str]
    points: str
    new_assignments: list[str]


class CanvasCourse(NamedTuple):
    """A course as Canvas knows it: users by id, by login; assignments by id."""

    users: Sequence[str]
    logins: dict[str, str]
    assignments: dict[str, str]

    def take(self, text: str, assignment: str) -> CanvasGrades:
        table = rows(text, ";" if text.partition("\n")[0].count(";") > 3 else ",")
        header, others = table[0], table[1:]
        assert len(header) > 3
        assert "Student" in header[0]
        assert "ID" in header[1]
        columns = 3
        login_at = sis_at = None
        if "SIS Login ID" in header[2]:
            login_at, columns = 2, 4
        elif "SIS User ID" in header[2]:
            sis_at, login_at, columns = 2, 3, 5
        assert "Section" in header[columns - 1]
        dropped = re.compile("(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
        titles = {
            at: one for at, one in enumerate(header) if at >= columns and not dropped.search(one)
        }
        at = next(at for at, title in titles.items() if self._assignment(title) == assignment)
        found: dict[str, str] = {}
        points = ""
        for row in others:
            if "Points Possible" in row[0]:
                points = row[at]
            elif not all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell) for cell in row):
                found[self._user(row, login_at, sis_at)] = row[at].strip()
        new = [title for title in titles.values() if self._assignment(title) is None]
        return CanvasGrades(found, points, new)

    def _assignment(self, title: str) -> str | None:
        match = re.fullmatch(r"(.*) \((\d+)\)", title)
        if match and match[2] in self.assignments:
            return match[2]
        return next((key for key, known in self.assignments.items() if known == title), None)

    def _user(self, row: Sequence[str], login_at: int | None, sis_at: int | None) -> str:
        if row[1] in self.users:
            return row[1]
        keys = [row[at] for at in (sis_at, login_at) if at is not None]
        return next(self.logins[key] for key in keys if key in self.logins)


COURSE = CanvasCourse(
    users=("101", "102", "103"),
    logins={"jdoe": "101", "zmueller": "102", "=evil": "103", "S-77": "103"},
    assignments={"4711": "Homework 1", "4712": "Homework 2"},
)
CANVAS = (
    mark("101", "2.5", "doejane", canvas_user="101", canvas_submission="9001"),
    mark("102", None, "müllerzoë", canvas_user="102", canvas_submission="9002"),
    mark("103", "1/3", EVIL, canvas_user="103", canvas_submission="9003"),
)


def test_canvas_takes_a_gradebook() -> None:
    sheet = canvas.gradebook(CANVAS, "Homework 1 (4711)")

    assert COURSE.take(sheet.text, "4711") == (
        {"101": "2.5", "102": "", "103": "0.3333"},
        "10",
        [],
    )
    assert sheet.left_out == ()


def test_canvas_columns_are_its_own() -> None:
    header, points, *_ = rows(canvas.gradebook(CANVAS, "Homework 1 (4711)").text)

    assert header == ["Student", "ID", "SIS Login ID", "Section", "Homework 1 (4711)"]
    assert points == ["    Points Possible", "", "", "", "10"]


def test_canvas_finds_a_plain_folders_students_by_login() -> None:
    sheet = canvas.gradebook([mark("jdoe"), mark("zmueller", "3")], "Homework 1 (4711)")

    assert COURSE.take(sheet.text, "4711").scores == {"101": "2.5", "102": "3"}


def test_canvas_has_no_row_for_who_is_anonymous() -> None:
    hidden = mark("x7Kp2", name="anonymous x7Kp2", canvas_anonymous="x7Kp2")
    sheet = canvas.gradebook([*CANVAS, hidden], "Homework 1 (4711)")

    assert list(COURSE.take(sheet.text, "4711").scores) == ["101", "102", "103"]
    (told,) = sheet.left_out
    assert told.startswith("anonymous x7Kp2 (x7Kp2): anonymous")


@pytest.mark.parametrize("title", ["Final Score", "My Current Grade (4711)", "Override Score"])
def test_canvas_a_title_that_it_drops_is_refused(title: str) -> None:
    with pytest.raises(UsageError, match="Canvas ignores"):
        canvas.gradebook(CANVAS, title)


TEMPLATE = (
    "Student,ID,SIS User ID,SIS Login ID,Section,"
    "Homework 2 (4712),Homework 1 (4711),Final Score\r\n"
    ",,,,,Manual Posting,,\r\n"
    "    Points Possible,,,,,5.00,20.00,(read only)\r\n"
    '"Doe, Jane",101,S-1,jdoe,A,4,,80\r\n'
    '"Müller, Zoë",102,S-2,zmueller,A,3,7,\r\n'
    '"Roe, Max",104,S-4,mroe,A,2,9,\r\n'
    '"Student, Test",109,,b2f,A,,,\r\n'
)


@pytest.mark.parametrize("title", ["Homework 1 (4711)", "Homework 1", "4711"])
def test_canvas_one_assignment_of_its_gradebook_is_filled_in(title: str) -> None:
    sheet = canvas.gradebook(CANVAS, title, TEMPLATE)
    before, after = rows(TEMPLATE), rows(sheet.text)

    assert [row[6] for row in after] == ["Homework 1 (4711)", "", "20.00", "5", "", "9", ""]
    assert [row[:6] + row[7:] for row in after] == [row[:6] + row[7:] for row in before]
    assert sheet.left_out == (f"{EVIL} (103): the table has no row of theirs",)
    assert sheet.notes == ("the column is out of 20: points of 10 were scaled to it",)


def test_canvas_reads_a_filled_gradebook() -> None:
    course = COURSE._replace(users=("101", "102", "104", "109"))
    taken = course.take(canvas.gradebook(CANVAS, "4711", TEMPLATE).text, "4711")

    assert taken == ({"101": "5", "102": "", "104": "9", "109": ""}, "20.00", [])


def test_canvas_a_gradebook_keeps_its_form() -> None:
    semicolons = "\ufeff" + TEMPLATE.replace('"Doe, Jane"', "Jane").replace(",", ";")
    text = canvas.gradebook(CANVAS, "4711", semicolons).text

    assert text.startswith("\ufeffStudent;ID;")
    assert "\r\n" in text
    assert "\r\n" not in canvas.gradebook(CANVAS, "4711", TEMPLATE.replace("\r\n", "\n")).text


def test_canvas_a_number_is_no_login() -> None:
    """A folder called 101 is not the user whose id Canvas made up as 101."""
    sheet = canvas.gradebook([mark("101"), mark("S-2", "3"), mark("mroe", "4")], "4711", TEMPLATE)

    assert [row[6] for row in rows(sheet.text)[3:6]] == ["", "6", "8"]
    assert sheet.left_out == ("101: the table has no row of theirs",)


def test_canvas_an_assignment_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match="no one column of the table is 'Homework 3'"):
        canvas.gradebook(CANVAS, "Homework 3", TEMPLATE)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", '"'])
def test_canvas_what_is_no_gradebook_is_told(text: str) -> None:
    with pytest.raises(UsageError):
        canvas.gradebook(CANVAS, "4711", text)


def canvas_comment(name: str, groups: Sequence[str] = ()) -> tuple[str, str] | None:
    """Return whose comment a file becomes, as infer_comment_context_from_filename does."""
    for group in groups:
        name = re.sub(f"^{re.escape(group)}_", "", name)
    parts = [part for part in name.split("_") if part != "LATE"]
    if parts[0] == "anon":
        user, attachment = parts[1:3]
    else:
        user, attachment = [part for part in parts if re.fullmatch(r"\d+", part)][:2]
    return None if parts[-1].startswith("link") or name.startswith("._") else (user, attachment)


@pytest.mark.parametrize("name", ["doejane", "müllerzoë", "12", "team_7", "link", "anon", "", EVIL])
@pytest.mark.parametrize("late", [False, True])
def test_canvas_takes_reports_back(name: str, *, late: bool) -> None:
    one = Marked(
        student="101",
        name=name,
        ids={"canvas_user": "101", "canvas_submission": "9001"},
        raw=None,
        final=None,
        max_points=Fraction(10),
        late=late,
        remark="",
        report="reports/101.html",
    )
    ((file, report),) = canvas.feedback([one])

    assert canvas_comment(file, ["team_7"]) == ("101", "9001")
    assert "/" not in file
    assert report == "reports/101.html"


def test_canvas_takes_anonymous_reports_back() -> None:
    one = mark("x7Kp2", canvas_anonymous="x7Kp2", canvas_submission="55")

    assert [canvas_comment(file) for file, _ in canvas.feedback([one])] == [("x7Kp2", "55")]


def test_canvas_has_no_file_for_who_has_no_number() -> None:
    without = [mark("jdoe"), mark("101", canvas_user="101")]

    assert list(canvas.feedback(without)) == []


# --- Moodle ---------------------------------------------------------------------------------------
# mod/assign/feedback/offline and .../file: columns by name, participants by what follows
# "Participant ", grades with a point or a comma; folders taken apart at underscores.


def moodle_grades(
    text: str,
    maximum: float = 100,
    names: Iterable[str] = ("Identifier", "Grade", "Last modified (grade)"),
) -> dict[str, float]:
    header, *others = rows(text)
    id_at, grade_at, _ = (header.index(name) for name in names)
    found: dict[str, float] = {}
    for row in others:
        participant = row[id_at][len("Participant ") :]
        grade = row[grade_at].replace(" ", "").replace(",", ".")
        if grade != "" and 0 <= float(grade) <= maximum:
            found[participant] = float(grade)
    return found


def moodle_files(names: Iterable[str], participants: Iterable[str]) -> dict[str, str]:
    """Return the feedback file of each participant, as is_valid_filename_for_import finds it."""
    found: dict[str, str] = {}
    for path in names:
        parts = path.split("/")
        while parts:
            info = parts.pop(0).split("_", 4)
            if len(info) < 4 or not info[1].isdigit() or info[1] not in participants:
                continue
            assert info[2:4] == ["assignfeedback", "file"]
            assert not parts[-1].startswith((".", "~"))
            found[info[1]] = "/".join([part for part in ("_".join(info[4:]), *parts) if part])
            break
    return found


MOODLE = (
    mark("201", "2.5", "Jane ODoe", "ReLU: <0 is 0", moodle_participant="201"),
    mark("202", None, "Zoë Müller-Łęcka", "could not be run", moodle_participant="202"),
    mark("203", "1/3", EVIL, EVIL, moodle_participant="203"),
)
WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    "Participant 201,Jane O'Doe,j@x.org,Submitted,,100.00,Yes,-,-,\n"
    "Participant 202,Zoë Müller-Łęcka,z@x.org,Submitted,50.00,100.00,Yes,-,-,<p>good</p>\n"
    "Participant 204,Max Roe,m@x.org,Submitted,70.00,100.00,Yes,-,-,<p>ok</p>\n"
)


def test_moodle_takes_a_worksheet() -> None:
    sheet = moodle.worksheet(MOODLE)

    assert moodle_grades(sheet.text, 10) == {"201": 2.5, "203": 0.3333}
    assert [row["Feedback comments"] for row in dicts(sheet.text)] == [
        "ReLU: &lt;0 is 0", "could not be run", f"'{EVIL}",
    ]  # fmt: skip
    assert {row["Grade can be changed"] for row in dicts(sheet.text)} == {"Yes"}


def test_moodle_a_worksheet_has_no_row_for_who_has_no_number() -> None:
    sheet = moodle.worksheet([mark("Default group", group="Default group"), mark("anna")])

    assert rows(sheet.text)[1:] == []
    assert len(sheet.left_out) == 2


def test_moodle_its_own_worksheet_is_filled_in() -> None:
    sheet = moodle.worksheet(MOODLE, WORKSHEET)

    assert moodle_grades(sheet.text) == {"201": 25, "204": 70}
    assert [row["Feedback comments"] for row in dicts(sheet.text)] == [
        "ReLU: &lt;0 is 0", "could not be run", "<p>ok</p>",
    ]  # fmt: skip
    assert [row["Grade"] for row in dicts(sheet.text)] == ["25", "", "70.00"]
    assert sheet.left_out == (f"{EVIL} (203): the table has no row of theirs",)
    assert sheet.notes == ("the column is out of 100: points of 10 were scaled to it",)


def test_moodle_a_worksheet_in_another_language_is_filled_in_with_commas() -> None:
    german = (
        "ID,Vollständiger Name,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,"
        "Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar\r\n"
        'Teilnehmer/in201,Jane O\'Doe,Abgegeben,,"10,00",Ja,-,-,\r\n'
        'Teilnehmer/in202,Zoë Müller-Łęcka,Abgegeben,"3,00","10,00",Ja,-,-,\r\n'
    )
    (first, second) = dicts(moodle.worksheet(MOODLE, german).text)

    assert (first["Bewertung"], second["Bewertung"]) == ("2,5", "")
    assert (first["Bestwertung"], first["Feedback als Kommentar"]) == ("10,00", "")


def test_moodle_a_worksheet_without_a_grade_is_told() -> None:
    with pytest.raises(UsageError, match="grade column is not found"):
        moodle.worksheet(MOODLE, "ID,Name,Status\nParticipant 201,Jane,Submitted\n")


def test_moodle_a_blind_worksheet_is_filled_in() -> None:
    marks = [mark("201", "4", "Participant 201", moodle_participant="201")]
    blind = (
        "Identifier,Status,Grade,Maximum Grade,Last modified (grade)\n"
        "Participant 201,Submitted,,10.00,-\n"
    )

    assert moodle_grades(moodle.worksheet(marks, blind).text) == {"201": 4}


TEAMS = (
    "Identifier,Full name,Status,Group,Grade,Maximum Grade,Last modified (grade)\n"
    "Participant 7,Jane Doe,Submitted,Team_A,,10.00,-\n"
    "Participant 8,Max Roe,Submitted,Team_A,,10.00,-\n"
    "Participant 9,Mia Poe,Submitted,Default group,,10.00,-\n"
)
TEAM_MARKS = (
    mark("9", "4", "Team A", moodle_participant="9"),
    mark("Default group", "5", group="Default group"),
)


def test_moodle_a_teams_mark_is_each_members() -> None:
    """Team A has the number 9, which is another participant's: names decide."""
    sheet = moodle.worksheet(TEAM_MARKS, TEAMS)

    assert moodle_grades(sheet.text) == {"7": 4, "8": 4, "9": 5}
    assert sheet.left_out == ()


def test_moodle_a_number_alone_is_no_match() -> None:
    without = re.sub(",Group|,Team_A|,Default group", "", TEAMS)
    sheet = moodle.worksheet(TEAM_MARKS, without)

    assert moodle_grades(sheet.text) == {}
    assert len(sheet.left_out) == 2


def test_moodle_takes_reports_back() -> None:
    names = ["Jane Doe", "under_score", "a/b", "..", "Zoë", "x_9_assignfeedback_file"]
    marks = [mark(str(at), name=name, moodle_participant=str(at)) for at, name in enumerate(names)]
    files = [file for file, _ in moodle.feedback(marks)]

    assert moodle_files(files, map(str, range(20))) == {
        str(at): "report.html" for at in range(len(names))
    }


def test_moodle_a_teams_report_goes_to_each_member() -> None:
    found = dict(moodle.feedback(TEAM_MARKS, TEAMS))

    assert moodle_files(found, ["7", "8", "9"]) == dict.fromkeys(["7", "8", "9"], "report.html")
    assert found["Team A_7_assignfeedback_file/report.html"] == "reports/9.html"
    assert found["Default group_9_assignfeedback_file/report.html"] == "reports/Default group.html"


# --- Brightspace ----------------------------------------------------------------------------------
# "Importing grades": OrgDefinedId or Username, "{item} Points Grade", an End-of-Line Indicator #.


def brightspace_grades(text: str, item: str) -> dict[str, str]:
    header, *others = rows(text)
    assert header[-1] == "End-of-Line Indicator"
    assert all(row[-1] == "#" and len(row) == len(header) for row in others)
    user_at = header.index("Username")
    at = next(
        at for at, one in enumerate(header) if one.partition(" <")[0] == f"{item} Points Grade"
    )
    return {row[user_at].removeprefix("#"): row[at] for row in others}


def test_brightspace_takes_points_by_username() -> None:
    marks = [
        mark("jdoe"),
        mark("zoë", None),
        mark("301", "4", username="max"),
        mark("=evil()", "1"),
    ]
    sheet = brightspace.grades(marks, "HW 1")

    assert brightspace_grades(sheet.text, "HW 1") == {
        "jdoe": "2.5", "zoë": "", "max": "4", "=evil()": "1",
    }  # fmt: skip
    assert not any(row[0].startswith(RUN) for row in rows(sheet.text))


GRADES = (
    "OrgDefinedId,Username,Last Name,First Name,HW 1 Points Grade <Numeric MaxPoints:20 Weight:5>,"
    "HW 11 Points Grade <Numeric MaxPoints:5>,End-of-Line Indicator\n"
    "#0012,#jdoe,Doe,Jane,,1,#\n"
    "#0013,#zmu,Müller-Łęcka,Zoë,7,2,#\n"
    "#0014,#tw1,Twin,Sam,,3,#\n"
    "#0015,#tw2,Twin,Sam,,4,#\n"
)


def test_brightspace_a_download_is_matched_with_the_exported_grades() -> None:
    marks = [
        mark("301", "2.5", "Jane Doe", brightspace_user="301"),
        mark("302", None, "Zoë Müller-Łęcka", brightspace_user="302"),
        mark("303", "4", "Sam Twin", brightspace_user="303"),
    ]
    sheet = brightspace.grades(marks, "HW 1", GRADES)

    assert brightspace_grades(sheet.text, "HW 1") == {"jdoe": "5", "zmu": "", "tw1": "", "tw2": ""}
    assert brightspace_grades(sheet.text, "HW 11") == {
        "jdoe": "1", "zmu": "2", "tw1": "3", "tw2": "4",
    }  # fmt: skip
    assert sheet.left_out == ("Sam Twin (303): the table has no row of theirs",)
    assert len(sheet.notes) == 1


@pytest.mark.parametrize("student", ["jdoe", "0012"])
def test_brightspace_ids_of_a_folder_are_found(student: str) -> None:
    sheet = brightspace.grades([mark(student)], "HW 1", GRADES)

    assert brightspace_grades(sheet.text, "HW 1")["jdoe"] == "5"


def test_brightspace_has_no_row_for_who_has_no_username() -> None:
    sheet = brightspace.grades([mark("301", brightspace_user="301")], "HW 1")

    assert rows(sheet.text)[1:] == []
    assert "give the course's exported grades" in sheet.left_out[0]


def test_brightspace_grades_without_ids_are_told() -> None:
    with pytest.raises(UsageError, match="neither usernames nor ids"):
        brightspace.grades([mark("a")], "HW 1", "Name,HW 1 Points Grade\nA,\n")


# --- Blackboard -----------------------------------------------------------------------------------
# "Work offline": students by Username, columns by the id behind |, every cell of a CSV quoted.


def blackboard_grades(text: str, column: str, delimiter: str = ",") -> dict[str, str]:
    found = dicts(text, delimiter)
    title = next(one for one in rows(text, delimiter)[0] if one.rpartition("|")[2] == column)
    return {row["Username"]: row[title] for row in found}


BLACKBOARD = (
    mark("jdoe", "2.5", "Jane Doe", "a < b\nb", blackboard_user="jdoe"),
    mark("z_müller", None, "Zoë Müller", EVIL, blackboard_user="z_müller"),
)
TITLE = "HW 1 [Total Pts: 10 Score] |4711"


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_blackboard_takes_points_by_username(delimiter: str) -> None:
    assert delimiter in (",", "\t")
    sheet = blackboard.grades(BLACKBOARD, TITLE, delimiter="," if delimiter == "," else "\t")

    assert blackboard_grades(sheet.text, "4711", delimiter) == {"jdoe": "2.5", "z_müller": ""}
    feedback = [row["Feedback to Learner"] for row in dicts(sheet.text, delimiter)]
    assert feedback == ["a &lt; b<br>b", f"'{EVIL}"]
    assert all(line[0] == line[-1] == '"' for line in sheet.text.splitlines())


@pytest.mark.parametrize("title", [TITLE.replace("10", "up to 20"), "HW 1", "4711"])
def test_blackboard_one_column_of_its_own_file_is_filled_in(title: str) -> None:
    template = (
        "Last Name\tFirst Name\tUsername\tHW 2 [Total Pts: 5 Score] |4712\t"
        "HW 1 [Total Pts: up to 20 Score] |4711\n"
        "Doe\tJane\tjdoe\t1\t\nMüller\tZoë\tz_müller\t2\t3\nRoe\tMax\tmroe\t3\t4\n"
    )
    sheet = blackboard.grades([*BLACKBOARD, mark("gone")], title, template)

    assert blackboard_grades(sheet.text, "4711", "\t") == {"jdoe": "5", "z_müller": "", "mroe": "4"}
    assert blackboard_grades(sheet.text, "4712", "\t") == {
        "jdoe": "1",
        "z_müller": "2",
        "mroe": "3",
    }
    assert sheet.left_out == ("gone: the table has no row of theirs",)


@pytest.mark.parametrize("title", ["HW [2026] |1", "HW: v2 |1", "HW"])
def test_blackboard_a_number_in_a_title_is_no_total(title: str) -> None:
    sheet = blackboard.grades([mark("jdoe")], title, f"Username,{title}\njdoe,\n")

    assert dicts(sheet.text) == [{"Username": "jdoe", title: "2.5"}]
    assert sheet.notes == ()


# --- Gradescope and nbgrader ----------------------------------------------------------------------


def test_gradescope_has_a_score_and_what_it_is_out_of() -> None:
    found = json.loads(gradescope.results([mark("anna", "2.5", remark="<b>")]).text)["anna"]

    assert found["score"] == 2.5
    assert [(test["score"], test["max_score"]) for test in found["tests"]] == [(2.5, 10)]
    assert (found["output"], found["output_format"]) == ("<b>", "text")


def test_gradescope_what_was_not_graded_has_no_score() -> None:
    one = mark("anna", None, remark="the machine failed")
    found = json.loads(gradescope.results([one]).text)["anna"]

    assert "score" not in found
    (test,) = found["tests"]
    assert "score" not in test
    assert test["output"] == "the machine failed"


def test_nbgrader_columns_are_those_of_its_export() -> None:
    late = Marked(
        student="anna",
        name="Anna, A.",
        ids={},
        raw=Fraction(8),
        final=Fraction(15, 2),
        max_points=Fraction(10),
        late=True,
        remark="",
        report=None,
    )
    (first, second) = dicts(nbgrader.gradebook([late, mark("ben", None)], "hw 1").text)

    assert first == {
        "assignment": "hw 1", "duedate": "", "timestamp": "", "student_id": "anna",
        "last_name": "Anna, A.", "first_name": "", "email": "", "raw_score": "8",
        "late_submission_penalty": "0.5", "score": "7.5", "max_score": "10",
    }  # fmt: skip
    assert [second[name] for name in ("raw_score", "late_submission_penalty", "score")] == [""] * 3


# --- all of them ----------------------------------------------------------------------------------

NASTY = [EVIL, "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "\n=1", "\uff1d1+1"]


def sheets(text: str) -> list[Sheet]:
    one = mark(
        text, "1", text, text, canvas_user="1", sis_login=text, moodle_participant="1",
        blackboard_user=text, username=text,
    )  # fmt: skip
    return [
        canvas.gradebook([one], "HW (1)"),
        moodle.worksheet([one]),
        brightspace.grades([one], "HW"),
        blackboard.grades([one], "HW |1"),
        nbgrader.gradebook([one], "HW"),
    ]


def test_a_number_that_one_lms_made_up_is_no_username_in_another() -> None:
    one = mark("101", canvas_user="101", canvas_submission="9")
    moved = mark("201", moodle_participant="201", file="a.py")

    assert len(blackboard.grades([one, moved], "HW |1").left_out) == 2
    assert len(brightspace.grades([one, moved], "HW").left_out) == 2
    assert len(canvas.gradebook([moved], "HW (1)").left_out) == 1
    assert len(moodle.worksheet([one]).left_out) == 1


@pytest.mark.parametrize(
    "ids", [{}, {"branch": "main", "commit": "1"}, {"repository": "x", "commit": "1", "lab": "3"}]
)
def test_an_id_that_no_lms_gave_is_a_username(ids: dict[str, str]) -> None:
    one = mark("anna", **ids)

    for sheet in (
        blackboard.grades([one], "HW |1"),
        brightspace.grades([one], "HW"),
        canvas.gradebook([one], "HW (1)"),
    ):
        assert sheet.left_out == ()
        assert "anna" in sheet.text


@pytest.mark.parametrize("text", NASTY)
def test_nothing_that_a_student_chose_is_a_formula(text: str) -> None:
    cells = [cell for sheet in sheets(text) for row in rows(sheet.text) for cell in row]

    assert [cell for cell in cells if cell.startswith(RUN) and cell != "-"] == []


@pytest.mark.parametrize("text", ["Doe, Jane", 'Jane "J" Doe', "two\nlines", "é😀", "a;b", " x "])
def test_any_text_is_read_back(text: str) -> None:
    for sheet in sheets(text):
        assert text in [cell.removeprefix("#") for row in rows(sheet.text) for cell in row]
