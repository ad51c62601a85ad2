from __future__ import annotations

import numpy as np


def per_sample(gradient, batch):
    return np.divide(gradient, batch)


class Layer_Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.01
        self.biases = np.zeros((1, n_out))

    # forward pass
    def forward(self, inputs):
        self.output = np.dot(inputs, self.weights) + self.biases
        self.inputs = inputs

    def backward(self, dvalues):
        m = self.inputs.shape[0]
        self.dweights = per_sample(self.inputs.T @ dvalues, m)
        self.dbiases = per_sample(dvalues.sum(axis=0, keepdims=True), m)
        self.dinputs = dvalues @ self.weights.T


class Activation_ReLU:
    # forward pass
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)


layer = Layer_Dense(4, 3)
layer.forward(np.array([[1.0, 2.0, 3.0, 2.5]]))
assert layer.output.shape == (1, 3)
