import numpy as np


def mse(predictions, targets):
    squares = (predictions - targets) ** 2
    return np.sum(squares) / len(predictions)


def mse_gradient(predictions, targets):
    return 2 * (predictions - targets) / predictions.size
