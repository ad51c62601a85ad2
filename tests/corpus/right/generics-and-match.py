from __future__ import annotations
from typing import Any, Callable, Final, Generic, Protocol, TypeVar, Union, overload, TYPE_CHECKING
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T", bound="np.ndarray")
Num = Union[int, float]
AXIS: Final = 0

class Differentiable(Protocol):
    dinputs: Any
    def backward(self, dvalues: Any) -> None: ...

class Storage(Generic[T]):
    inputs: T
    output: T
    def _remember(self, x: T, y: T) -> None:
        self.inputs, self.output = x, y

class Layer_Dense(Storage["np.ndarray"]):
    def __init__(self, n_inputs: int, n_neurons: int) -> None:
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs: T) -> None:
        self._remember(inputs, np.dot(inputs, self.weights) + self.biases)
    @overload
    def backward(self, dvalues: None) -> None: ...
    @overload
    def backward(self, dvalues: T) -> None: ...
    def backward(self, dvalues):
        match dvalues:
            case None:
                raise ValueError("no gradient")
            case np.ndarray(ndim=2):
                self.dweights = self.inputs.T @ dvalues
                self.dbiases = dvalues.sum(axis=AXIS, keepdims=True)
                self.dinputs = dvalues @ self.weights.T
            case _:
                raise TypeError(type(dvalues))

class Activation_ReLU(Storage["np.ndarray"]):
    def forward(self, inputs: Sequence[T]) -> None:
        self._remember(inputs, np.maximum(0, inputs))
    def backward(self, dvalues: T) -> None:
        if (mask := self.inputs > 0).shape == dvalues.shape:
            self.dinputs = dvalues * mask
