#!/usr/bin/env python3
import numpy as np


class Layer_Dense:
    inputs = None

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, batch):
        if self.inputs is None:
            self.inputs = batch
        self.output = np.matmul(batch, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.einsum("si,sj->ij", self.inputs, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.matmul(dvalues, self.weights.T)


class Activation_ReLU:
    def forward(self, inputs):
        """max(0, z)"""
        self.inputs = inputs
        self.output = np.maximum(inputs, 0)

    def backward(self, dout):
        self.dinputs = dout * (self.inputs > 0)
