"""Text that a student can influence, made safe to show: nothing in it acts, nothing is hidden."""

import unicodedata

# Controls, format characters (bidi marks, zero-width ones, tags), surrogates, separators; and what
# is invisible though its category is that of letters and marks.
_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffe\uffff")


def clean(text: str, cap: int = 4000) -> str:
    """Return text with active characters as visible escapes, cut to `cap` characters."""
    text = text.replace("\r\n", "\n")
    cut = text if len(text) <= cap else text[:cap] + " … (cut)"
    line = cut.replace("\n", "").replace("\t", "")
    if line.isascii() and line.isprintable():  # as most are, and the rest takes its time
        return cut
    return "".join(character if _is_plain(character) else _escaped(character) for character in cut)


def _is_plain(character: str) -> bool:
    if character in "\t\n":
        return True
    return unicodedata.category(character) not in _CATEGORIES and character not in _INVISIBLE


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"  # noqa: PLR2004
