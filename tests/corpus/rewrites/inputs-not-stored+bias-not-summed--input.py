import numpy as np

np.random.seed(0)


class Layer_Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.01
        self.biases = np.zeros((1, n_out))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = np.reshape(dvalues, (-1, dvalues.shape[1]))
        self.dinputs = dvalues @ self.weights.T


class Activation_ReLU:
    def forward(self, x):
        self.output = np.clip(x, 0, None)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)


def train(layer, activation, X, rate=0.001):
    layer.forward(X)
    activation.forward(layer.output)
    return activation.output.mean()
