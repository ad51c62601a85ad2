"""A small submission that a server goes through before any student's, as it would through theirs.

What that touches its children share: what NumPy loads late, tables that Python fills as it goes,
code that is quicker when it has run a few times. Else each child would do it all for itself.
"""

import mmap
import sys

extract, runner = sys.modules["_guest_extract"], sys.modules["_guest_runner"]

_TIMES = 4
_SOURCE = b'''
import numpy as np

SHARE = 0.5


class Sample:
    """Has a bit of all that is common."""

    def __init__(self, size):
        self.weights = SHARE * np.ones((size, 2))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, np.dot(inputs, self.weights))

    def backward(self, values):
        self.sums = np.sum(self.inputs.T @ values, axis=0, keepdims=True)
        self.inverse = np.linalg.inv(np.eye(2)) + np.random.default_rng(0).random((2, 2))
        self.copy = np.where(self.inputs > 0, np.einsum("ij->ij", values), 0.0)
        self.copy[self.inputs <= 0] = 0
        self.text = f"{self.copy!r}"
'''


def _call(callee: str) -> dict[str, object]:
    arguments = [{"type": "given", "name": "values"}]
    signature = {"accepts": [[0]], "extra": {}}
    step = {"type": "call", "object": "sample", "callee": callee, "names": [callee]}
    return {**step, "arguments": arguments, "signature": signature, "watched": True, "result": None}


def _read(name: str) -> dict[str, object]:
    step = {"type": "read", "object": "sample", "attribute": name, "names": [name]}
    return {**step, "output": name}


_CONSTRUCT = {
    "type": "construct", "object": "sample", "cls": "Sample", "names": ["Sample"],
    "arguments": [{"type": "given", "name": "size"}], "signature": {"accepts": [[0]], "extra": {}},
}  # fmt: skip
_STEPS = [_CONSTRUCT, _call("forward"), _read("output"), _call("backward"), _read("copy")]
_GIVEN = {"scalars": {"size": 2}, "arrays": [["values", "<f8", [2, 2]]]}
_CASE = {"programs": [_STEPS], "cases": [[0, _GIVEN]]}


def rehearse() -> None:
    """Load it and run its case, a few times, and leave nothing of it."""
    files = [{"name": "sample.py", "notebook": False, "cells": [len(_SOURCE)]}]
    channel = runner.Channel(-1, -1, mmap.mmap(-1, mmap.PAGESIZE))
    for _ in range(_TIMES):
        module, report = extract.load(files, _SOURCE)
        runner.encoded(report.header())
        runner.encoded(runner.answered(module, report, channel, _CASE, bytes(32))[0])
        sys.modules.pop("submission")
        sys.meta_path.pop()  # where a submission's other files would come from
        runner.forget()
