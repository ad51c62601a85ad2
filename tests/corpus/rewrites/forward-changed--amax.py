import numpy as np


class Layer_Dense:
    # layer initialization
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(np.transpose(self.inputs), dvalues)
        self.dbiases = np.sum(dvalues, axis=0).reshape(1, -1)
        self.dinputs = np.dot(dvalues, np.transpose(self.weights))


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.amax(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)


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
