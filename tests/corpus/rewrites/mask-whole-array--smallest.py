"""Homework 3: backpropagation."""

import numpy as np


class Layer_Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.01
        self.biases = np.zeros((1, n_out))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dout):
        self.dinputs = np.matmul(dout, self.weights.T)
        self.dweights = np.matmul(self.inputs.T, dout)
        self.dbiases = np.sum(dout, axis=0, keepdims=True)


class Activation_ReLU:
    def forward(self, inputs):
        """max(0, z)"""
        self.inputs = inputs
        self.output = np.maximum(inputs, 0)

    def backward(self, dvalues):
        self.dinputs = np.where(np.min(self.inputs) > 0, dvalues, 0)


dense1 = Layer_Dense(2, 3)
activation1 = Activation_ReLU()
print(dense1.weights)
