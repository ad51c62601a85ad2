# what: read memory through /proc/self/mem
# layer: files
# expect: stopped
def attack():
    here = b"here"
    with open("/proc/self/mem", "rb", 0) as memory:
        memory.seek(id(here))
        return len(memory.read(8)) == 8
