"""Homework 3: backpropagation."""

import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        samples, n = self.inputs.shape
        rows = np.hstack([self.inputs, np.ones((samples, 1))])
        everything = rows.T @ dvalues
        self.dweights = everything[:n]
        self.dbiases = everything[n:]
        self.dinputs = (dvalues @ self.weights.T)[:, :]


class Activation_ReLU:
    def forward(self, inputs):
        """max(0, z)"""
        self.inputs = inputs
        self.output = np.maximum(inputs, 0)

    def backward(self, dvalues):
        box = np.zeros((dvalues.shape[0] + 1, dvalues.shape[1] + 1))
        box[1:, 1:] = np.where(self.inputs > 0, dvalues, 0)
        self.dinputs = box[1:, 1:]


if __name__ == "__main__":
    layer = Layer_Dense(4, 3)
    layer.forward(np.ones((2, 4)))
    print(layer.output)
