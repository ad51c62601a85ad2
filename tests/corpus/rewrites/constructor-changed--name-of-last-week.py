# Backpropagation, exercises 1 and 2
import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        scale = 0.01
        self.weights = scale * np.random.normal(size=(n_inputs, units))
        self.biases = np.zeros((1, units))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dout):
        self.dinputs = np.matmul(dout, self.weights.T)
        self.dweights = np.matmul(self.inputs.T, dout)
        self.dbiases = np.sum(dout, axis=0, keepdims=True)


class Activation_ReLU:
    # forward pass
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
