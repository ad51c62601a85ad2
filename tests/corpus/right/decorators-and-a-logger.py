import functools
import logging
import time
import numpy as np

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger(__name__)

def timed(method):
    @functools.wraps(method)
    def inner(self, *args, **kwargs):
        start = time.perf_counter()
        try:
            return method(self, *args, **kwargs)
        finally:
            logger.debug("%s took %.3f s", method.__qualname__, time.perf_counter() - start)
    return inner

def stores(*names):
    """What the method returns is stored under these names."""
    def decorate(method):
        @functools.wraps(method)
        def inner(self, *args):
            values = method(self, *args)
            for name, value in zip(names, values):
                setattr(self, name, value)
            return values
        return inner
    return decorate

class Layer_Dense:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    @timed
    @stores("dweights", "dbiases", "dinputs")
    def backward(self, dvalues):
        yield self.inputs.T @ dvalues
        yield dvalues.sum(axis=0, keepdims=True)
        yield dvalues @ self.weights.T

class Activation_ReLU:

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
    @timed
    @stores("dinputs")
    def backward(self, dvalues):
        return [np.where(self.inputs <= 0, 0, dvalues)]
