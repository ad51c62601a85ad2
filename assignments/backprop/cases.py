"""Fresh inputs: each function draws those of one case from a seeded generator."""

import numpy as np


def _dense(rng, samples, inputs, neurons):
    return {
        "n": inputs,
        "m": neurons,
        "W": rng.normal(size=(inputs, neurons)),
        "B": rng.normal(size=(1, neurons)),
        "X": rng.normal(scale=2.0, size=(samples, inputs)),
        "D": rng.normal(size=(samples, neurons)),
    }


def dense_square(rng):
    """As many samples as inputs and neurons: a transpose too many or too few keeps the shapes."""
    return _dense(rng, 3, 3, 3)


def dense_tall(rng):
    """More samples than inputs, more inputs than neurons."""
    return _dense(rng, 5, 4, 2)


def dense_wide(rng):
    """More neurons than inputs."""
    return _dense(rng, 2, 3, 6)


def dense_negative(rng):
    """A gradient that is negative throughout."""
    given = _dense(rng, 4, 2, 3)
    return given | {"D": -np.abs(given["D"])}


def dense_integers(rng):
    """Whole-number inputs and weights with fractional gradients."""
    given = _dense(rng, 3, 4, 2)
    return given | {
        "X": rng.integers(-9, 10, size=(3, 4)),
        "W": rng.integers(-5, 6, size=(4, 2)),
        "B": rng.integers(-5, 6, size=(1, 2)),
    }


def dense_one_sample(rng):
    """A batch of one."""
    return _dense(rng, 1, 4, 3)


def dense_one_neuron(rng):
    """A layer of one neuron."""
    return _dense(rng, 4, 3, 1)


def dense_again(rng):
    """Another batch went forward before."""
    return _dense(rng, 4, 3, 2) | {"X0": rng.normal(size=(4, 3))}


def dense_repeated(rng):
    """A second layer is used in between."""
    return _dense(rng, 3, 4, 2) | {
        "X2": rng.normal(size=(3, 4)),
        "D2": rng.normal(size=(3, 2)),
    }


def _relu(rng, *shape):
    return {"Z": rng.normal(size=shape), "D": rng.normal(size=shape)}


def relu_batch(rng):
    """Inputs and gradients of both signs."""
    return _relu(rng, 4, 3)


def relu_square(rng):
    """As many samples as neurons."""
    return _relu(rng, 3, 3)


def relu_zeros(rng):
    """Inputs that are exactly 0 here and there, never with a gradient of 0."""
    given = _relu(rng, 4, 4)
    spots = rng.permutation(np.arange(16) % 3 == 0).reshape(4, 4)
    return given | {"Z": np.where(spots, 0.0, given["Z"])}


def relu_negative(rng):
    """A gradient that is negative throughout."""
    given = _relu(rng, 3, 5)
    return given | {"D": -np.abs(given["D"])}


def relu_integers(rng):
    """Whole-number inputs, none of them 0, with fractional gradients."""
    signs = rng.choice([-1, 1], size=(3, 4))
    return _relu(rng, 3, 4) | {"Z": signs * rng.integers(1, 7, size=(3, 4))}


def relu_positive(rng):
    """Inputs of which none is masked."""
    given = _relu(rng, 3, 4)
    return given | {"Z": np.abs(given["Z"]) + 0.1}


def relu_silent(rng):
    """Inputs of which all are masked."""
    given = _relu(rng, 3, 4)
    return given | {"Z": -np.abs(given["Z"]) - 0.1}


def relu_one_sample(rng):
    """A batch of one."""
    return _relu(rng, 1, 6)


def relu_again(rng):
    """Another batch went forward before."""
    return _relu(rng, 3, 4) | {"Z0": rng.normal(size=(3, 4))}


def relu_repeated(rng):
    """A second activation is used in between."""
    return _relu(rng, 4, 2) | {"Z2": rng.normal(size=(4, 2)), "D2": rng.normal(size=(4, 2))}


def _together(rng, samples, inputs, neurons):
    return _dense(rng, samples, inputs, neurons) | {"rate": float(rng.uniform(0.001, 0.1))}


def together_batch(rng):
    """A batch through both."""
    return _together(rng, 4, 3, 2)


def together_square(rng):
    """As many samples as inputs and neurons."""
    return _together(rng, 3, 3, 3)


def together_integers(rng):
    """Whole-number inputs and weights."""
    given = _together(rng, 3, 2, 4)
    return given | {
        "X": rng.integers(-9, 10, size=(3, 2)),
        "W": rng.integers(-5, 6, size=(2, 4)),
    }


def together_zeros(rng):
    """A sample of zeros and no bias: the ReLU gets inputs of exactly 0."""
    given = _together(rng, 4, 3, 3)
    given["X"][1] = 0.0
    return given | {"B": np.zeros((1, 3))}


def together_one_sample(rng):
    """A batch of one."""
    return _together(rng, 1, 4, 3)
