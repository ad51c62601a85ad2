import numpy as np

class Layer_Dense:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        x, d, w = map(np.asmatrix, (self.inputs, dvalues, self.weights))
        self.dweights = np.asarray(x.T * d)
        self.dbiases = np.asarray(d.sum(axis=0))
        self.dinputs = np.asarray(d * w.T)

class Activation_ReLU:

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
    def backward(self, dvalues):
        self.dinputs = np.array(dvalues, dtype='float64')
        for row, col in np.argwhere(self.inputs <= 0):
            self.dinputs[row, col] = 0.
