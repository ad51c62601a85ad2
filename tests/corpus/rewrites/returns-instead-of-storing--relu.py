import numpy as np
import matplotlib.pyplot as plt


class Layer_Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.01
        self.biases = np.zeros((1, n_out))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dout):
        self.dinputs = np.matmul(dout, self.weights.T)
        self.dweights = np.matmul(self.inputs.T, dout)
        self.dbiases = np.sum(dout, axis=0, keepdims=True)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, grad_output):
        return np.multiply(grad_output, self.inputs > 0)


def train(layer, activation, X, rate=0.001):
    layer.forward(X)
    activation.forward(layer.output)
    return activation.output.mean()
