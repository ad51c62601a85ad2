# Backpropagation, exercises 1 and 2
import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, x):
        self.inputs = x
        self.output = np.subtract(np.matmul(x, self.weights), self.biases)

    def backward(self, dvalues):
        self.dweights = np.matmul(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, 0, keepdims=True)
        self.dinputs = np.matmul(dvalues, self.weights.T)


class Activation_ReLU:
    # forward pass
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


def train(layer, activation, X, rate=0.001):
    layer.forward(X)
    activation.forward(layer.output)
    return activation.output.mean()
