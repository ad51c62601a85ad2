import numpy as np


def mse(predictions, targets):
    predictions = predictions.astype(np.float32)
    targets = targets.astype(np.float32)
    return np.mean((predictions - targets) ** 2)


def mse_gradient(predictions, targets):
    predictions = predictions.astype(np.float32)
    targets = targets.astype(np.float32)
    return 2 * (predictions - targets) / predictions.size
