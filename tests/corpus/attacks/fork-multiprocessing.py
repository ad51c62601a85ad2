# what: start a process with multiprocessing
# layer: filter
# expect: stopped
import multiprocessing


def attack():
    process = multiprocessing.get_context("fork").Process(target=int)
    process.start()
    process.join()
    return process.exitcode == 0
