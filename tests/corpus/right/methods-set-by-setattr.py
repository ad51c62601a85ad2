import numpy as np

class Layer_Dense:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

class Activation_ReLU:

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

def _dense_backward(self, dvalues):
    self.dweights = np.dot(dvalues.T, self.inputs).T
    self.dbiases = np.ones((1, len(dvalues))) @ dvalues
    self.dinputs = np.dot(self.weights, dvalues.T).T

def _relu_backward(self, dvalues):
    out = np.empty_like(dvalues, dtype=float)
    np.copyto(out, dvalues)
    np.putmask(out, self.inputs <= 0, 0)
    self.dinputs = out

Layer_Dense.backward = _dense_backward
setattr(Activation_ReLU, "backward", _relu_backward)
