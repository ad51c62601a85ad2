"""Submissions that try to carry hidden inputs out, each by a way of its own.

All share a right solution and add what they do before or after each of the two `backward`
methods. They tell a hidden call by counting, and mark what they say there.
"""

import textwrap
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

MARK = "SEENINHIDDEN"
PUBLIC_MARK = "SEENINPUBLIC"

_TEMPLATE = """\
import hashlib
import json
import os
import sys
import numpy as np
{imports}

CALLS = []
EARLIER = []
LATEST = []
PUBLIC = {public}


def hidden():
    return not any(hashlib.sha1(one.tobytes()).hexdigest()[:10] in PUBLIC for one in LATEST)


def fresh(array):
    return bool(np.any(np.round(array, 5) != array))


def digit(array):
    return int(abs(float(array.flat[0])) * 1000000) % 10


def digits(array):
    return "".join(c for c in repr(float(array.flat[0])) if c.isdigit())


def mark():
    return "SEEN" + ("INHIDDEN" if hidden() else "INPUBLIC")


def told(arrays):
    return mark() + repr([array.tolist() for array in arrays])


def forge(channel, number, header):
    # The answer to one of the cases that are asked for is another when all are sent.
    forged = vars(channel).setdefault("forged", dict())
    forged[number] = json.dumps(header).encode()
    channel.send = lambda kind, lengths, parts: send(channel, kind, parts, forged)


def send(channel, kind, parts, forged):
    rows = [[forged.get(i // 2, parts[i]), parts[i + 1]] for i in range(0, len(parts), 2)]
    rows = [[row[0], b""] if i in forged else row for i, row in enumerate(rows)]
    forged.clear()
    sent = [part for row in rows for part in row]
    type(channel).send(channel, kind, [[len(a), len(b)] for a, b in rows], sent)


def before(layer, arrays):
{before}


def after(layer, arrays):
{after}


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = np.zeros((n_inputs, n_neurons))
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        CALLS.append(1)
        LATEST[:] = [dvalues, self.inputs, self.weights]
        before(self, (dvalues, self.inputs, self.weights))
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
        after(self, (dvalues, self.inputs, self.weights))
        EARLIER.extend([dvalues.copy(), self.inputs.copy()])


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        CALLS.append(1)
        LATEST[:] = [dvalues, self.inputs]
        before(self, (dvalues, self.inputs))
        self.dinputs = np.where(self.inputs > 0, dvalues, 0)
        after(self, (dvalues, self.inputs))
        EARLIER.extend([dvalues.copy(), self.inputs.copy()])
"""

_HELPER = """\
def say(text):
    print("helper:", text)
"""

# So that public examples are shown, with what was printed there.
_WRONG = "layer.dinputs = layer.dinputs + 1"


class Attack(NamedTuple):
    """What a submission does around a right solution.

    `carries` says that numbers of hidden cases reach the trusted side.
    """

    before: str = "pass"
    after: str = "pass"
    imports: str = ""
    helper: str | None = None
    carries: bool = False


_RAISES_BY_LINE = "\n".join(
    [
        "if hidden():",
        "    pick = digit(arrays[0])",
        *(f"    if pick == {n}:\n        raise ValueError('one of ten')" for n in range(10)),
    ]
)

_FORGES = """
if not {when}:
    return
frame, text = sys._getframe(), told(arrays)
while "lengths" not in frame.f_locals:
    frame = frame.f_back
forge(frame.f_locals["channel"], len(frame.f_locals["lengths"]), {header})
"""

_NOTES = """
def places():
    folders = ["/tmp", "/var/tmp", "/dev/shm", "/run", ".", os.path.dirname(np.__file__)]
    return [folder + "/notes-of-a-student" for folder in folders]


def look():
    for place in places():
        try:
            with open(place) as file:
                print("found", file.read())
        except OSError:
            pass


def leave(text):
    for place in places():
        try:
            with open(place, "a") as file:
                file.write(text)
        except OSError:
            pass


class Found:
    look()
"""

