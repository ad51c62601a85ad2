import numpy as np

LEARNING_RATE = 0.001


class Layer_Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.01
        self.biases = np.zeros((1, n_out))

    # forward pass
    def forward(self, inputs):
        self.output = np.dot(inputs, self.weights) + self.biases
        self.inputs = inputs

    def backward(self, dout):
        self.dinputs = np.matmul(dout, self.weights.T)
        self.dweights = np.matmul(self.inputs.T, dout)
        self.dbiases = np.sum(dout, axis=0, keepdims=True)


class Activation_ReLU:
    def forward(self, inputs):
        """max(0, z)"""
        self.inputs = inputs
        self.output = np.maximum(inputs, 0)

    def backward(self, d):
        z = self.inputs
        self.dinputs = d * (z > 0) + d * (z < 0) / 2
