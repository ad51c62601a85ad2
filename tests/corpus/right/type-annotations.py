from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = np.ndarray


class Layer_Dense:
    weights: Array
    biases: Array

    def __init__(self, n_inputs: int, n_neurons: int) -> None:
        self.weights: Array = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases: Array = np.zeros((1, n_neurons))

    def forward(self, inputs: Array) -> None:
        self.inputs: Array = inputs
        self.output: Array = inputs @ self.weights + self.biases

    def backward(self, dvalues: NDArray[np.float64]) -> None:
        self.dweights: Array = self.inputs.T @ dvalues
        self.dbiases: Array = dvalues.sum(axis=0, keepdims=True)
        self.dinputs: Array = dvalues @ self.weights.T


class Activation_ReLU:
    def forward(self, inputs: Array) -> None:
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues: Array) -> None:
        self.dinputs: Array = np.where(self.inputs > 0, dvalues, 0)
