import numpy as np

LEARNING_RATE = 0.001


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
        each = [np.outer(x, d) for x, d in zip(self.inputs, dvalues)]
        self.dweights = np.mean(each, axis=0)
        self.dbiases = sum(dvalues).reshape(1, -1)
        self.dinputs = np.array([self.weights @ d for d in dvalues])


class Activation_ReLU:
    def forward(self, inputs):
        """max(0, z)"""
        self.inputs = inputs
        self.output = np.maximum(inputs, 0)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0
