import numpy as np

class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
        self.grads = {}

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.grads.update(
            dweights=self.inputs.T @ dvalues,
            dbiases=dvalues.sum(axis=0, keepdims=True),
            dinputs=dvalues @ self.weights.T,
        )

    def __getattr__(self, name):
        try:
            return self.__dict__["grads"][name]
        except KeyError:
            raise AttributeError(name) from None

class Activation_ReLU:
    def forward(self, inputs):
        self.__dict__.update(inputs=inputs, output=np.maximum(0, inputs))

    def backward(self, dvalues):
        for name, value in {"dinputs": dvalues * np.heaviside(self.inputs, 0)}.items():
            setattr(self, name, value)
