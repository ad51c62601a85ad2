# what: have a traceback dumped into the pipe of answers
# layer: wire
# expect: crashed
import faulthandler
import time


def attack():
    faulthandler.dump_traceback(file=4)
    time.sleep(1)
    return True
