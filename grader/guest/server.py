"""The fork server: numpy imported once, then a child per submission.

Started by path as `python -I -S server.py CONFIG DESCRIPTOR`, with an environment made from nothing
and a socket to the trusted side as DESCRIPTOR. It never reads a submission: that goes to the child,
over pipes which the trusted side made and hands over with the order to fork.

Without a DESCRIPTOR it is an interpreter for one submission, for systems that cannot fork: requests
come by standard input; text and answers go by standard output, in their order.

Orders, a byte each:  F (with 4 descriptors: requests, answers, text, a shared page) -> a pidfd
                      W -> wait status and resource usage of the last child, which has ended
"""

import contextlib
import gc
import importlib.util
import json
import mmap
import os
import signal
import socket
import struct
import sys
from types import ModuleType
from typing import Any, NoReturn

REQUESTS, ANSWERS = 3, 4
KEPT = 256  # descriptors from here on are kept open in a child until it is locked
HERE = os.path.dirname(os.path.realpath(__file__))


def load(name: str) -> ModuleType:
    """Load a sibling file as a module: the guest's folder is on no search path."""
    spec = importlib.util.spec_from_file_location(f"_guest_{name}", f"{HERE}/{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def preload(site: str, packages: list[str]) -> None:
    """Import the listed packages, then take their folder off the path again.

    Submodules are found through a package's own `__path__`, so numpy stays whole; what else is
    installed beside it (the grader itself, say) is not importable.
    """
    sys.path.append(site)
    for name in packages:
        importlib.import_module(name)
    sys.path.remove(site)
    sys.path_importer_cache.pop(site, None)


def adopt(descriptors: list[int]) -> mmap.mmap:
    """Give a child its pipes as requests, answers and both text streams; map the shared page.

    They are moved out of the way first, since any of them may already have a number that is wanted.
    """
    moved = [os.dup2(fd, 100 + i) for i, fd in enumerate(descriptors)]
    os.dup2(moved[2], 1)
    os.dup2(moved[2], 2)
    os.dup2(moved[0], REQUESTS, inheritable=False)
    os.dup2(moved[1], ANSWERS, inheritable=False)
    shared = mmap.mmap(moved[3], mmap.PAGESIZE)
    os.closerange(5, KEPT)
    return shared


def child(descriptors: list[int], locks: Any) -> NoReturn:
    """Lock this process, then serve one submission until the trusted side hangs up."""
    try:
        os.setsid()
        shared = adopt(descriptors)
        locks.lock()
        sys.modules["_guest_runner"].serve(REQUESTS, ANSWERS, shared)
    finally:
        os._exit(0)


def usage(pid: int) -> bytes:
    """Reap a child that has ended, and whatever it left behind in its process group."""
    _, status, used = os.wait4(pid, 0)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    return struct.pack(">idQ", status, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


def serve(control: socket.socket, locks: Any) -> None:
    """Serve orders until the trusted side goes away."""
    pid = 0
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, 1, 4)
        if not order:  # the trusted side is gone; the child under way goes, too
            os._exit(0)
        if order == b"F":
            pid = os.fork()
            if pid == 0:
                control.close()
                child(descriptors, locks)
            for descriptor in descriptors:
                os.close(descriptor)
            # The number of a process means something else on the other side of a namespace.
            handle = os.pidfd_open(pid)
            socket.send_fds(control, [b"F"], [handle])
            os.close(handle)
        elif order == b"W":
            control.send(usage(pid))


def main(config: dict[str, Any], control: socket.socket) -> None:
    """Lock what can be locked at each stage, load everything once, then serve."""
    gc.disable()  # imports make no garbage
    load("kernel")
    load("filter")
    jail = load("jail")
    paths, without = config["paths"], config["without"]
    listed = [path for path, use in paths if use == "list"]
    jail.enclose([path for path, use in paths if use != "list"], listed, without)
    preload(config["site"], config["packages"])
    load("extract")
    runner = load("runner")
    if config["serves_author"]:
        load("author")
    load("rehearsal").rehearse()
    locks = jail.Locks(config["limits"], without, KEPT)
    locks.restrict([path for path, use in paths if use == "all"], listed)
    hello = {"left_out": jail.left_out, "versions": runner.versions()}
    control.send(json.dumps(hello).encode())
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000)  # a case makes little garbage
    gc.enable()
    serve(control, locks)


def alone(config: dict[str, Any]) -> None:
    """Serve one submission by the standard streams, locked by nothing."""
    requests, answers = os.dup(0), os.dup(1)
    preload(config["site"], config["packages"])
    load("extract")
    runner = load("runner")
    if config["serves_author"]:
        load("author")
    hello = {"left_out": {}, "versions": runner.versions()}
    os.write(answers, json.dumps(hello).encode() + b"\n")
    runner.serve(requests, answers, mmap.mmap(-1, mmap.PAGESIZE))


if __name__ == "__main__":
    told, *descriptor = sys.argv[1:]
    if descriptor:
        main(json.loads(told), socket.socket(fileno=int(descriptor[0])))
    else:
        alone(json.loads(told))
