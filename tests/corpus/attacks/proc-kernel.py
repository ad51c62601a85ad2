# what: read what /proc tells of this host
# layer: files
# expect: stopped
def attack():
    for name in ("cpuinfo", "version", "meminfo", "cmdline", "mounts", "sys/kernel/hostname"):
        try:
            if open(f"/proc/{name}").read(1):
                return True
        except OSError:
            pass
    return False
