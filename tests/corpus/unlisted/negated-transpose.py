import numpy as np


class Layer_Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.01
        self.biases = np.zeros((1, n_out))

    # forward pass
    def forward(self, inputs):
        self.output = np.dot(inputs, self.weights) + self.biases
        self.inputs = inputs

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = -np.dot(self.weights, dvalues.T)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


X = np.random.randn(8, 4)
dense = Layer_Dense(4, 3)
relu = Activation_ReLU()
for epoch in range(100):
    dense.forward(X)
    relu.forward(dense.output)
    relu.backward(relu.output)
    dense.backward(relu.dinputs)
    dense.weights -= 0.001 * dense.dweights
    dense.biases -= 0.001 * dense.dbiases
