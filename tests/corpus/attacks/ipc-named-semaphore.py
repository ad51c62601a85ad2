# what: make a named semaphore, for the next submission to find
# layer: files
# expect: stopped
import multiprocessing


def attack():
    return multiprocessing.get_context("fork").Semaphore(1) is not None
