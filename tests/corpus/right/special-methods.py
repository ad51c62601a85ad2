import copy, pickle
import numpy as np

class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def __repr__(self):
        return f"Layer_Dense({self.weights.shape})"
    def __eq__(self, other):
        return np.array_equal(self.weights, other.weights)
    def __len__(self):
        return 0
    def __bool__(self):
        return False
    def __getstate__(self):
        return dict(self.__dict__)
    def forward(self, inputs):
        self.inputs = copy.deepcopy(inputs)
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        x, d = pickle.loads(pickle.dumps((self.inputs, dvalues)))
        self.dweights = x.T @ d
        self.dbiases = d.sum(axis=0, keepdims=True)
        self.dinputs = d @ self.weights.T

class Activation_ReLU(dict):
    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
    def backward(self, dvalues):
        self.dinputs = dvalues * (self.inputs > 0)
