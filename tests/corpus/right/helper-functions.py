from __future__ import annotations

import numpy as np


def grad_weights(x, d):
    return np.dot(x.T, d)


def grad_biases(d):
    return np.sum(d, axis=0, keepdims=True)


def grad_inputs(d, w):
    return np.dot(d, w.T)


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    # forward pass
    def forward(self, inputs):
        self.output = np.dot(inputs, self.weights) + self.biases
        self.inputs = inputs

    def backward(self, dvalues):
        self.dweights = grad_weights(self.inputs, dvalues)
        self.dbiases = grad_biases(dvalues)
        self.dinputs = grad_inputs(dvalues, self.weights)


def drelu(z):
    return np.where(z > 0, 1.0, 0.0)


class Activation_ReLU:
    # forward pass
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = drelu(self.inputs) * dvalues
