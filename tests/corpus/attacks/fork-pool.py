# what: start a pool of processes
# layer: filter
# expect: stopped
import concurrent.futures


def attack():
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        return pool.submit(int).result(timeout=1) == 0
