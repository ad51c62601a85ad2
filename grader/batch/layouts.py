"""What the names in a download say: whose each file is, and of which attempt. Pure.

A layout is one function from all names to one Part each (None: not understood), a row of LAYOUTS.
What a student can choose, the end of a name, never decides whose it is: every pattern takes the
first place where an LMS's own part of the name can end.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import PurePosixPath
from typing import TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from grader.model import Record

SOURCES = (".py", ".ipynb", ".zip")
_WRAPPERS = 4
_NOISE = {"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini"}


class Part(Record, frozen=True):
    """What an entry's name tells. A `note` says why an entry is no file that was handed in."""

    entry: str
    student: str
    name: str
    file: str
    ids: dict[str, str]
    late: bool = False
    received_at: str | None = None
    version: int = 0
    note: str | None = None


Parts: TypeAlias = tuple[Part, ...]
Parse: TypeAlias = Callable[[Sequence[str]], tuple[Part | None, ...]]


class Layout(Record, frozen=True):
    """How an LMS names what it packs.

    `evidence` must be seen in a name before a layout is guessed; `below` says which folders its
    names may begin in; entries that match `tells` have text that `refine` learns from; `split`
    makes attempts of one student's parts.
    """

    title: str
    parse: Parse
    split: Callable[[Sequence[Part]], list[Parts]]
    below: Callable[[Sequence[str]], Sequence[str]]
    evidence: str = ""
    tells: str | None = None
    refine: Callable[[Parts, Mapping[str, str]], Parts] | None = None


def is_noise(name: str) -> bool:
    """Tell what no student handed in: hidden files, resource forks, caches of a file manager."""
    # No paths: each would keep its parts among Python's own names, and there may be many.
    parts = [one for one in name.split("/") if one not in ("", ".")]
    return any((one[0] == "." and one[:2] != "..") or one in _NOISE for one in parts)


def recognise(names: Sequence[str], root: str = "", *, zipped: bool = False) -> tuple[str, str]:
    """Return which layout understands most names, and below which folder ("" for none).

    `root` is what the names stand in. A tie, or a layout that understands no more than half of the
    names below its folder, is doubt: then it is a plain folder.
    """
    found = Counter({key: _understood(key, names, root)[0] for key in LAYOUTS if key != "folder"})
    (best, most), (_, second) = found.most_common(2)
    prefix = within(best, names)
    if most == second or 2 * most <= sum(name.startswith(prefix) for name in names):
        return "folder", within("folder", names, zipped=zipped)
    return best, prefix


def within(layout: str, names: Sequence[str], *, zipped: bool = False) -> str:
    """Return the folder below which a layout understands most names.

    Of plain folders only a zip wraps a class: in it the outermost, where it is not a student's own.
    """
    if layout != "folder":
        return _understood(layout, names)[1]
    wrapper = next((prefix for prefix in _wrappers(names) if prefix), "") if zipped else ""
    inside = {name.removeprefix(wrapper) for name in names}
    return wrapper if len(inside) > 1 or any("/" in name for name in inside) else ""


def _understood(layout: str, names: Sequence[str], root: str | None = None) -> tuple[int, str]:
    """Return how many names a layout understands at most, and below which folder."""
    evidence = re.compile(LAYOUTS[layout].evidence)
    if root is not None and not any(evidence.search(f"{root}/{name}") for name in names):
        return 0, ""
    counts = {
        prefix: sum(part is not None for part in parsed(layout, names, prefix))
        for prefix in LAYOUTS[layout].below(names)
    }
    best = max(counts, key=lambda prefix: counts[prefix])
    return counts[best], best


def parsed(layout: str, names: Sequence[str], prefix: str) -> tuple[Part | None, ...]:
    """Return what each name says, read below `prefix`; entries keep their whole names."""
    below = [name for name in names if name.startswith(prefix)]
    found = LAYOUTS[layout].parse([name.removeprefix(prefix) for name in below])
    parts = {
        name: msgspec.structs.replace(part, entry=name) if prefix else part
        for name, part in zip(below, found, strict=True)
        if part is not None
    }
    return tuple(map(parts.get, names))


def _wrappers(names: Sequence[str]) -> list[str]:
    """Return "", and each folder that all names are in, from the outermost."""
    found = [""]
    while len(found) <= _WRAPPERS:
        tops = {name.removeprefix(found[-1]).partition("/")[:2] for name in names}
        if len(tops) != 1 or not all(next(iter(tops))):
            break
        found.append(found[-1] + "".join(next(iter(tops))))
    return found


