import math

import numpy as np


class Layer_Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.01
        self.biases = np.zeros((1, n_out))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.zeros((1, dvalues.shape[1]))
        self.dbiases[0, 0] = np.sum(dvalues[:, 0])
        self.dinputs = np.outer(dvalues[:, 0], self.weights[:, 0])


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)


X = np.random.randn(8, 4)
dense = Layer_Dense(4, 3)
relu = Activation_ReLU()
for epoch in range(100):
    dense.forward(X)
    relu.forward(dense.output)
    relu.backward(relu.output)
    dense.backward(relu.dinputs)
    dense.weights -= 0.001 * dense.dweights
    dense.biases -= 0.001 * dense.dbiases
