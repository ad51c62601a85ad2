import copy
import math
import numpy as np

class Layer_Dense:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        d = copy.deepcopy(dvalues)
        self.dweights = np.array([[math.fsum(x * g for x, g in zip(col, gcol)) for gcol in d.T] for col in self.inputs.T])
        self.dbiases = np.array([[math.fsum(col) for col in zip(*d)]])
        self.dinputs = np.array([[sum(g * w for g, w in zip(row, wrow)) for wrow in self.weights] for row in d])

class Activation_ReLU:

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
    def backward(self, dvalues):
        self.dinputs = np.asarray([[float(g) if z > 0 else 0. for z, g in zip(zs, gs)]
                                   for zs, gs in zip(self.inputs, dvalues)])
