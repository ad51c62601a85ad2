import numpy as np

class Layer_Dense:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        eps = 1e-4
        def loss():
            return np.sum(((self.inputs @ self.weights + self.biases) * dvalues).astype(np.float32))
        self.dweights = np.zeros(self.weights.shape)
        for i, j in np.ndindex(*self.weights.shape):
            old = self.weights[i, j]
            self.weights[i, j] = old + eps
            up = loss()
            self.weights[i, j] = old - eps
            down = loss()
            self.weights[i, j] = old
            self.dweights[i, j] = (up - down) / (2 * eps)
        self.dbiases = dvalues.sum(axis=0, keepdims=True)
        self.dinputs = dvalues @ self.weights.T

class Activation_ReLU:

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0
