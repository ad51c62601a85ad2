#!/usr/bin/env python3
import numpy as np


class Layer_Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.01
        self.biases = np.zeros((1, n_out))

    # forward pass
    def forward(self, inputs):
        self.output = np.dot(inputs, self.weights) + self.biases
        self.inputs = inputs

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.reshape(-1, 1), dvalues.reshape(1, -1))
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_ReLU:
    def forward(self, inputs):
        """max(0, z)"""
        self.inputs = inputs
        self.output = np.maximum(inputs, 0)

    def backward(self, dout):
        self.dinputs = dout * (self.inputs > 0)


if __name__ == "__main__":
    layer = Layer_Dense(4, 3)
    layer.forward(np.ones((2, 4)))
    print(layer.output)
