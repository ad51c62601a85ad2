import numpy as np


def mse(predictions, targets):
    return np.sum((predictions - targets) ** 2)


def mse_gradient(predictions, targets):
    return 2 * (predictions - targets) / predictions.size
