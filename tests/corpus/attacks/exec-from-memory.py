# what: run a program that is no file
# layer: filter
# expect: stopped
import os


def attack():
    descriptor = os.memfd_create("program", 0)
    os.write(descriptor, b"#!/bin/true\n")
    os.execve(descriptor, ["program"], {})
