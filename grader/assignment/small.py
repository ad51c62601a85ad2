"""The smallest inputs of a program, made of larger ones. Pure.

Which axes go together is read off examples: those that have the same length in every example are
one dimension, and a whole number that is always that length stands for it.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from grader.model import Array, Scalar
from grader.wording import say

SMALL = say("a small input")  # the title of a case that is made of one
_ROWS, _COLUMNS = 2, 3
_LENGTHS = (1, 2, 3)
_DRAWS = 3
# Whole numbers first, for they are the easiest to follow, then with zeros among them; then odd
# eighths, which floating point has exactly, and which hardly anybody writes in an example.
_NUMBERS = ((1, 2, 3, -1, -2, -3), (1, 2, -1, -2, 0), (3, 5, 11, -3, -5, -13, 21))
_WHOLE = _NUMBERS[0]
_EIGHTHS = 2

_Slot = tuple[str, int | None]
_Given = Mapping[str, Array | Scalar]


def small_inputs(examples: Sequence[_Given]) -> Iterator[dict[str, Array | Scalar]]:
    """Yield small inputs of the kinds and dimensions that the examples have, smallest first."""
    slots = [_lengths(example) for example in examples]
    positive = {name for name in examples[0] if all(_has_no_sign(one[name]) for one in examples)}
    shared = {slot for slot in slots[0] if all(slot in other for other in slots)}
    groups: dict[tuple[int, ...], list[_Slot]] = {}
    for slot in slots[0]:
        if slot in shared:
            groups.setdefault(tuple(one[slot] for one in slots), []).append(slot)
    free = [members for lengths, members in groups.items() if _is_dimension(lengths, members)]
    seen: set[bytes] = set()
    for lengths in _sizes(free, examples[0]):
        for draw, template in itertools.product(range(_DRAWS), _templates(examples)):
            made = _made(template, free, lengths, draw)
            made |= {name: np.abs(made[name]) for name in positive}
            told = repr([(name, np.asarray(value).tolist()) for name, value in made.items()])
            kinds = repr([np.asarray(value).dtype.str for value in made.values()])
            if (mark := (told + kinds).encode()) not in seen:
                seen.add(mark)
                yield made


def _has_no_sign(value: Array | Scalar) -> bool:
    """Tell whether an array's numbers are none below 0: they may be labels, or have a logarithm."""
    is_numeric = isinstance(value, np.ndarray) and value.dtype.kind in "iuf"
    return is_numeric and bool(np.any(value)) and bool(np.all(value >= 0))


def _lengths(given: _Given) -> dict[_Slot, int]:
    found: dict[_Slot, int] = {}
    for name, value in given.items():
        if isinstance(value, np.ndarray):
            found |= {(name, axis): length for axis, length in enumerate(value.shape)}
        elif type(value) is int:
            found[name, None] = value
    return found


def _is_dimension(lengths: tuple[int, ...], members: Sequence[_Slot]) -> bool:
    """Tell whether slots are one dimension: of an array at least, and not always 1."""
    return any(axis is not None for _, axis in members) and set(lengths) != {1}


def _sizes(free: Sequence[Sequence[_Slot]], example: _Given) -> list[tuple[int, ...]]:
    """Return lengths for all dimensions, so that arrays stay small; the smallest ones first."""
    ranks = {name: np.ndim(value) for name, value in example.items()}

    def most(members: Sequence[_Slot]) -> int:
        last = all(axis is None or axis == ranks[name] - 1 for name, axis in members)
        return _COLUMNS if last else _ROWS

    choices = [[length for length in _LENGTHS if length <= most(members)] for members in free]
    return sorted(itertools.product(*choices), key=lambda one: (sum(one), one))


def _templates(examples: Sequence[_Given]) -> list[_Given]:
    """Return an example for each combination of kinds of numbers."""
    by_kinds = {
        tuple(np.asarray(value).dtype.kind for value in example.values()): example
        for example in reversed(examples)
    }
    return list(by_kinds.values())


def _made(
    template: _Given, free: Sequence[Sequence[_Slot]], lengths: tuple[int, ...], draw: int
) -> dict[str, Array | Scalar]:
    """Return one input: `template` with other lengths and other numbers."""
    length_of = {
        slot: length for members, length in zip(free, lengths, strict=True) for slot in members
    }
    rng = np.random.default_rng([draw, *lengths])
    made: dict[str, Array | Scalar] = {}
    for name, value in template.items():
        if not isinstance(value, np.ndarray):
            # An example's own number, for who knows for which others there is an answer.
            made[name] = length_of.get((name, None), value)
            continue
        shape = tuple(length_of.get((name, axis), old) for axis, old in enumerate(value.shape))
        made[name] = _numbers(rng, shape, value.dtype, draw)
    return made


def _numbers(
    rng: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[np.generic], draw: int
) -> Array:
    """Return numbers of which no two neighbours are alike, as far as there are enough of them."""
    eighths = draw == _EIGHTHS and dtype.kind == "f"
    choices = _WHOLE if draw == _EIGHTHS and not eighths else _NUMBERS[draw]
    picked = [choices[i] for i in _shuffled(rng, int(np.prod(shape)), len(choices))]
    numbers = np.array(picked, np.float64).reshape(shape) / (8 if eighths else 1)
    return np.abs(numbers).astype(dtype) if dtype.kind in "ub" else numbers.astype(dtype)


def _shuffled(rng: np.random.Generator, count: int, choices: int) -> list[int]:
    rounds = -(-count // choices)
    return [int(i) for _ in range(rounds) for i in rng.permutation(choices)][:count]
