import numpy as np


def mse(predictions, targets):
    difference = np.ravel(predictions - targets)
    return np.dot(difference, difference) / len(difference)


def mse_gradient(predictions, targets):
    difference = predictions - targets
    return np.multiply(2.0, difference) / np.prod(difference.shape)
