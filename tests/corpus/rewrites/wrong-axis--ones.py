import numpy as np

np.random.seed(0)


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
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = dvalues @ np.ones((dvalues.shape[1], 1))
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_ReLU:
    # forward pass
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dout):
        self.dinputs = dout * (self.inputs > 0)


def train(layer, activation, X, rate=0.001):
    layer.forward(X)
    activation.forward(layer.output)
    return activation.output.mean()
