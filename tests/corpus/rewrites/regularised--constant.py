import numpy as np


L2 = 0.25


def penalty(weights):
    return L2 * (weights + weights)


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        data = np.einsum("si,sj->ij", self.inputs, dvalues)
        self.dweights = np.sum([data, penalty(self.weights)], axis=0)
        self.dbiases = dvalues.sum(axis=0, keepdims=True)
        self.dinputs = np.einsum("sj,ij->si", dvalues, self.weights)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


if __name__ == "__main__":
    layer = Layer_Dense(4, 3)
    layer.forward(np.ones((2, 4)))
    print(layer.output)