def _by_time(parts: Sequence[Part]) -> list[Parts]:
    """Return one student's attempts: what was received at one time is one."""
    attempts: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        attempts[part.received_at or ""].append(part)
    return [tuple(attempts[time]) for time in sorted(attempts)]


# --- Canvas: bulk submission download -------------------------------------------------------------
# {name, lower case, word characters}[_LATE]_{user}_{attachment}_{file}, and for anonymous grading
# [LATE_]anon_{anonymous id}_{attachment}_{file}; what was typed has no attachment. A group's name
# stands where a person's does, and may itself end in a number.

_CANVAS_REST = r"_(?:(?P<attachment>[0-9]+)_(?P<file>[^/]+)|(?P<typed>text|link)\.html)"
_CANVAS_END = r"(?P<late>_LATE)?_(?P<user>[0-9]+)" + _CANVAS_REST
_CANVAS_WORD = "[\\w\u0080-\U0010ffff]"  # Ruby's word characters: marks are some, for Python not
_CANVAS = re.compile(f"(?P<name>{_CANVAS_WORD}*?){_CANVAS_END}")
_CANVAS_GROUP = re.compile(f"(?P<name>{_CANVAS_WORD}+?_[0-9]+){_CANVAS_END}")
_CANVAS_ANONYMOUS = re.compile(rf"(?P<late>LATE_)?(?P<name>anon)_(?P<user>[^\W_]+){_CANVAS_REST}")
_NUMBER_LAST = re.compile("_[0-9]+$")
_CANVAS_TYPED = {"text": "text was typed into Canvas", "link": "a link was handed in"}
_CANVAS_AGAIN = re.compile(r"(?P<stem>.+)-(?P<version>[1-9][0-9]{0,2})(?P<suffix>\.\w+)")


def _canvas(names: Sequence[str]) -> tuple[Part | None, ...]:
    people = [_CANVAS_ANONYMOUS.fullmatch(name) or _canvas_person(name) for name in names]
    groups = _canvas_groups([match for match in people if match is not None])
    return _without_suffixes(
        [match and _canvas_part(groups.get(match.string, match)) for match in people]
    )


def _canvas_person(name: str) -> re.Match[str] | None:
    match = _CANVAS.fullmatch(name)
    return match if match and match["name"] == match["name"].lower() else None


def _canvas_groups(people: Sequence[re.Match[str]]) -> dict[str, re.Match[str]]:
    """Return what is a group's, by entry.

    Read as a person's, team_1 and team_2 would be one name with two ids; two files of team_1 would
    have one attachment's number; and team_1_LATE has a name that ends in a number, as no person's.
    """
    by_name: dict[str, list[re.Match[str]]] = defaultdict(list)
    for match in people:
        if match.re is _CANVAS:
            by_name[match["name"]].append(match)
    numbered = {name for name in by_name if _NUMBER_LAST.search(name)}
    odd_names = numbered | {name.rpartition("_")[0] for name in numbered}
    groups: dict[str, re.Match[str]] = {}
    for name, matches in by_name.items():
        found = [group for match in matches if (group := _CANVAS_GROUP.fullmatch(match.string))]
        users = {match["user"] for match in matches}
        attachments = {match["attachment"] for match in matches}
        odd = name in odd_names or len(users) > 1 or len(attachments) < len(matches)
        if odd and len(found) == len(matches):
            groups |= {group.string: group for group in found}
    return groups


def _canvas_part(match: re.Match[str]) -> Part:
    user, name, file = match["user"], match["name"], match["file"] or ""
    anonymous = match.re is _CANVAS_ANONYMOUS
    ids = {"canvas_anonymous" if anonymous else "canvas_user": user, "file": file}
    if match["attachment"]:
        ids["canvas_submission"] = match["attachment"]
    if match.re is _CANVAS_GROUP:
        ids["group"] = name
    return Part(
        entry=match.string,
        student=user,
        name=f"anonymous {user}" if anonymous else name or user,
        file=file,
        ids=ids,
        late=bool(match["late"]),
        note=_CANVAS_TYPED[match["typed"]] if match["typed"] else None,
    )


