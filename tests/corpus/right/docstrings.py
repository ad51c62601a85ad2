"""Homework 3: backpropagation."""

import numpy as np


class Layer_Dense:
    """A fully connected layer.

    Attributes: weights, biases, inputs, output and the gradients.
    """

    def __init__(self, n_inputs, n_neurons):
        """Small random weights, zero biases."""
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        """y = x W + b"""
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        """Chain rule: each gradient has the shape of what it belongs to."""
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_ReLU:
    def forward(self, inputs):
        """max(0, z)"""
        self.inputs = inputs
        self.output = np.maximum(inputs, 0)

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)
