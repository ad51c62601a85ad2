# what: share memory between submissions with multiprocessing
# layer: files
# expect: stopped
from multiprocessing import shared_memory


def attack():
    block = shared_memory.SharedMemory(create=True, size=1)
    block.close()
    block.unlink()
    return True