def _without_suffixes(parts: Sequence[Part | None]) -> tuple[Part | None, ...]:
    """Take Canvas's -1, -2 of files handed in again off their names.

    It stays where it is the student's own: where it tells two files of theirs apart, or several
    hand in the same name, and nobody the name without it.
    """
    files = [part for part in parts if part is not None]
    names = {part.file for part in files}
    students = Counter(name for _, name in {(part.student, part.file) for part in files})
    versions = Counter((part.student, _bare(part.file)) for part in files)

    def restored(part: Part) -> Part:
        bare = _bare(part.file)
        own = students[part.file] > 1 or versions[part.student, bare] > 1
        if bare == part.file or (own and bare not in names):
            return part
        version = int(_CANVAS_AGAIN.sub(r"\g<version>", part.file))
        return msgspec.structs.replace(part, file=bare, version=version)

    return tuple(None if part is None else restored(part) for part in parts)


def _bare(file: str) -> str:
    match = _CANVAS_AGAIN.fullmatch(file)
    return match["stem"] + match["suffix"] if match else file


def _by_version(parts: Sequence[Part]) -> list[Parts]:
    """Return one student's attempts: each has a version of every file, or else its last.

    Canvas packs the latest attempt alone; several are there where downloads were put together.
    """
    notes = tuple(part for part in parts if part.note is not None)
    files: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        if part.note is None:
            files[part.file].append(part)
    for versions in files.values():
        versions.sort(key=lambda one: (one.version, int(one.ids["canvas_submission"])))
    count = max(map(len, files.values()), default=1)
    return [
        (*(versions[min(at, len(versions) - 1)] for versions in files.values()), *notes)
        for at in range(count)
    ]


# --- Moodle: download all submissions -------------------------------------------------------------
# {full name}_{participant}_{plugin}/{path}; before 4.1 {plugin}_/{path}; without folders
# {plugin}_{file}. A full name has no underscore. Blind marking has "Participant" for a name; a team
# has its own name and id, and the default team no id.

_MOODLE = re.compile(
    r"(?P<name>[^_/]*)(?:_(?P<id>[0-9]+))?_(?P<method>assign(?:submission|feedback)_[a-z]+)"
    r"(?:_?/(?P<path>.*)|_(?P<flat>[^/]+))"
)
_MOODLE_NUMBERED = re.compile(r".*\D(?P<id>[0-9]+)")
_MOODLE_NOTES = {"assignsubmission_onlinetext": "text was typed into Moodle"}


def _moodle(names: Sequence[str]) -> tuple[Part | None, ...]:
    return tuple(map(_moodle_part, names))


def _moodle_part(entry: str) -> Part | None:
    match = _MOODLE.fullmatch(entry)
    if match is None:
        return None
    name, number, method = match["name"].strip(), match["id"], match["method"]
    if number is None and (numbered := _MOODLE_NUMBERED.fullmatch(name)):
        number = numbered["id"]  # Participant 123_assignsubmission_file_
    if not (name or number):
        return None
    ids = {"moodle_participant": number} if number else {"group": name}
    file = match["path"] or match["flat"] or ""
    blind = number is not None and name == "Participant"
    note = "feedback, not a submission" if method.startswith("assignfeedback") else None
    return Part(
        entry=entry,
        student=number or name,
        name=f"Participant {number}" if blind else name or f"{number}",
        file=file,
        ids=ids | {"moodle_method": method, "file": file},
        note=_MOODLE_NOTES.get(method, note),
    )


# --- Blackboard: assignment file download ---------------------------------------------------------
# {assignment}_{username}_attempt_{time}_{file}, and one {assignment}_{username}_attempt_{time}.txt
# of each attempt, whose first line is "Name: {full name} ({username})". The word is translated.

_BLACKBOARD = re.compile(
    r"(?P<stem>[^/]+?_[^/_]+)_[^\W\d_]+_(?P<time>[0-9]{4}(?:-[0-9]{2}){5})"
    r"(?:_(?P<file>[^/]+)|\.txt)"
)
_BLACKBOARD_PERSON = re.compile(r"\s*[^:\n]{1,40}: *(?P<name>.*?) *\((?P<user>[^()\n]+)\)\s*")


def _blackboard(names: Sequence[str]) -> tuple[Part | None, ...]:
    return tuple(map(_blackboard_part, names))


def _blackboard_part(entry: str) -> Part | None:
    match = _BLACKBOARD.fullmatch(entry)
    if match is None:
        return None
    year, month, day, *clock = match["time"].split("-")
    received = _iso(f"{year}-{month}-{day}T{':'.join(clock)}")
    assignment, _, user = match["stem"].rpartition("_")
    return Part(
        entry=entry,
        student=user,
        name=user,
        file=match["file"] or "",
        ids={"blackboard_user": user, "assignment": assignment, "file": match["file"] or ""},
        received_at=received,
        note=None if match["file"] else "only text was typed into Blackboard",
    )


