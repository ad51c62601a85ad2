import numpy as np
import matplotlib.pyplot as plt


class Layer_Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.01
        self.biases = np.zeros((1, n_out))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        x = self.inputs.astype(np.float64)
        w = self.weights.astype(np.float64)
        d = dvalues.astype(np.float64)
        self.dweights = x.T.dot(d)
        self.dbiases = d.sum(axis=0, keepdims=True, dtype=np.float64)
        self.dinputs = d.dot(w.T)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        d = np.asarray(dvalues, dtype=np.float64)
        self.dinputs = np.where(self.inputs > 0, d, 0.0)


dense1 = Layer_Dense(2, 3)
activation1 = Activation_ReLU()
print(dense1.weights)
