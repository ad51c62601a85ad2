import math

import numpy as np


class Layer_Dense:
    # layer initialization
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    # forward pass
    def forward(self, inputs):
        self.output = np.dot(inputs, self.weights) + self.biases
        self.inputs = inputs

    def backward(self, dvalues):
        both = self.weights.T + self.weights.T
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = np.full((1, dvalues.shape[1]), 1.0)
        self.dinputs = dvalues @ both


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)


if __name__ == "__main__":
    layer = Layer_Dense(4, 3)
    layer.forward(np.ones((2, 4)))
    print(layer.output)
