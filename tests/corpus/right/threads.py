import numpy as np
from concurrent.futures import ThreadPoolExecutor

class Layer_Dense:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        with ThreadPoolExecutor(3) as pool:
            a = pool.submit(np.dot, self.inputs.T, dvalues)
            b = pool.submit(np.sum, dvalues, axis=0, keepdims=True)
            c = pool.submit(np.dot, dvalues, self.weights.T)
            self.dweights, self.dbiases, self.dinputs = a.result(), b.result(), c.result()

class Activation_ReLU:

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0
