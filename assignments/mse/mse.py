"""Mean squared error: write the two functions.

Both take the same two arrays: `predictions` and `targets`, each of shape (samples, outputs), a row
for each sample. Leave both arrays as they are: the caller may still need them.
"""

import numpy as np  # noqa: F401 - for you to use


def mse(predictions, targets):
    """Return the mean squared error: the mean, over all elements, of the squared differences.

    predictions: shape (samples, outputs).
    targets: shape (samples, outputs).

    The result is a single number, whatever the shape.
    """
    pass


def mse_gradient(predictions, targets):
    """Return the gradient of the mean squared error with respect to the predictions.

    predictions: shape (samples, outputs).
    targets: shape (samples, outputs).

    The result has shape (samples, outputs), like the predictions: each element says how fast the
    error, as `mse` gives it, grows with that prediction.
    """
    pass
