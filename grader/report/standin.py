"""What stands for characters that an output's encoding has not: one for one, so columns stay."""

import unicodedata

_SIGNS: dict[int, str | int] = {**str.maketrans("✓✗≠…█░«»¡→", "+x!~#.<>!>")}
_SIGNS |= {0x2013: "-", 0x2014: "-", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0xD7: "x"}


def stand_in(error: UnicodeError) -> tuple[str, int]:
    """Handle an encoding error, as `codecs.register_error` wants it: in ASCII, never a failure."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end].translate(_SIGNS)
    return "".join(map(_plainer, missing)), error.end


def _plainer(character: str) -> str:
    """Return a letter without its accent; a question mark for what has no such letter."""
    first = unicodedata.normalize("NFKD", character)[0]
    return first if first.isascii() else "?"
