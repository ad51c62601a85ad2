import numpy as np


class Layer:
    def forward(self, inputs):
        self.inputs = inputs


class Layer_Dense(Layer):
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.output = np.matmul(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.matmul(self.inputs.T, dvalues)
        self.dbiases = dvalues.sum(0, keepdims=True)
        self.dinputs = np.matmul(dvalues, self.weights.T)


class Activation_ReLU(Layer):
    def forward(self, inputs):
        self.output = inputs * (inputs > 0)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)


if __name__ == "__main__":
    layer = Layer_Dense(4, 3)
    layer.forward(np.ones((2, 4)))
    print(layer.output)
