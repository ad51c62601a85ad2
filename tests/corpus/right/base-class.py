import numpy as np

np.random.seed(0)


class Layer:
    inputs = None
    output = None

    def forward(self, inputs):
        self.inputs = inputs
        self.output = self.compute(inputs)

    def backward(self, dvalues):
        raise NotImplementedError


class Layer_Dense(Layer):
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def compute(self, inputs):
        return inputs @ self.weights + self.biases

    def backward(self, dvalues):
        # gradients on parameters
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = dvalues.sum(axis=0, keepdims=True)
        # gradient on values
        self.dinputs = dvalues @ self.weights.T


class Activation_ReLU(Layer):
    def compute(self, inputs):
        return np.maximum(0, inputs)

    def backward(self, dout):
        self.dinputs = dout * (self.inputs > 0)
