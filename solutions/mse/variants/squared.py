import numpy as np


def mse(predictions, targets):
    return np.square(np.subtract(targets, predictions)).mean()


def mse_gradient(predictions, targets):
    samples, outputs = targets.shape
    return (predictions - targets) * (2 / (samples * outputs))
