import numpy as np


def mse(predictions, targets):
    squares = np.array(predictions, dtype=float)
    squares -= targets
    squares **= 2
    return squares.mean()


def mse_gradient(predictions, targets):
    gradient = np.array(predictions, dtype=float)
    gradient -= targets
    gradient *= 2
    gradient /= gradient.size
    return gradient