def _blackboard_names(parts: Parts, texts: Mapping[str, str]) -> Parts:
    """Take names, and usernames that have an underscore, from the texts beside the files."""
    people: dict[str, tuple[str, str]] = {}
    for entry, text in texts.items():
        person = _BLACKBOARD_PERSON.fullmatch(text.lstrip("\ufeff").partition("\n")[0])
        stem = _blackboard_stem(entry)
        if person and stem.endswith(f"_{person['user']}"):
            people[stem] = (person["user"], person["name"] or person["user"])
    return tuple(_blackboard_named(part, people) for part in parts)


def _blackboard_named(part: Part, people: Mapping[str, tuple[str, str]]) -> Part:
    stem = _blackboard_stem(part.entry)
    if stem not in people:
        return part
    user, name = people[stem]
    ids = part.ids | {"blackboard_user": user, "assignment": stem.removesuffix(f"_{user}")}
    return msgspec.structs.replace(part, student=user, name=name, ids=ids)


def _blackboard_stem(entry: str) -> str:
    match = _BLACKBOARD.fullmatch(PurePosixPath(entry).name)
    return match["stem"] if match else ""


# --- Brightspace: download of an assignment's submissions -----------------------------------------
# {user}-{assignment} - {name} - {time}/{file}, also "{...} - {file}" and "{...}.zip"; an index.html
# beside them lists all. The numbers are Brightspace's own: no username is told.

_BRIGHTSPACE = re.compile(
    r"(?P<user>[0-9]+)-(?P<item>[0-9]+) - (?P<name>[^/]+?) - "
    r"(?P<time>[^/-]{0,20}[0-9]{4} [0-9]{1,2}:?[0-9]{2}(?: ?[AaPp][Mm])?)"
    r"(?:/(?P<path>.*)| - (?P<flat>[^/]+)|\.zip)"
)
_BRIGHTSPACE_TIME = re.compile(
    r"(?:(?P<day>\d{1,2}) )?(?P<month>[A-Za-z]{3})[a-z]*\.?(?: (?P<day_after>\d{1,2}))?,? "
    r"(?P<year>\d{4}) (?P<hour>\d{1,2}?):?(?P<minute>\d\d)(?: ?(?P<half>[AaPp])[Mm])?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _brightspace(names: Sequence[str]) -> tuple[Part | None, ...]:
    return tuple(map(_brightspace_part, names))


def _brightspace_part(entry: str) -> Part | None:
    match = _BRIGHTSPACE.fullmatch(entry)
    if match is None:
        return None
    file = match["path"] if match["path"] is not None else match["flat"] or entry
    time = _brightspace_time(match["time"])
    ids = {"brightspace_user": match["user"], "brightspace_item": match["item"], "file": file}
    return Part(
        entry=entry,
        student=match["user"],
        name=match["name"],
        file=file,
        ids=ids if time else ids | {"received": match["time"]},
        received_at=time,
        note="Brightspace's own page" if file == "index.html" else None,
    )


def _brightspace_time(text: str) -> str | None:
    match = _BRIGHTSPACE_TIME.fullmatch(text)
    if match is None or match["month"].lower() not in _MONTHS:
        return None
    month = _MONTHS.index(match["month"].lower()) + 1
    hour, day = int(match["hour"]), int(match["day"] or match["day_after"] or 0)
    if match["half"]:
        hour = hour % 12 + 12 * (match["half"] in "Pp")
    return _iso(f"{match['year']}-{month:02}-{day:02}T{hour:02}:{match['minute']}:00")


# --- nbgrader: the submitted/ folder of a course --------------------------------------------------
# submitted/{student}/{assignment}/{file}, and a timestamp.txt in it: "2026-01-31 23:59:59.9 UTC".

_NBGRADER = re.compile(r"(?P<student>[^/]+)/(?P<assignment>[^/]+)/(?P<file>.*)")
_NBGRADER_BELOW = re.compile(r"(?:[^/]+/)*?submitted/(?=[^/]+/[^/]+/)")
_STAMP = "/timestamp.txt"
_NBGRADER_EVIDENCE = r"(?:^|/)submitted/[^/]+/[^/]+/|/[^/]+/[^/]+/timestamp\.txt$"
_NBGRADER_TIME = re.compile(
    r"\s*(?P<day>[0-9-]{10})[ T](?P<clock>[0-9:]{8})(?:\.[0-9]+)?\s*(?P<zone>[A-Za-z_/+0-9:-]*)\s*"
)
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2})")


