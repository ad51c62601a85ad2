from __future__ import annotations

import numpy as np


class Layer_Dense:
    # layer initialization
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        x, w = self.inputs, self.weights
        self.dweights = np.einsum("si,sj->ij", x, dvalues)
        self.dbiases = np.einsum("sj->j", dvalues).reshape(1, -1)
        self.dinputs = np.einsum("sj,ij->si", dvalues, w)
        self.weights = w + self.dweights * -0.01


class Activation_ReLU:
    # forward pass
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)
