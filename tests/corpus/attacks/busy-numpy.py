# what: compute without end, in BLAS
# layer: deadline
# expect: timed_out
import numpy as np


def attack():
    matrix = np.eye(1000)
    for _ in range(10**6):
        matrix = matrix @ matrix
    return True
