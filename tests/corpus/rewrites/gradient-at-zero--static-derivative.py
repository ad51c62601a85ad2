import numpy as np

LEARNING_RATE = 0.001


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_ReLU:
    def forward(self, inputs):
        """max(0, z)"""
        self.inputs = inputs
        self.output = np.maximum(inputs, 0)

    @staticmethod
    def derivative(z):
        return 1 - np.less(z, 0)

    def backward(self, grads):
        self.dinputs = grads * self.derivative(self.inputs)


layer = Layer_Dense(4, 3)
layer.forward(np.array([[1.0, 2.0, 3.0, 2.5]]))
assert layer.output.shape == (1, 3)
