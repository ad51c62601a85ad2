"""What students get: a stub, how to begin, and an assignment's public part as data.

Nothing hidden is in it. That is looked for before anything is written: the numbers and rows that
hidden cases give and expect, in every form, where their draws are by a key that is used for
nothing else.
"""

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from grader.__about__ import VERSION
from grader.assignment.casebook import all_cases, public_cases
from grader.assignment.find import SETTINGS
from grader.assignment.key import Key
from grader.assignment.kit import KIT, kit_data, kit_file
from grader.assignment.materials import Materials, encoded
from grader.assignment.probes import probes_of
from grader.author.leaks import Scanner, of_hidden
from grader.errors import AssignmentError, UsageError
from grader.explain import untold
from grader.files import write_bytes
from grader.model import Assignment, Policy, Record, Visibility
from grader.sandbox.keeper import Keeper
from grader.wording import language, say

SENTINEL = Key(secret=b"by this key no class is ever graded", origin="the leak scan")
_MOST_FOUND = 3  # are told of each place


class Kit(Record, frozen=True):
    """The files of a kit by their names, and what was looked for in them and not found."""

    files: dict[str, bytes]
    cases: int
    small: int
    mistakes: int
    numbers: int
    runs: int


def make_kit(
    assignment: Assignment, install: str, author: Callable[[], Keeper], cache: Path | None
) -> Kit:
    """Return the kit of an assignment; `install` is what pip installs the grader from.

    Raises AssignmentError where anything hidden is found in it.
    """
    cases = all_cases(assignment, SENTINEL, author, cache)
    materials = Materials(
        assignment=_public(assignment),
        cases=public_cases(assignment, author, cache),
        probes=untold(probes_of(assignment, author, cache), cases),
        key_id=None,
    )
    data = kit_data(materials, VERSION)
    files = _plain_files(assignment, install)
    scanner = of_hidden(cases)
    found = [*_found(files, scanner), *_found_in(materials, data, scanner)]
    if found:
        raise AssignmentError(
            "the kit would tell of hidden cases:\n  " + "\n  ".join(found),
            "take these numbers out of what students get, or out of the hidden cases",
        )
    return Kit(
        files=files | {f"assignments/{assignment.slug}/{KIT}": kit_file(data)},
        cases=len(materials.cases),
        small=len(materials.probes.small),
        mistakes=len({one.mistake for one in materials.probes.fingerprints}),
        numbers=len(scanner.numbers),
        runs=len(scanner.runs),
    )


def write_kit(kit: Kit, out: Path, *, update: bool) -> None:
    """Write the files of a kit; UsageError where a folder has something in it already.

    With `update`, the kit's own files are written over, and all others stay.
    """
    if not update and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            f"{out} is there, and is not empty",
            "name a new folder; or write over the kit's own files in it with --update",
        )
    for name, data in kit.files.items():
        write_bytes(out / name, data)


def _public(assignment: Assignment) -> Assignment:
    """Return an assignment without its hidden cases, and without what only its course needs."""
    plans = tuple(one for one in assignment.plans if one.visibility is Visibility.PUBLIC)
    public = {plan.id for plan in plans}
    text = {
        code: msgspec.structs.replace(
            told, cases={id_: title for id_, title in told.cases.items() if id_ in public}
        )
        for code, told in assignment.text.items()
    }
    return msgspec.structs.replace(
        assignment, plans=plans, text=text, derivatives=(), policy=Policy()
    )


def _plain_files(assignment: Assignment, install: str) -> dict[str, bytes]:
    """Return the files that a student opens."""
    folder = Path(assignment.folder)
    stubs = {name: folder / name for name in assignment.files if (folder / name).is_file()}
    if not stubs:
        raise AssignmentError(
            f"there is no stub in {folder}", f"write {assignment.files[0]}, as students get it"
        )
    stub = next(iter(stubs))
    settings = {"assignment": f"assignments/{assignment.slug}", "submission": stub}
    return {
        "README.md": _readme(assignment, stub, install).encode(),
        SETTINGS: "".join(f"{k} = {_quoted(v)}\n" for k, v in settings.items()).encode(),
        ".gitignore": b".venv/\n__pycache__/\nfeedback.html\n",
        **{name: path.read_bytes() for name, path in stubs.items()},
    }


def _readme(assignment: Assignment, stub: str, install: str) -> str:
    """Return how to begin, in the assignment's own language, as its titles are."""
    tell = language(assignment.language).tell
    first = say(
        "Write your solution in `{stub}`. From this folder, in a terminal (Python 3.11 or newer):",
        stub=stub,
    )
    windows = say(
        "The first two lines are needed once. On Windows write `py` in place of `python3`, and "
        "`.venv\\Scripts\\` in place of `.venv/bin/`."
    )
    feedback = say(
        "The last one says what is right, what to fix first, and which mistake it looks like; "
        "`feedback.html` shows it in full, with hints that lead on one by one. With `--watch` it "
        "runs again whenever you save."
    )
    tried = say(
        "`grader check` tries the public cases. Your marks rest on hidden ones as well, which are "
        "not in this folder: what computes the right thing passes those, too."
    )
    asked, tries = say("What is asked for"), say("What is tried here, and what is not")
    exercises = "\n".join(f"- **{one.title}.** {one.asks}" for one in assignment.exercises)
    return f"""\
# {assignment.title}

{tell(first)}

```sh
python3 -m venv .venv
.venv/bin/python -m pip install {shlex.quote(install)}
.venv/bin/grader check {stub} --report feedback.html
```

{tell(windows)}

{tell(feedback)}

## {tell(asked)}

{exercises}

## {tell(tries)}

{tell(tried)}
"""


def _quoted(text: str) -> str:
    """Return text as TOML has it, which for names of files is as JSON has it."""
    return msgspec.json.encode(text).decode()


def _found(files: dict[str, bytes], scanner: Scanner) -> Iterator[str]:
    """Yield what is hidden and in files, and where."""
    for name, data in files.items():
        found = sorted(scanner.find(data))
        for said in found[:_MOST_FOUND]:
            yield f"{name}: {said}"
        if found[_MOST_FOUND:]:
            yield f"{name}: {len(found) - _MOST_FOUND} more"


def _found_in(materials: Materials, data: bytes, scanner: Scanner) -> list[str]:
    """Return what is hidden and in the materials: in which part, where that can be told."""
    texts = msgspec.json.encode(materials.assignment, enc_hook=str)
    found = list(_found({KIT: data, f"{KIT}, texts and programs": texts}, scanner))
    return found and [*_found(_parts(materials), scanner), *found]


def _parts(materials: Materials) -> dict[str, bytes]:
    probes = materials.probes
    kinds = {
        "the public case": materials.cases,
        "the probe": probes.cases,
        "the small input": probes.small,
        "the changed public case": probes.near,
    }
    parts = {
        f"{KIT}, {kind} {case.id}": encoded(case) for kind, own in kinds.items() for case in own
    }
    return parts | {
        f"{KIT}, what {one.module} answers": encoded(one) for one in probes.fingerprints
    }
