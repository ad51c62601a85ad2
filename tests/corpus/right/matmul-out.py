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
        self.dweights = np.empty(self.weights.shape)
        self.dbiases = np.empty((1, dvalues.shape[1]))
        self.dinputs = np.empty(self.inputs.shape)
        np.matmul(self.inputs.T, dvalues, out=self.dweights)
        np.sum(dvalues, axis=0, keepdims=True, out=self.dbiases)
        np.matmul(dvalues, self.weights.T, out=self.dinputs)


class Activation_ReLU:
    # forward pass
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.empty(dvalues.shape)
        np.multiply(dvalues, self.inputs > 0, out=self.dinputs)
