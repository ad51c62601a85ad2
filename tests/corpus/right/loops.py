import numpy as np

np.random.seed(0)


class Layer_Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.01
        self.biases = np.zeros((1, n_out))

    # forward pass
    def forward(self, inputs):
        self.output = np.dot(inputs, self.weights) + self.biases
        self.inputs = inputs

    def backward(self, dvalues):
        samples, n_neurons = dvalues.shape
        n_inputs = self.inputs.shape[1]
        self.dweights = np.zeros((n_inputs, n_neurons))
        self.dbiases = np.zeros((1, n_neurons))
        self.dinputs = np.zeros((samples, n_inputs))
        for s in range(samples):
            for j in range(n_neurons):
                self.dbiases[0, j] += dvalues[s, j]
                for i in range(n_inputs):
                    self.dweights[i, j] += self.inputs[s, i] * dvalues[s, j]
                    self.dinputs[s, i] += dvalues[s, j] * self.weights[i, j]


class Activation_ReLU:
    # forward pass
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.zeros(dvalues.shape)
        for i in range(dvalues.shape[0]):
            for j in range(dvalues.shape[1]):
                if self.inputs[i, j] > 0:
                    self.dinputs[i, j] = dvalues[i, j]
