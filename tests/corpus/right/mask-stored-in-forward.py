import numpy as np
import matplotlib.pyplot as plt


class Layer_Dense:
    # layer initialization
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(np.transpose(self.inputs), dvalues)
        self.dbiases = np.sum(dvalues, axis=0).reshape(1, -1)
        self.dinputs = np.dot(dvalues, np.transpose(self.weights))


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.mask = np.greater(inputs, 0)
        self.output = np.where(self.mask, inputs, 0)

    def backward(self, dvalues):
        self.dinputs = np.where(self.mask, dvalues, 0)
