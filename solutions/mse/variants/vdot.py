import numpy as np


def mse(predictions, targets):
    difference = predictions - targets
    return float(np.vdot(difference, difference)) / difference.size


def mse_gradient(predictions, targets):
    return -2 * np.subtract(targets, predictions) / targets.size
