import numpy as np


def mse(predictions, targets):
    difference = predictions - targets
    return np.einsum("ij,ij->", difference, difference) / difference.size


def mse_gradient(predictions, targets):
    return np.einsum("ij,->ij", predictions - targets, 2 / predictions.size)
