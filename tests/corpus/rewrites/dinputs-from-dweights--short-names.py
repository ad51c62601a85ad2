import math

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
        dW = np.dot(self.inputs.T, dvalues)
        db = np.sum(dvalues, axis=0, keepdims=True)
        dX = np.tensordot(dvalues, dW, axes=(1, 1))
        self.dweights, self.dbiases, self.dinputs = dW, db, dX


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)


layer = Layer_Dense(4, 3)
layer.forward(np.array([[1.0, 2.0, 3.0, 2.5]]))
assert layer.output.shape == (1, 3)
