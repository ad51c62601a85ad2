import numpy as np

VERSION = (1, 2)
NAME = f"layers-{VERSION[0]}.{VERSION[1]}"
AXES = {name: axis for axis, name in enumerate(["samples", "neurons"])}
EVEN = [n for n in range(10) if n % 2 == 0]
GATES = {}
GATES["relu"] = lambda z: (z > 0) * 1.0
GATES["tanh"] = lambda z: 1 - np.tanh(z) ** 2
FIELDS = "weights biases inputs".split()
ONE = np.arange(1, 2).reshape(1, 1).astype(float)

class Layer_Dense:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        grads = [self.inputs.T @ dvalues, dvalues.sum(axis=AXES["samples"], keepdims=True), dvalues @ self.weights.T]
        for field, grad in zip(FIELDS, grads):
            setattr(self, "d" + field, grad * ONE[0, 0])
        self.tag = f"{NAME}:{len(EVEN)}"

class Activation_ReLU:

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
    def backward(self, dvalues):
        self.dinputs = dvalues * GATES["relu"](self.inputs)
