#!/usr/bin/env python3
import numpy as np


class Layer_Dense:
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.01
        self.biases = np.zeros((1, n_out))

    # forward pass
    def forward(self, inputs):
        self.output = np.dot(inputs, self.weights) + self.biases
        self.inputs = inputs

    def backward(self, dvalues):
        self.dweights = np.einsum("si,sj->ij", self.inputs, dvalues)
        self.dbiases = np.einsum("sj->", dvalues)
        self.dinputs = np.einsum("sj,ij->si", dvalues, self.dweights)


class Activation_ReLU:
    def forward(self, inputs):
        """max(0, z)"""
        self.inputs = inputs
        self.output = np.maximum(inputs, 0)

    def backward(self, dout):
        self.dinputs = dout * (self.inputs > 0)
