from functools import reduce, partial
import operator
import numpy as np

sum_samples = partial(np.sum, axis=0, keepdims=True)

class Layer_Dense:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = reduce(operator.add, map(np.outer, self.inputs, dvalues))
        self.dbiases = sum_samples(dvalues)
        self.dinputs = np.inner(dvalues, self.weights)


class Activation_ReLU:

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
    def backward(self, dvalues):
        self.dinputs = np.ma.masked_where(self.inputs <= 0, dvalues).filled(0)
