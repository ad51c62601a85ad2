import importlib
import numpy
np = importlib.import_module("numpy")
from pathlib import Path
import re
from enum import Enum

HERE = Path(__file__).resolve().parent
NAME = re.compile(r"d(weights|biases|inputs)")
rng = np.random.default_rng(seed=42)
XP = numpy
GATES = {"relu": lambda z: (z > 0) * 1.0, "tanh": lambda z: 1 - np.tanh(z) ** 2}

class Axis(Enum):
    SAMPLES = 0
    NEURONS = 1

class Layer_Dense:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = XP.dot(self.inputs.T, dvalues)
        self.dbiases = XP.sum(dvalues, axis=Axis.SAMPLES.value, keepdims=True)
        self.dinputs = XP.dot(dvalues, self.weights.T)

class Activation_ReLU:

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
    def backward(self, dvalues):
        self.dinputs = GATES["relu"](self.inputs) * dvalues
