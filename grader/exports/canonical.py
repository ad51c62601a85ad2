"""The scorecard as JSON: the result of record. Equal bytes for equal input."""

import msgspec

from grader.errors import UsageError
from grader.model import Scorecard


def canonical(scorecard: Scorecard) -> bytes:
    """Return a scorecard as JSON: fields in their order, mappings sorted, a newline at the end."""
    encoded = msgspec.json.encode(scorecard, order="deterministic")
    return msgspec.json.format(encoded, indent=1) + b"\n"


def read_canonical(data: bytes, name: str) -> Scorecard:
    """Return the scorecard that JSON holds; UsageError where it holds none. `name` is told."""
    try:
        return msgspec.json.decode(data, type=Scorecard)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"{name} holds no scorecard of this version",
            "name a file that `--json` wrote for an earlier attempt, or leave out --previous",
        ) from error
