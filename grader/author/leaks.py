"""The leak scan: finds numbers of hidden cases in bytes, whatever form they were written in.

There is this one alone: for kits before they are written, and for all that tests look at.
"""

import base64
import html
import re
import struct
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from grader.model import Case, Source, Visibility

# Fewer significant digits are hit by chance; a draw has more than ten.
FEWEST_DIGITS = 5
DRAWN_DIGITS = 10
_MOST_PARTS = 64  # of a whole: what is so many times a whole number may come of any numbers
_HEAD = 6
_Row: TypeAlias = tuple[float, ...]
_RUN = 3

_TAG = re.compile(rb"<[^<>]*>")
_ATTRIBUTE = re.compile(rb'="([^"<>]*)"')
_ESCAPED = re.compile(rb"\\(?:[nrt]|u00[01][0-9a-f])")
_BETWEEN_DIGITS = re.compile(rb"(?<=\d)\W+(?=\d)")
_NUMBER = r"-?\d++\.?+\d*+(?:e[+-]?\d++)?+"
_CUT = re.compile(r"(?:0\.0*)?(?:\d\.?){6}")
_RUNS = re.compile(rf"{_NUMBER}(?:[\s,;|\[\]()]++{_NUMBER}){{{_RUN - 1},}}")
_HEXADECIMAL = re.compile(rb"[0-9a-fA-F]{16,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_STORED_AS = ("<f8", ">f8", "<i8")


def digits_of(value: float) -> str:
    """Return the significant digits of a number, as they are written in full."""
    return re.sub(r"e.*|\D", "", repr(abs(value))).strip("0")


def is_drawn(value: float) -> bool:
    """Tell whether a number is one that nobody comes upon by chance.

    It has many digits, and is no simple fraction: 5/3 is the mean of much.
    """
    if len(digits_of(float(f"{value:.12g}"))) < DRAWN_DIGITS:
        return False
    multiples = value * np.arange(1, _MOST_PARTS + 1)
    return not np.isclose(multiples, np.round(multiples), rtol=1e-13, atol=1e-12).any()


def _rounded(value: float) -> Iterator[bytes]:
    for digits in range(FEWEST_DIGITS, 17):
        text = f"{value:.{digits}g}"
        if len(digits_of(float(text))) >= FEWEST_DIGITS:
            yield text.encode()


def _hexadecimal(data: bytes) -> Iterator[bytes]:
    yield data.hex().encode()
    yield data.hex().upper().encode()


def _base64(data: bytes) -> Iterator[bytes]:
    """Yield what is the same whatever stands before and after, for the three alignments."""
    for before, skipped in enumerate((0, 2, 3)):
        whole = (before + len(data)) * 8 // 6
        encoded = base64.b64encode(bytes(before) + data)[skipped:whole]
        yield encoded
        yield encoded.translate(bytes.maketrans(b"+/", b"-_"))


# Signs are left aside: what holds a negative number holds its digits.
FORMS: Mapping[str, Callable[[float], Iterable[bytes]]] = {
    "repr": lambda x: [repr(x).encode()],
    "NumPy's str": lambda x: [str(np.float64(x)).encode()],
    "%.6g": lambda x: [b"%.6g" % x] if len(digits_of(float(f"{x:.6g}"))) >= FEWEST_DIGITS else [],
    "%.10g": lambda x: [b"%.10g" % x],
    "rounded": _rounded,
    "scientific": lambda x: [b"%.*e" % (digits, x) for digits in range(FEWEST_DIGITS - 1, 17)],
    "cut": lambda x: [match[0].encode() for match in [_CUT.match(repr(x))] if match],
    "hex float": lambda x: [x.hex().partition(".")[2].partition("p")[0].encode()],
    "bytes": lambda x: [struct.pack(f"{end}d", s) for s in (x, -x) for end in "<>"],
    "little-endian hex": lambda x: [h for s in (x, -x) for h in _hexadecimal(struct.pack("<d", s))],
    "big-endian hex": lambda x: [h for s in (x, -x) for h in _hexadecimal(struct.pack(">d", s))],
    "base64 of bytes": lambda x: [
        one for s in (x, -x) for end in "<>" for one in _base64(struct.pack(f"{end}d", s))
    ],
    "base64 of repr": lambda x: _base64(repr(x).encode()),
    "digits": lambda x: [digits_of(x)[:DRAWN_DIGITS].encode()],
}


class Scanner:
    """Looks for drawn numbers in every form, and for runs of numbers of worked examples."""

    def __init__(self, numbers: Iterable[float], rows: Iterable[_Row] = ()) -> None:
        self.numbers = {abs(number) for number in numbers if is_drawn(number)}
        self.runs = runs_of(rows)
        self.patterns: dict[bytes, dict[bytes, str]] = defaultdict(dict)
        for number in self.numbers:
            for form, write in FORMS.items():
                for pattern in write(number):
                    if len(pattern) >= _HEAD:
                        said = f"{form} of {number!r}"
                        self.patterns[pattern[:_HEAD]].setdefault(pattern, said)
        self.heads = np.sort(_words(b"".join(self.patterns))[::_HEAD])

    def find(self, data: bytes) -> set[str]:
        """Return what is found in bytes, in words."""
        plain = _ESCAPED.sub(b" ", b"\n".join([_TAG.sub(b" ", data), *_ATTRIBUTE.findall(data)]))
        shown = html.unescape(plain.decode(errors="replace"))
        text = shown.encode()
        joined = _BETWEEN_DIGITS.sub(b"", text)
        found: set[str] = set()
        for view in dict.fromkeys((data, text, joined)):
            found.update(self._numbers(view))
            found.update(f"reversed, {one}" for one in self._numbers(view[::-1]))
        found.update(self._runs(shown))
        for view in (data, b"\xff".join(_decoded(data))):
            found.update(self._stored_runs(view))
            found.update(self._runs(view.decode(errors="replace")))
        return found

    def _numbers(self, view: bytes) -> Iterator[str]:
        if not self.patterns:
            return
        words = _words(view)
        near = self.heads.take(np.searchsorted(self.heads, words), mode="clip")
        for start in np.flatnonzero(near == words).tolist():
            for pattern, said in self.patterns[view[start : start + _HEAD]].items():
                if view.startswith(pattern, start):
                    yield said

    def _runs(self, text: str) -> Iterator[str]:
        for match in _RUNS.finditer(text):
            row = tuple(float(number) for number in re.findall(_NUMBER, match[0]))
            for start in range(len(row) - _RUN + 1):
                window = row[start : start + _RUN]
                if window in self.runs:
                    yield f"the run {window}"

    def _stored_runs(self, data: bytes) -> Iterator[str]:
        """Yield the runs that stand in bytes as arrays are kept."""
        if not self.runs:
            return
        places = list(zip(*self.runs, strict=True))
        for kind in _STORED_AS:
            for offset in range(np.dtype(kind).itemsize):
                whole = (len(data) - offset) // 8 * 8
                values = np.frombuffer(data[offset : offset + whole], kind)
                shifted = [values[k : len(values) - _RUN + 1 + k] for k in range(_RUN)]
                near = [np.isin(one, place) for one, place in zip(shifted, places, strict=True)]
                for start in np.flatnonzero(np.all(near, axis=0)).tolist():
                    window = tuple(values[start : start + _RUN].astype(float).tolist())
                    if window in self.runs:
                        yield f"the run {window}, as it is stored"


def _decoded(data: bytes) -> Iterator[bytes]:
    """Yield what hexadecimal digits and base64 in bytes stand for, wherever they may begin."""
    for match in _HEXADECIMAL.findall(data):
        for start in (0, 1):
            digits = match[start:]
            yield bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
    for match in _BASE64.findall(data):
        plain = match.translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(4):
            letters = plain[start:]
            yield base64.b64decode(letters + b"A" * (-len(letters) % 4))


def _words(data: bytes) -> NDArray[np.uint64]:
    """Return every run of as many bytes as a head has, as a number."""
    each = np.frombuffer(data, np.uint8).astype(np.uint64)
    count = max(0, len(each) - _HEAD + 1)
    words = np.zeros(count, np.uint64)
    for place in range(_HEAD):
        words = words * np.uint64(256) + each[place : place + count]
    return words


def runs_of(rows: Iterable[_Row]) -> set[_Row]:
    """Return the telling runs of rows, as they read when printed with fewer or more digits."""
    return {key for row in rows for window in windows(row) for key in _keys(window)}


def windows(row: _Row) -> Iterator[_Row]:
    """Yield the runs of a row that are no plain counting: 1 2 3 stands on every page."""
    for start in range(len(row) - _RUN + 1):
        window = row[start : start + _RUN]
        telling = any(number < 0 or number % 1 for number in window)
        if telling and len(set(window)) > 1:
            yield window


def _keys(window: _Row) -> set[_Row]:
    """Return a run as it reads when it was printed with so many digits."""
    return {tuple(float(f"{x:.{digits}g}") for x in window) for digits in (4, 6, 8, 17)}


def numbers_of(cases: Iterable[Case]) -> set[float]:
    """Return all numbers that cases give and expect."""
    values = [value for case in cases for value in (*case.given.values(), *case.expected.values())]
    return {float(number) for value in values for number in np.ravel(value)}


def rows_of(cases: Iterable[Case]) -> set[_Row]:
    """Return all rows of the arrays that cases give and expect."""
    values = [value for case in cases for value in (*case.given.values(), *case.expected.values())]
    return {row for value in values for row in _rows(value)}


def _rows(value: ArrayLike) -> Iterator[_Row]:
    array = np.atleast_2d(np.asarray(value, dtype=np.float64))
    for row in array.reshape(-1, array.shape[-1]) if array.size else ():
        yield tuple(float(number) for number in row)


def of_hidden(cases: Iterable[Case]) -> Scanner:
    """Return a scanner for what hidden cases alone give and expect.

    What follows from numbers that nobody had to draw, such as small whole ones, is anybody's.
    """
    cases = tuple(cases)
    public = [case for case in cases if case.visibility is Visibility.PUBLIC]
    hidden = [case for case in cases if case.visibility is Visibility.HIDDEN]
    examples = [case for case in hidden if case.source is Source.NOTEBOOK]
    fresh = [case for case in hidden if case.source is Source.FRESH and _is_given_drawn(case)]
    numbers = numbers_of([*fresh, *examples]) - numbers_of(public)
    scanner = Scanner(numbers, rows_of(examples))
    scanner.runs -= runs_of(rows_of(public))
    return scanner


def _is_given_drawn(case: Case) -> bool:
    given = (float(number) for value in case.given.values() for number in np.ravel(value))
    return any(is_drawn(number) for number in given)
