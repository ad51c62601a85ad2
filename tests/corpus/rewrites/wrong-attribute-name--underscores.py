# Backpropagation, exercises 1 and 2
import numpy as np


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
        values = (self.inputs.T @ dvalues, dvalues.sum(0, keepdims=True), dvalues @ self.weights.T)
        for name, value in zip(("weights", "biases", "inputs"), values):
            setattr(self, "d_" + name, value)


class Activation_ReLU:
    # forward pass
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        setattr(self, "d_inputs", np.where(self.inputs > 0, dvalues, 0))
