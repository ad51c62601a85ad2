"""Homework 3: backpropagation."""

import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    # forward pass
    def forward(self, inputs):
        self.output = np.dot(inputs, self.weights) + self.biases
        self.inputs = inputs

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_ReLU:
    @staticmethod
    def activate(z):
        return np.maximum(0, z)

    def forward(self, inputs):
        inputs = inputs.copy()
        self.output = self.activate(inputs)

    def backward(self, dvalues):
        mask = np.heaviside(self.inputs, 0)
        self.dinputs = np.multiply(mask, dvalues)
