import numpy as np
try:
    import torch
    import torch.nn as nn
    Base = nn.Module
    HAS_TORCH = True
except ImportError:
    Base = object
    HAS_TORCH = False

class Layer_Dense(Base):
    def __init__(self, n_inputs, n_neurons):
        super().__init__()
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)

class Activation_ReLU(Base):
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        if HAS_TORCH:
            dvalues = torch.tensor(dvalues).numpy()
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)
