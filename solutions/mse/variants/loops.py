import numpy as np


def mse(predictions, targets):
    samples, outputs = predictions.shape
    total = 0.0
    for i in range(samples):
        for j in range(outputs):
            total += (predictions[i, j] - targets[i, j]) ** 2
    return total / (samples * outputs)


def mse_gradient(predictions, targets):
    samples, outputs = predictions.shape
    gradient = np.zeros((samples, outputs))
    for i in range(samples):
        for j in range(outputs):
            gradient[i, j] = 2 * (predictions[i, j] - targets[i, j]) / (samples * outputs)
    return gradient
