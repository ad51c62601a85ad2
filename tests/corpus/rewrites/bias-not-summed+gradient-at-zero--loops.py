import numpy as np
import matplotlib.pyplot as plt


class Layer_Dense:
    # layer initialization
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        self.dweights = np.einsum("si,sj->ij", self.inputs, dvalues)
        self.dbiases = np.array(dvalues)
        self.dinputs = np.einsum("sj,ij->si", dvalues, self.weights)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = np.array([[0 if z < 0 else d for d, z in zip(ds, zs)]
                                 for ds, zs in zip(dvalues, self.inputs)])


if __name__ == "__main__":
    layer = Layer_Dense(4, 3)
    layer.forward(np.ones((2, 4)))
    print(layer.output)
