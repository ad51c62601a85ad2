"""The scorecard as JSON: the result of record. Equal bytes for equal input."""

import msgspec

from grader.model import Scorecard


def canonical(scorecard: Scorecard) -> bytes:
    """Return a scorecard as JSON: fields in their order, mappings sorted, a newline at the end."""
    encoded = msgspec.json.encode(scorecard, order="deterministic")
    return msgspec.json.format(encoded, indent=1) + b"\n"
