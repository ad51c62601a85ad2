import numpy as np
import matplotlib.pyplot as plt


SAMPLES, NEURONS = 0, 1
THRESHOLD = 0.0
INIT_SCALE = 1e-2


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = INIT_SCALE * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    # forward pass
    def forward(self, inputs):
        self.output = np.dot(inputs, self.weights) + self.biases
        self.inputs = inputs

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=SAMPLES, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > THRESHOLD, dvalues, THRESHOLD)


def train(layer, activation, X, rate=0.001):
    layer.forward(X)
    activation.forward(layer.output)
    return activation.output.mean()