def _nbgrader(names: Sequence[str]) -> tuple[Part | None, ...]:
    return tuple(map(_nbgrader_part, names))


def _nbgrader_folders(names: Sequence[str]) -> list[str]:
    """Return where students' folders are: where a time is noted in them, else in submitted/.

    A course has other folders beside that; a folder of that name inside a student's is theirs.
    """
    wrappers = _wrappers(names)
    stamped = [
        prefix
        for prefix in wrappers
        if any(name.endswith(_STAMP) and name.count("/") == prefix.count("/") + 2 for name in names)
    ]
    matches = filter(None, map(_NBGRADER_BELOW.match, names))
    submitted = sorted({match[0] for match in matches}, key=lambda one: one.count("/"))
    return stamped or submitted[:1] or wrappers


def _nbgrader_part(entry: str) -> Part | None:
    match = _NBGRADER.fullmatch(entry)
    if match is None:
        return None
    student, file = match["student"], match["file"]
    return Part(
        entry=entry,
        student=student,
        name=student,
        file=file,
        ids={"assignment": match["assignment"], "file": file},
        note="nbgrader's own note of the time" if file == _STAMP[1:] else None,
    )


def _nbgrader_times(parts: Parts, texts: Mapping[str, str]) -> Parts:
    times = {PurePosixPath(entry).parent: _nbgrader_time(text) for entry, text in texts.items()}
    folders = [PurePosixPath(part.entry.removesuffix(part.file)) for part in parts]
    return tuple(
        msgspec.structs.replace(part, received_at=times.get(folder))
        for part, folder in zip(parts, folders, strict=True)
    )


def _nbgrader_time(text: str) -> str | None:
    match = _NBGRADER_TIME.fullmatch(text)
    if match is None or (time := _iso(f"{match['day']}T{match['clock']}")) is None:
        return None
    return datetime.fromisoformat(time).replace(tzinfo=_zone(match["zone"])).isoformat()


def _zone(name: str) -> tzinfo | None:
    if match := _OFFSET.fullmatch(name):
        minutes = 60 * int(match["hours"]) + int(match["minutes"])
        sign = -1 if match["sign"] == "-" else 1
        return timezone(timedelta(minutes=sign * min(minutes, 24 * 60 - 1)))
    if name in ("UTC", "GMT", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return None


def _iso(text: str) -> str | None:
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        return None


# --- a plain folder: a file or a folder per student -----------------------------------------------


def _folder(names: Sequence[str]) -> tuple[Part | None, ...]:
    students: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for top, slash in sorted({name.partition("/")[:2] for name in names}):
        if not top.startswith("__") and (slash or top.lower().endswith(SOURCES)):
            # a.py beside a.ipynb: two files, told apart by their whole names
            choices = (top if slash else top.rpartition(".")[0] or top, top, f"{top}/")
            students[top, slash] = next(name for name in choices if name not in taken)
            taken.add(students[top, slash])
    return tuple(_folder_part(name, students) for name in names)


def _folder_part(entry: str, students: Mapping[tuple[str, str], str]) -> Part | None:
    top, slash, rest = entry.partition("/")
    if (top, slash) not in students:
        return None
    student, file = students[top, slash], rest if slash else top
    return Part(entry=entry, student=student, name=student, file=file, ids={"file": file})


LAYOUTS = {
    "canvas": Layout("Canvas", _canvas, _by_version, _wrappers),
    "moodle": Layout("Moodle", _moodle, _by_time, _wrappers),
    "blackboard": Layout(
        "Blackboard", _blackboard, _by_time, _wrappers,
        tells=r"\.txt$", refine=_blackboard_names,
    ),
    "brightspace": Layout("Brightspace", _brightspace, _by_time, _wrappers),
    "nbgrader": Layout(
        "nbgrader", _nbgrader, _by_time, _nbgrader_folders,
        evidence=_NBGRADER_EVIDENCE, tells=r"/timestamp\.txt$", refine=_nbgrader_times,
    ),
    "folder": Layout("plain folder", _folder, _by_time, _wrappers),
}  # fmt: skip
