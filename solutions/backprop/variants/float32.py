import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        upstream = dvalues.astype(np.float32)
        self.dweights = self.inputs.astype(np.float32).T @ upstream
        self.dbiases = upstream.sum(axis=0, keepdims=True)
        self.dinputs = upstream @ self.weights.astype(np.float32).T


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.astype(np.float32) * (self.inputs > 0)
