import math

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
        self.dweights = np.matmul(self.inputs.T, dvalues)
        self.dbiases = np.add.reduce(dvalues, axis=0).reshape(self.biases.shape)
        self.dinputs = np.matmul(dvalues, self.weights.T)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)


dense1 = Layer_Dense(2, 3)
activation1 = Activation_ReLU()
print(dense1.weights)
