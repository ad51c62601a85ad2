from numpy import *


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * random.randn(n_inputs, n_neurons)
        self.biases = zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = dot(self.inputs.T, dvalues)
        self.dbiases = sum(dvalues, axis=0, keepdims=True)
        self.dinputs = dot(dvalues, self.weights.T)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = where(self.inputs > 0, dvalues, 0)