ATTACKS = {
    "prints": Attack("print(told(arrays))", _WRONG, carries=True),
    "prints-in-disguise": Attack(
        """
        for x in map(float, arrays[0].flat):
            print(x.hex(), struct.pack("<d", x).hex(), struct.pack(">d", x).hex())
            print(base64.b64encode(struct.pack("<d", x)), base64.b64encode(repr(x).encode()))
            print(repr(x)[::-1], " ".join(repr(x)), ",".join(repr(x)), "\\n".join(repr(x)))
        """,
        _WRONG,
        imports="import base64\nimport struct",
        carries=True,
    ),
    "prints-to-stderr": Attack("print(told(arrays), file=sys.stderr)", _WRONG, carries=True),
    "warns": Attack("warnings.warn(told(arrays))", _WRONG, imports="import warnings", carries=True),
    "writes-to-descriptors": Attack(
        "os.write(1, told(arrays).encode())\nos.write(2, told(arrays).encode())",
        _WRONG,
        carries=True,
    ),
    "helper-prints": Attack(
        "helper.say(told(arrays))", _WRONG, "import helper", _HELPER, carries=True
    ),
    "raises": Attack("raise ValueError(told(arrays))", carries=True),
    "raises-on-hidden-inputs": Attack(
        "if hidden():\n    raise ValueError(told(arrays))", carries=True
    ),
    "raises-by-class-name": Attack(
        "if hidden():\n    raise type(mark() + digits(arrays[0]), (ValueError,), {})()"
    ),
    "raises-by-builtin-class": Attack(
        """
        kinds = [ValueError, KeyError, IndexError, TypeError, OSError,
                 EOFError, NameError, LookupError, BufferError, ImportError]
        if hidden():
            raise kinds[digit(arrays[0])]("one of ten")
        """,
    ),
    "raises-by-line": Attack(_RAISES_BY_LINE),
    "names-attributes": Attack(
        after="""
        del layer.dinputs
        for array in arrays:
            setattr(layer, mark() + digits(array), array)
        """,
        carries=True,
    ),
    "names-types": Attack(
        after="""
        layer.dweights = type(mark() + digits(arrays[0]), (), {})()
        layer.dbiases = told(arrays)
        layer.dinputs = arrays[0].view(type("N" + digits(arrays[0]), (np.ndarray,), {}))
        """,
        carries=True,
    ),
    "returns-arguments": Attack(
        after="""
        layer.dweights = layer.dbiases = arrays[0] * 1.0
        layer.dinputs = arrays[1] * 1.0
        """,
        carries=True,
    ),
    "returns-earlier-arguments": Attack(
        after="""
        # Small public numbers, one after another, may read like a row of the notebook by chance.
        if EARLIER and hidden():
            seen = np.concatenate([array.ravel() for array in EARLIER])[np.newaxis]
            layer.dweights = layer.dbiases = layer.dinputs = seen
        """,
        carries=True,
    ),
    "returns-by-shape": Attack(
        after="""
        shape = (digit(arrays[0]), 17)
        layer.dweights = layer.dbiases = layer.dinputs = np.zeros(shape)
        """,
    ),
    "returns-by-precision": Attack(
        after="""
        if hidden():
            kind = np.float32 if digit(arrays[0]) % 2 else np.float64
            layer.dinputs = layer.dinputs.astype(kind)
        """,
    ),
    "returns-too-large-numbers": Attack(
        after="""
        if fresh(arrays[0]):
            layer.weights = layer.dweights = layer.dinputs = arrays[0] * 1.7e308 * 10
            layer.biases, layer.dbiases = np.float64(-1.7e308), np.float64(1.7e308)
        """,
    ),
    "returns-odd-kinds": Attack(
        after="""
        odd = [
            np.full_like(layer.dinputs, np.nan, np.float64), layer.dinputs * np.inf,
            layer.dinputs * 1j, layer.dinputs > 0, np.full(layer.dinputs.shape, 6e4, np.float16),
            np.full(layer.dinputs.shape, 2**64 - 1, np.uint64), np.zeros((0, 3)), np.int8(-128),
            np.full(layer.dinputs.shape, 3e38, np.complex64), np.zeros((1,) * 8),
        ]
        if hidden():
            layer.dinputs = layer.dweights = layer.weights = odd[len(CALLS) % len(odd)]
        """,
    ),
    "changes-arguments": Attack(
        after="""
        if EARLIER:
            arrays[0][...] = np.resize(EARLIER[-1], arrays[0].shape)
        """,
        carries=True,
    ),
    "sleeps": Attack("time.sleep(0.002 * digit(arrays[0]))", imports="import time"),
    "computes-for-long": Attack(
        """
        end = time.process_time() + 0.002 * digit(arrays[0])
        while time.process_time() < end:
            pass
        """,
        imports="import time",
    ),
    "exits": Attack("if fresh(arrays[0]):\n    os._exit(digit(arrays[0]))"),
    "kills-itself": Attack(
        """
        if fresh(arrays[0]):
            os.abort() if digit(arrays[0]) % 2 else ctypes.string_at(0)
        """,
        imports="import ctypes",
    ),
    "forges-what-is-absent": Attack(
        _FORGES.format(when="hidden()", header='{"absent": text}'), carries=True
    ),
    "forges-which-is-absent": Attack(
        'named = ["", ".forward", ".backward", ".output", ".dinputs"][digit(arrays[0]) % 5]'
        + _FORGES.format(when="hidden()", header='{"absent": "Activation_ReLU" + named}'),
    ),
    "forges-all-that-is-told": Attack(
        _FORGES.format(
            when="hidden()",
            header="""{
    "missing": [text, "Layer_Dense.dweights"], "random": [text], "shares": {text: [text]},
    "outputs": {text: {"kind": text}, "Layer_Dense.dinputs": {"kind": text}},
    "changed": {text: {"kind": text}}, "others": {text: {"kind": text}},
    "used": {text: [1], "Activation_ReLU.backward": []}, "peak": int(digits(arrays[0])[:12]),
    "problem": {"type": "KeyError", "message": text, "file": text, "line": 77, "cell": 7},
    "step": digit(arrays[0]),
}""",
        ),
        carries=True,
    ),
    "forges-no-answer": Attack(
        _FORGES.format(when="hidden()", header="{text: text}"), carries=True
    ),
    "scales-its-answer": Attack(
        after="if hidden():\n    layer.dinputs = layer.dinputs * (2 + digit(arrays[0])) + 1",
    ),
    "leaves-notes": Attack("look()\nleave(told(arrays))", "look()\n" + _WRONG, imports=_NOTES),
}
# The same once more, for a class: the later one finds what the earlier one left.
ATTACKS["leaves-notes-again"] = ATTACKS["leaves-notes"]


def source(attack: Attack, public: Collection[str]) -> str:
    """Return the source of a submission that knows public arrays by the digests `public`.

    So it can tell a hidden input from those on which failures are looked into.
    """
    return _TEMPLATE.format(
        imports=attack.imports,
        public=set(public),
        before=_indented(attack.before),
        after=_indented(attack.after),
    )


def _indented(code: str) -> str:
    return textwrap.indent(textwrap.dedent(code).strip(), "    ")


def write(name: str, folder: Path, public: Collection[str]) -> Path:
    """Write a submission into `folder`; return what is handed in: its file, or the folder."""
    attack = ATTACKS[name]
    folder.mkdir(parents=True)
    main = folder / "layers.py"
    main.write_text(source(attack, public), encoding="utf-8")
    if attack.helper is None:
        return main
    (folder / "helper.py").write_text(attack.helper, encoding="utf-8")
    return folder
