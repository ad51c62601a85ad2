import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.zeros_like(self.weights)
        for sample, i, j in np.ndindex(len(dvalues), *self.weights.shape):
            self.dweights[i, j] += self.inputs[sample, i] * dvalues[sample, j]
        self.dbiases = np.zeros_like(self.biases)
        for sample, j in np.ndindex(*dvalues.shape):
            self.dbiases[0, j] += dvalues[sample, j]
        self.dinputs = np.zeros_like(self.inputs)
        for sample, i, j in np.ndindex(len(dvalues), *self.weights.shape):
            self.dinputs[sample, i] += dvalues[sample, j] * self.weights[i, j]


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)
