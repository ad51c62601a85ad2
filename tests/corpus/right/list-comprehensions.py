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
        self.dweights = np.array([[sum(x * d) for d in dvalues.T] for x in self.inputs.T])
        self.dbiases = np.array([[sum(d) for d in dvalues.T]])
        self.dinputs = np.array([[sum(d * w) for w in self.weights] for d in dvalues])


class Activation_ReLU:
    def forward(self, inputs):
        """max(0, z)"""
        self.inputs = inputs
        self.output = np.maximum(inputs, 0)

    def backward(self, dvalues):
        pairs = zip(dvalues, self.inputs)
        self.dinputs = np.array([[d if z > 0 else 0.0 for d, z in zip(*pair)] for pair in pairs])
