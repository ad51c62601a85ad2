"""Fresh inputs: each function draws those of one case from a seeded generator."""

import numpy as np


def _pair(rng, samples, outputs):
    return {
        "predictions": rng.normal(scale=2.0, size=(samples, outputs)),
        "targets": rng.normal(scale=2.0, size=(samples, outputs)),
    }


def square(rng):
    """As many samples as outputs: a mean over the wrong axis keeps the shapes."""
    return _pair(rng, 3, 3)


def tall(rng):
    """More samples than outputs."""
    return _pair(rng, 5, 2)


def wide(rng):
    """More outputs than samples."""
    return _pair(rng, 2, 6)


def one_sample(rng):
    """A batch of one."""
    return _pair(rng, 1, 4)


def one_output(rng):
    """A single output for each sample."""
    return _pair(rng, 4, 1)


def integers(rng):
    """Whole numbers, never equal: their mean and their gradient have fractions."""
    targets = rng.integers(-9, 10, size=(4, 3))
    off = rng.choice([-1, 1], size=(4, 3)) * rng.integers(1, 20, size=(4, 3))
    return {"predictions": targets + off, "targets": targets}


def negative(rng):
    """Predictions and targets that are negative throughout."""
    given = _pair(rng, 4, 2)
    return {name: -np.abs(array) for name, array in given.items()}


def below(rng):
    """Predictions that are all below their targets."""
    given = _pair(rng, 3, 4)
    return given | {"predictions": given["targets"] - rng.uniform(0.5, 3.0, size=(3, 4))}


def far_apart(rng):
    """Predictions that are hundreds away from their targets."""
    given = _pair(rng, 3, 2)
    signs = rng.choice([-1, 1], size=(3, 2))
    return given | {"predictions": given["targets"] + signs * rng.uniform(100, 900, size=(3, 2))}


def exact_hits(rng):
    """A whole sample that is predicted exactly, and some more elements."""
    given = _pair(rng, 4, 3)
    hits = rng.permutation(np.arange(12) % 4 == 0).reshape(4, 3)
    hits[rng.integers(4)] = True
    return given | {"predictions": np.where(hits, given["targets"], given["predictions"])}


def _repeated(rng, earlier, now):
    before = {f"{name}0": array for name, array in _pair(rng, *earlier).items()}
    return _pair(rng, *now) | before


def repeated(rng):
    """Other numbers of the same shape were asked for before."""
    return _repeated(rng, (3, 2), (3, 2))


def repeated_one_sample(rng):
    """A batch of one, after a larger one."""
    return _repeated(rng, (4, 3), (1, 3))


def repeated_one_output(rng):
    """A single output for each sample, after several."""
    return _repeated(rng, (3, 4), (5, 1))
