# what: compute without end, in several threads at once
# layer: deadline
# expect: timed_out
import threading

import numpy as np


def work():
    matrix = np.eye(300)
    for _ in range(10**6):
        matrix = matrix @ matrix


def attack():
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return True
