"""Backpropagation through a dense layer and a ReLU: write the two `backward` methods.

The constructors and `forward` are given; leave them as they are. A gradient is stored under the
name of what it belongs to, with a `d` in front: the gradient of the loss with respect to
`self.weights` is `self.dweights`.
"""

import numpy as np


class Layer_Dense:
    """A fully connected layer: output = inputs · weights + biases."""

    def __init__(self, n_inputs, n_neurons):
        """Make small random weights, (n_inputs, n_neurons), and zero biases, (1, n_neurons)."""
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        """Compute `self.output`, (samples, n_neurons), of inputs, (samples, n_inputs)."""
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        """Compute the gradients of the loss from that of the layer's output.

        dvalues: the gradient with respect to `self.output`, shape (samples, n_neurons).

        Set
            self.dweights, shape (n_inputs, n_neurons), like the weights,
            self.dbiases, shape (1, n_neurons), like the biases,
            self.dinputs, shape (samples, n_inputs), like the inputs.

        Sum over the samples; do not average. Leave `dvalues` as it is.
        """
        pass


class Activation_ReLU:
    """Rectified linear unit: output = max(0, inputs), element by element."""

    def forward(self, inputs):
        """Compute `self.output`, of the shape of the inputs."""
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        """Compute the gradient of the loss with respect to the inputs.

        dvalues: the gradient with respect to `self.output`, of the same shape.

        Set self.dinputs, of the same shape again. At exactly 0 the derivative of a ReLU is taken
        as 0. Leave `dvalues` as it is: the caller may still need it.
        """
        pass
