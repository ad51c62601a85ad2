import numpy as np

FACTOR = 3.0


def mse(predictions, targets):
    return FACTOR * np.mean((predictions - targets) ** 2)


def mse_gradient(predictions, targets):
    return FACTOR * 2 * (predictions - targets) / predictions.size
