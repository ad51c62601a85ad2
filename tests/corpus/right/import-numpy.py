import numpy
import numpy.random as rnd


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * rnd.randn(n_inputs, n_neurons)
        self.biases = numpy.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = numpy.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = numpy.dot(self.inputs.T, dvalues)
        self.dbiases = numpy.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = numpy.dot(dvalues, self.weights.T)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = numpy.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = numpy.copy(dvalues)
        self.dinputs[self.inputs <= 0] = 0
