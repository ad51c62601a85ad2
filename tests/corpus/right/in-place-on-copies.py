import math

import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        grad = np.array(dvalues, dtype=float)
        self.dinputs = grad @ self.weights.T
        self.dweights = self.inputs.T @ grad
        for row in grad[1:]:
            grad[0] += row
        self.dbiases = grad[:1].copy()


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.array(dvalues, dtype=float)
        self.dinputs *= self.inputs > 0
