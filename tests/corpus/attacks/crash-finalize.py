# what: end the interpreter, but not the process
# layer: process
# expect: crashed
import ctypes


def attack():
    ctypes.pythonapi.Py_FinalizeEx()
    return True
