import numpy as np


def masked(values, inputs):
    return np.where(inputs > 0, values, 0)
