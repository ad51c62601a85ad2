import collections
from typing import NamedTuple
import numpy as np

Cache = collections.namedtuple("Cache", ["inputs", "weights"])

class Gradients(NamedTuple):
    weights: np.ndarray
    biases: np.ndarray
    inputs: np.ndarray

def dense_backward(d, cache):
    return Gradients(cache.inputs.T @ d, d.sum(0, keepdims=True), d @ cache.weights.T)

class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        g = dense_backward(dvalues, Cache(self.inputs, self.weights))
        self.dweights, self.dbiases, self.dinputs = g
        return g

class Activation_ReLU:

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0
