import numpy as np

class Layer_Dense:
    """Keeps everything in one matrix (weights with the biases below) and gives views of it."""
    def __init__(self, n_inputs, n_neurons):
        self._theta = np.vstack([0.01 * np.random.randn(n_inputs, n_neurons), np.zeros((1, n_neurons))])

    @property
    def weights(self):
        return self._theta[:-1]

    @weights.setter
    def weights(self, value):
        self._theta = np.vstack([value, self._theta[-1:]]).astype(float)

    @property
    def biases(self):
        return self._theta[-1:]

    @biases.setter
    def biases(self, value):
        self._theta = np.vstack([self._theta[:-1], value]).astype(float)

    def forward(self, inputs):
        self.inputs = inputs
        self._aug = np.hstack([inputs, np.ones((len(inputs), 1))])
        self.output = self._aug @ self._theta

    def backward(self, dvalues):
        grad = self._aug.T @ dvalues
        self.dweights, self.dbiases = grad[:-1], grad[-1:]
        self.dinputs = dvalues @ self.weights.T

class Activation_ReLU:

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0
