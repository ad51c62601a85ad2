"""Text that a student can influence, made safe to show: nothing in it acts, nothing is hidden."""

import re

# Controls (but tab and newline), and what turns, hides or breaks text: bidi marks, zero-width
# characters, line and paragraph separators, lone surrogates.
_ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str, cap: int = 4000) -> str:
    """Return text with active characters as visible escapes, cut to `cap` characters."""
    text = text.replace("\r\n", "\n")
    cut = text if len(text) <= cap else text[:cap] + " … (cut)"
    return _ACTIVE.sub(lambda match: f"\\u{ord(match[0]):04x}", cut)
