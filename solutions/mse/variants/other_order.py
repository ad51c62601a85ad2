import numpy as np


def mse(predictions, targets):
    columns = zip(predictions.T[::-1], targets.T[::-1], strict=True)
    means = [np.mean((p - t) ** 2) for p, t in columns]
    return sum(means) / len(means)


def mse_gradient(predictions, targets):
    rows = zip(predictions, targets, strict=True)
    return np.array([2 * (p - t) / predictions.size for p, t in rows])
