import numpy as np


relu = lambda z: np.maximum(0, z)
relu_prime = lambda z: (z > 0).astype(float)
column_sums = lambda a: a.sum(axis=0, keepdims=True)


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = column_sums(dvalues)
        self.dinputs = dvalues @ self.weights.T


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = relu(inputs)

    def backward(self, dvalues):
        self.dinputs = relu_prime(self.inputs) * dvalues
