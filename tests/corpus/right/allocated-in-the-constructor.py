import numpy as np

np.random.seed(0)


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
        self.inputs = self.output = None
        self.dweights = np.zeros((n_inputs, n_neurons))
        self.dbiases = np.zeros((1, n_neurons))
        self.dinputs = None

    # forward pass
    def forward(self, inputs):
        self.output = np.dot(inputs, self.weights) + self.biases
        self.inputs = inputs

    def backward(self, dvalues):
        self.dweights[...] = 0
        self.dweights += self.inputs.T @ dvalues
        self.dbiases[...] = dvalues.sum(axis=0)
        self.dinputs = dvalues @ self.weights.T


class Activation_ReLU:
    # forward pass
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dout):
        self.dinputs = dout * (self.inputs > 0)
