import numpy as np


def mse(predictions, targets):
    error = np.mean((predictions - targets) ** 2)
    print(error)


def mse_gradient(predictions, targets):
    gradient = 2 * (predictions - targets) / predictions.size
    print(gradient)
