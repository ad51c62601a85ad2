import numpy as np


def mse(predictions, targets):
    return np.mean(np.abs(predictions - targets))


def mse_gradient(predictions, targets):
    return np.sign(predictions - targets) / predictions.size
