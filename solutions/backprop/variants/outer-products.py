from __future__ import annotations

import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        x, d = self.inputs, dvalues
        self.dweights = (x[:, :, np.newaxis] * d[:, np.newaxis, :]).sum(axis=0)
        self.dbiases = d.sum(axis=0)[None]
        self.dinputs = (self.weights[np.newaxis] * d[:, np.newaxis]).sum(axis=2)


class Activation_ReLU:
    # forward pass
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)


if __name__ == "__main__":
    layer = Layer_Dense(4, 3)
    layer.forward(np.ones((2, 4)))
    print(layer.output)
