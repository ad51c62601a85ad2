import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.einsum("ki,kj->ij", self.inputs, dvalues)
        self.dbiases = np.einsum("kj->kj", dvalues)
        self.dinputs = np.einsum("kj,ij->ki", dvalues, self.weights)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


dense1 = Layer_Dense(2, 3)
activation1 = Activation_ReLU()
print(dense1.weights)
