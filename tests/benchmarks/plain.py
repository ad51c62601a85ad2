"""Six plain checks of a submission, as a course writes them: the baseline of the throughput.

Run as a command it prints how many hold for a file; pytest runs them on the folder $SUBMISSIONS.
"""

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

_W = np.array([[0.2, 0.8, -0.5, 1], [0.5, -0.91, 0.26, -0.5], [-0.26, -0.27, 0.17, 0.87]]).T
_X = np.array([[1, 2, 3, 2.5], [2, 5, -1, 2], [-1.5, 2.7, 3.3, -0.8]])
_B = np.array([[2, 3, 0.5]])
_D = np.array([[1.0, 1, 1], [2, 2, 2], [3, 3, 3]])
_Z = np.array([[1, 2, -3, -4], [2, -7, -1, 3], [-1, 2, 5, -1]])
_ROW = np.arange(1, 13).reshape(3, 4)


def loaded(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("layers", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _dense(module: Any, inputs: Any = _X, upstream: Any = _D) -> Any:
    layer = module.Layer_Dense(4, 3)
    layer.weights, layer.biases = _W.copy(), _B.copy()
    layer.forward(inputs)
    layer.backward(upstream)
    return layer


def one_sample(module: Any) -> None:
    np.testing.assert_allclose(_dense(module, _X[:1], _D[:1]).dinputs, [[0.44, -0.38, -0.07, 1.37]])


def inputs(module: Any) -> None:
    np.testing.assert_allclose(_dense(module).dinputs, _D @ _W.T)


def weights(module: Any) -> None:
    np.testing.assert_allclose(_dense(module).dweights, _X.T @ _D)


def biases(module: Any) -> None:
    np.testing.assert_allclose(_dense(module).dbiases, [[6, 6, 6]])


def relu(module: Any) -> None:
    one = module.Activation_ReLU()
    one.forward(_Z)
    one.backward(_ROW)
    np.testing.assert_allclose(one.dinputs, [[1, 2, 0, 0], [5, 0, 0, 8], [0, 10, 11, 0]])


def step(module: Any) -> None:
    layer, one = _dense(module), module.Activation_ReLU()
    layer.forward(_X)
    one.forward(layer.output)
    one.backward(one.output.copy())
    layer.backward(one.dinputs)
    stepped = layer.weights - 0.001 * layer.dweights
    np.testing.assert_allclose(stepped[0], [0.179515, 0.5003665, -0.262746], atol=1e-6)


CHECKS: tuple[Callable[[Any], None], ...] = (one_sample, inputs, weights, biases, relu, step)


def pytest_generate_tests(metafunc: Any) -> None:
    files = sorted(Path(os.environ["SUBMISSIONS"]).glob("*.py"))
    metafunc.parametrize("path", files, ids=lambda path: path.stem)
    metafunc.parametrize("check", CHECKS, ids=lambda check: check.__name__)


def test_plainly(path: Path, check: Callable[[Any], None]) -> None:
    check(loaded(path))


if __name__ == "__main__":
    held = 0
    for one_check in CHECKS:
        try:
            one_check(loaded(Path(sys.argv[1])))
        except BaseException:  # noqa: BLE001 - whatever a student raises
            continue
        held += 1
    print(held)
