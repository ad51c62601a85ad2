import numpy as np


def mse(predictions, targets):
    return np.mean((predictions - targets) ** 2)


def mse_gradient(predictions, targets):
    gradient = np.zeros_like(predictions)
    samples, outputs = predictions.shape
    for i in range(samples):
        for j in range(outputs):
            gradient[i, j] = 2 * (predictions[i, j] - targets[i, j]) / (samples * outputs)
    return gradient
