import numpy as np


def mse(predictions, targets):
    predictions -= targets
    return np.mean(predictions**2)


def mse_gradient(predictions, targets):
    predictions -= targets
    return 2 * predictions / predictions.size
