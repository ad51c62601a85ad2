import numpy as np

np.random.seed(0)


class Layer_Dense:
    # layer initialization
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dinputs = dvalues @ self.weights.T
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = np.eye(len(dvalues)) @ dvalues


class Activation_ReLU:
    # forward pass
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dout):
        self.dinputs = dout * (self.inputs > 0)
