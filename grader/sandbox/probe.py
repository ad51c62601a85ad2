"""What this host enforces, found by trying: a throw-away child does what is forbidden.

A return code proves nothing: a call may say that it locked the process and lock nothing. What an
act brings about is what counts, and for each layer there is one that nothing else stops.
"""

import hashlib
import os
import sys
import textwrap
from collections.abc import Sequence

from grader.errors import SandboxError
from grader.model import Ending, Isolation, Limits, Record, SourceFile, Submission
from grader.sandbox import framing, wire
from grader.sandbox.exchange import Allowance
from grader.sandbox.keeper import Keeper
from grader.sandbox.paths import GUEST

FULL, STRONG, WEAK, NONE = "full", "strong", "weak", "none"
TIERS = (NONE, WEAK, STRONG, FULL)  # the lowest first


class Act(Record, frozen=True):
    """Something forbidden: the layer that stops it, what it is, and Python that tries it.

    The code is an expression; it raises, or is false, where the act is stopped.
    """

    name: str
    layer: str
    what: str
    code: str


class Finding(Record, frozen=True):
    """A layer, whether it is in force, and why not where that is known."""

    layer: str
    holds: bool
    what: str
    why: str


ACTS = (
    Act(
        "limits", "limits", "take more memory than allowed", "np.empty({memory} * 4, np.uint8).size"
    ),
    Act("fork", "filter", "start a process", "fork()"),
    Act("socket", "filter", "open a network connection", "bool(__import__('socket').socket())"),
    Act("file", "files", "read files of this host", "open({file!r}, 'rb').read(1)"),
    Act("guest", "landlock", "read the grader's own code", "open({guest!r}, 'rb').read(1)"),
    Act("host", "root", "see which files there are", "os.path.exists({file!r})"),
    Act("ids", "namespaces", "see this host's processes", "os.getppid() != 1"),
    Act("user", "user", "act as the user who grades", "os.getuid() == {uid}"),
)
LAYERS = ("limits", "filter", "landlock", "namespaces", "root", "user")

_SOURCE = """
import os
import numpy as np

def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return True

def succeeds(act):
    try:
        return bool(act())
    except BaseException:
        return False

def probe():
    return np.array([{acts}])
"""
_STEP: dict[str, object] = {
    "type": "call", "object": None, "callee": "probe", "names": ["probe"], "arguments": [],
    "signature": {"accepts": [[]], "extra": {}}, "result": "found", "watched": False,
}  # fmt: skip
_READ: dict[str, object] = {
    "type": "read",
    "object": "found",
    "attribute": None,
    "names": [],
    "output": "found",
}
_ALLOWANCE = Allowance(cpu=5.0, wall=15.0, text=1 << 16, reply=1 << 16)


def try_out(keeper: Keeper) -> tuple[Finding, ...]:
    """Try every act in a child of this keeper; return what holds, layer by layer."""
    succeeded = _attempt(keeper)
    findings = []
    for layer in LAYERS:
        acts = [act for act in ACTS if act.layer == layer]
        broken = [act for act in acts if act.name in succeeded]
        told = keeper.hello.left_out.get(layer, "" if not broken else "it does not hold")
        what = "; ".join(act.what for act in (broken or acts))
        # What nobody put up does not hold, whatever keeps an act from succeeding here.
        holds = not broken and layer not in keeper.hello.left_out
        findings.append(Finding(layer=layer, holds=holds, what=what, why=told))
    if "file" in succeeded:  # neither landlock nor a private root keeps files away
        findings = [
            Finding(f.layer, holds=False, what=f.what, why=f.why or "files can be read")
            if f.layer in ("landlock", "root")
            else f
            for f in findings
        ]
    return tuple(findings)


def isolation_of(findings: Sequence[Finding]) -> Isolation:
    """Return the tier that findings amount to, and the layers that were seen to hold."""
    holds = [finding.layer for finding in findings if finding.holds]
    return Isolation(tier=tier(set(holds)), layers=tuple(holds))


def tier(layers: set[str]) -> str:
    """Return the tier that layers amount to.

    `user` counts for root alone: anyone else has no other user to become.
    """
    needed = set(LAYERS) if _user() == 0 else set(LAYERS) - {"user"}
    if layers >= needed:
        return FULL
    if layers >= {"limits", "filter"} and layers & {"landlock", "root"}:
        return STRONG
    return WEAK if "limits" in layers else NONE


def reaches(found: str, wanted: str) -> bool:
    """Tell whether a tier is at least another."""
    return TIERS.index(found) >= TIERS.index(wanted)


def _user() -> int:
    """Return who grades; -1 where users have no number."""
    return os.getuid() if hasattr(os, "getuid") else -1


def _attempt(keeper: Keeper) -> set[str]:
    """Return the names of the acts that succeeded."""
    limits: Limits = keeper.policy.limits
    values = {
        "memory": limits.memory,
        "file": sys.executable,
        "guest": str(GUEST / "runner.py"),
        "uid": _user(),
    }
    acts = ", ".join(f"succeeds(lambda: {act.code.format(**values)})" for act in ACTS)
    source = textwrap.dedent(_SOURCE).format(acts=acts).encode()
    main = SourceFile("probe.py", (source,), is_notebook=False)
    digest = hashlib.sha256(source).hexdigest()
    submission = Submission("probe.py", "", digest, None, main, ())
    with keeper.child() as child:
        header, body = wire.load_request((submission.main,))
        loaded = child.ask(framing.LOAD, header, body, _ALLOWANCE)
        case = {"programs": [[_STEP, _READ]], "cases": [[0, {"scalars": {}, "arrays": []}]]}
        answer = child.ask(framing.CASE, case, b"", _ALLOWANCE)
    parts = wire.decode_parts(answer.header, answer.body, 1)
    decoded = parts if isinstance(parts, wire.Malformed) else wire.decode_case(*parts[0])
    value = None if isinstance(decoded, wire.Malformed) else decoded.outputs.get("found")
    if answer.ending is not Ending.ANSWERED or value is None or value.array is None:
        raise SandboxError(
            f"the wall could not be tried out: {loaded.reason or answer.reason or 'no answer'}",
            "run `grader doctor`; where that fails too, report its output",
        )
    return {act.name for act, found in zip(ACTS, value.array, strict=True) if found}
