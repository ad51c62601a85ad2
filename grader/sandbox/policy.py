"""What a guest may see and use, as data. Deny by default: what is not listed here is not given."""

from collections.abc import Mapping

from grader.model import Limits, Record

# One BLAS thread: more deadlock around fork (OpenBLAS #294, #2270), and a case is tiny anyway.
_FIXED_ENVIRONMENT = {
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/nonexistent",
}
# Which BLAS kernel runs is the host's business: on some processors only one of them is right.
_INHERITED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH", "SYSTEMROOT")

MAX_FRAME = 1 << 26
MAX_HEADER = 1 << 18
SERVER_START_SECONDS = 30.0


class Policy(Record, frozen=True):
    """How one fork server runs its children.

    `paths` is all that may be read: pairs of a path and "all", "list" (a folder's names) or "load"
    (until a child is locked). `without` names layers that are switched off: for tests.
    """

    python: str
    server: str
    site: str
    packages: tuple[str, ...]
    paths: tuple[tuple[str, str], ...]
    limits: Limits
    without: tuple[str, ...] = ()


def environment(host: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a guest, made from nothing."""
    return _FIXED_ENVIRONMENT | {name: host[name] for name in _INHERITED if name in host}


def reply_cap(limits: Limits, expected_bytes: int) -> int:
    """Return how many bytes an answer may have: room for four times what is expected."""
    return min(MAX_FRAME, max(limits.reply, 4 * expected_bytes) + MAX_HEADER)
