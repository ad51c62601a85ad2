import numpy as np

class Layer_Dense:

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        # complex-step derivative, exact for linear maps
        h = 1e-30
        f = lambda X, W, B: np.sum((X @ W + B) * dvalues)
        params = [self.inputs.astype(complex), self.weights.astype(complex), self.biases.astype(complex)]
        grads = []
        for p in params:
            g = np.zeros(p.shape)
            for idx in np.ndindex(*p.shape):
                p[idx] += 1j * h
                g[idx] = f(*params).imag / h
                p[idx] = p[idx].real
            grads.append(g)
        self.dinputs, self.dweights, self.dbiases = grads

class Activation_ReLU:

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0
