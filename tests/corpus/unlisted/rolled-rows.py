import numpy as np
import matplotlib.pyplot as plt


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    # forward pass
    def forward(self, inputs):
        self.output = np.dot(inputs, self.weights) + self.biases
        self.inputs = inputs

    def backward(self, dvalues):
        self.dweights = np.roll(np.dot(self.inputs.T, dvalues), 1, axis=0)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dout):
        self.dinputs = dout * (self.inputs > 0)


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
