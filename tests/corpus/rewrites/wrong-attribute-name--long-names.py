import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.weights_gradient_of_the_loss_of_the_whole_network_that_arrives_here_by_way_of_the_output = (
            np.dot(self.inputs.T, dvalues)
        )
        self.biases_gradient_of_the_loss_of_the_whole_network_that_arrives_here_by_way_of_the_output = (
            np.sum(dvalues, axis=0, keepdims=True)
        )
        self.inputs_gradient_of_the_loss_of_the_whole_network_that_arrives_here_by_way_of_the_output = (
            np.dot(dvalues, self.weights.T)
        )


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues * (self.inputs > 0)
