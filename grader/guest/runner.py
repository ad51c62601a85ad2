"""Steps to arrays: runs what it is asked to, in the locked child, and answers with bytes.

Lock-step: a request carries a fresh token, and its answer must carry the same. Everything that is
used after student code has run is bound here before: a rebound `len` or `numpy.dot` can make a
submission's own answers wrong, and nothing else.
"""

import ctypes
import dis
import inspect
import io
import json
import mmap
import os
import random
import struct
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

try:
    import resource
except ImportError:  # Windows has no such thing
    _usage = None
else:
    _usage, _SELF = resource.getrusage, resource.RUSAGE_SELF

extract = sys.modules["_guest_extract"]

WORD = struct.Struct(">I")
PREFIX = struct.Struct(">B16sII")
LOAD, CASE, NOTEBOOK, DRAW = b"LCND"
REPLY = b"R"[0]

DTYPES = frozenset({
    "|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8",
    "<f2", "<f4", "<f8", "<c8", "<c16",
})  # fmt: skip
_KINDS = {name: np.dtype(name) for name in DTYPES}
_known = {kind: name for name, kind in _KINDS.items()}.get
_MAX_OTHERS = 8
_MAX_OTHER_SIZE = 4096
_MAX_DIMENSIONS = 8
_NOTHING = object()
_READ_BYTES = 1 << 16

_write, _read, _exit, _pack_into = os.write, os.read, os._exit, WORD.pack_into
_encode, _loads = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode, json.loads
_ndarray, _generic, _frombuffer, _asarray = np.ndarray, np.generic, np.frombuffer, np.asarray
_may_share = np.may_share_memory
_signature, _parameter = inspect.signature, inspect.Parameter
_instructions, _JUMPS = dis.get_instructions, frozenset(dis.hasjrel) | frozenset(dis.hasjabs)
_type, _getattr, _setattr, _vars, _len, _isinstance = type, getattr, setattr, vars, len, isinstance
_dict, _list, _tuple, _str, _int, _float, _bool = dict, list, tuple, str, int, float, bool
_object, _frozenset = object, frozenset
_enumerate, _id, _issubclass = enumerate, id, issubclass
_python: Any = random.random.__self__  # type: ignore[attr-defined]  # the one that all share
_twister = np.random.mtrand._rand._bit_generator.ctypes.state_address  # noqa: SLF001
_first_word = ctypes.c_uint32.from_address(_twister)
_position = ctypes.c_int.from_address(_twister + 624 * 4)
# As _randommodule.c has it: after an object's header, the position, then the words of a twister.
_python_position = ctypes.c_int.from_address(id(_python) + object.__basicsize__)
_python_word = ctypes.c_uint32.from_address(id(_python) + object.__basicsize__ + 4)
_MARK = int.from_bytes(os.urandom(4), "big") | 1


def _peeked() -> tuple[int, int, object]:
    """Return what of Python's generator any draw changes: its whole state takes longer."""
    return (_python_position.value, _python_word.value, _python.gauss_next)


def _python_state() -> Callable[[], object]:
    """Return how to know Python's generator again: by the way above, if it is the right one."""
    words = _python.getstate()[1]
    is_right = (_python_position.value, _python_word.value) == (words[-1], words[0])
    return _peeked if is_right else _python.getstate


_py_state = _python_state()
_BaseException, _AttributeError, _MemoryError, _TypeError = (
    BaseException, AttributeError, MemoryError, TypeError,
)  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions that an outcome depends on."""
    return {"python": ".".join(map(str, sys.version_info[:3])), "numpy": np.__version__}


class Channel:
    """The two pipes to the trusted side, and a shared word that says which step is under way."""

    def __init__(self, requests: int, answers: int, shared: mmap.mmap) -> None:
        self.requests = requests
        self.answers = answers
        self.shared = shared
        self.token = b"\0" * 16
        self.buffer = b""

    def peak(self) -> None:
        """Leave word of the most memory that was used, in kB."""
        if _usage is not None:
            _pack_into(self.shared, WORD.size, _usage(_SELF).ru_maxrss)

    def progress(self, step: int) -> None:
        """Leave word of the step: who kills this process reads it, and no call is spent on it."""
        _pack_into(self.shared, 0, step + 1)

    def exactly(self, count: int) -> bytes:
        """Read `count` bytes; the end of the pipe is the end of this process."""
        while _len(self.buffer) < count:
            part = _read(self.requests, _READ_BYTES)
            if not part:
                _exit(0)
            self.buffer += part
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def request(self) -> tuple[int, dict[str, Any], bytes]:
        """Wait for the next request."""
        kind, self.token, header, body = PREFIX.unpack(self.exactly(PREFIX.size))
        return kind, _loads(self.exactly(header)), self.exactly(body)

    def send(self, kind: int, header: object, body: Sequence[bytes] = ()) -> None:
        """Send one frame."""
        head = encoded(header)
        total = b"".join(body)
        prefix = PREFIX.pack(kind, self.token, _len(head), _len(total))
        data = memoryview(prefix + head + total)
        while data:
            data = data[_write(self.answers, data) :]


def encoded(header: object) -> bytes:
    """Return a header as bytes, whatever the texts in it are."""
    return _encode(header).encode("utf-8", "backslashreplace")


def serve(requests: int, answers: int, shared: mmap.mmap) -> NoReturn:
    """Answer requests until the trusted side hangs up."""
    sys.stdin = None
    text = io.TextIOWrapper(
        io.FileIO(1, "wb", closefd=False), errors="backslashreplace", write_through=True
    )
    sys.stdout = sys.stderr = text
    channel = Channel(requests, answers, shared)
    loaded: tuple[types.ModuleType, Any] | None = None
    while True:
        kind, header, body = channel.request()
        if kind == LOAD:
            loaded = extract.load(header, body)
            channel.send(REPLY, loaded[1].header())
        elif kind == CASE and loaded is not None:
            channel.send(REPLY, *answered(*loaded, channel, header, body))
        else:
            author = sys.modules["_guest_author"]
            reply, arrays = author.answer(kind, header)
            channel.send(REPLY, reply, arrays)


def answered(
    module: types.ModuleType, report: Any, channel: Channel, asked: dict[str, Any], body: bytes
) -> tuple[list[tuple[int, int]], list[bytes]]:
    """Run cases in order; return each answer's two lengths, then the headers and bodies."""
    lengths: list[tuple[int, int]] = []
    parts: list[bytes] = []
    at = 0
    for program, given in asked["cases"]:
        run = Run(module, report, channel)
        at = run.unpack(given, body, at)
        head, arrays = encoded(run.case(asked["programs"][program])), b"".join(run.body)
        lengths.append((_len(head), _len(arrays)))
        parts += (head, arrays)
    channel.peak()
    return lengths, parts


class Stop(Exception):  # noqa: N818 - ends a program, is no error
    """A step could not be done, for a reason that is already recorded."""


class Miscounted:
    """Stands for each of several values where more or fewer were given back."""

    def __init__(self, count: int, wanted: int) -> None:
        self.told = f"{count} values for {wanted}"


class Run:
    """One case: its objects, its arguments as they were given, and what is seen on the way."""

    def __init__(self, module: types.ModuleType, report: Any, channel: Channel) -> None:
        self.module = module
        self.report = report
        self.channel = channel
        self.objects: dict[str, Any] = {}
        self.given: dict[str, Any] = {}
        self.pristine: dict[str, bytes] = {}
        self.reply: dict[str, Any] = {"outputs": {}, "missing": [], "changed": {}, "others": {}}
        self.reply |= {
            "shares": {},
            "used": {},
            "named": {},
            "random": [],
            "problem": None,
            "step": None,
        }
        self.body: list[bytes] = []
        self.extra: list[bytes] = []
        self.returned: dict[str, Any] = {}
        self.before: dict[str, dict[str, Any]] = {}
        self.broken: dict[str, set[str]] = {}
        self.is_without = False

    def case(self, steps: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Run a case's steps in order, as far as they go; return the answer's header.

        Where a method raises, what it had set before can still be read. Where a function is missing
        or raises, those that do not need its result are still called, up to the next that raises.
        """
        for number, step in _enumerate(steps):
            try:
                self.step(step, number)
            except Stop:
                self.ended_at(number)
                self.is_without |= calls_function(step)
                if self.is_without:
                    continue
                self.rest(steps[number + 1 :])
                break
            except _BaseException as error:
                self.ended_at(number)
                if self.is_without:
                    break
                self.raised(error)
                if calls_function(step):
                    self.is_without = True
                    continue
                if step["type"] != "call" or step["object"] is None or not step["watched"]:
                    break
                self.broken[step["object"]] = pending(error, self.report.places)
        self.look()
        self.body += self.extra
        return {name: told for name, told in self.reply.items() if told or told == 0}

    def ended_at(self, number: int) -> None:
        """Note the first step that could not be done."""
        if self.reply["step"] is None:
            self.reply["step"] = number

    def unpack(self, given: dict[str, Any], body: bytes, at: int) -> int:
        """Make the given values: arrays as fresh copies that may be written to.

        Their bytes are those of `body` from `at` on; return where they end.
        """
        self.given |= given["scalars"]
        for name, dtype, shape in given["arrays"]:
            count = 1
            for length in shape:
                count *= length
            kind = _KINDS[dtype] if dtype in _KINDS else np.dtype(dtype)
            raw = body[at : at + count * kind.itemsize]
            at += _len(raw)
            self.pristine[name] = raw
            self.given[name] = _frombuffer(raw, kind).reshape(shape).copy()
        return at

    def step(self, step: dict[str, Any], number: int) -> None:
        """Do one step."""
        kind = step["type"]
        if kind == "construct":
            self.channel.progress(number)
            function = self.definition(step["cls"], step["names"])
            self.objects[step["object"]] = self.call(function, step, step["cls"])
        elif kind == "set":
            _setattr(self.objects[step["object"]], step["attribute"], self.value(step["value"]))
        elif kind == "call":
            self.channel.progress(number)
            self.called(step)
        else:
            self.read(step)

    def definition(self, name: str, names: Sequence[str]) -> Any:
        """Find a class or function under one of its accepted names."""
        for accepted in names:
            found = self.module.__dict__.get(accepted, _NOTHING)
            if found is not _NOTHING and _type(found) is not extract.Absent:
                return found
        self.note_absent(name)
        raise Stop

    def note_absent(self, name: str) -> None:
        """Report the first definition that is not there."""
        self.reply.setdefault("absent", name)

    def called(self, step: dict[str, Any]) -> None:
        """Call a method or function; keep its result; look at what it did to the random state."""
        if step["object"] is None:
            function = self.definition(step["callee"], step["names"])
        else:
            function = self.method(step)
            self.before[step["object"]] = attributes(self.objects[step["object"]])
        mark = mark_random() if step["watched"] else None
        result = self.call(function, step, step["callee"])
        if mark is not None and random_used(mark):
            self.reply["random"].append(step["callee"])
        self.returned[step["callee"]] = result
        if step["result"] is not None:
            self.objects[step["result"]] = result
        elif step["parts"]:
            self.apart(step["parts"], result)

    def apart(self, names: Sequence[str], result: Any) -> None:
        """Keep several values that were given back together, each by its name."""
        count = _len(result) if _type(result) in (_tuple, _list) else 1
        for at, name in _enumerate(names):
            if result is None:
                self.objects[name] = None
            elif count == _len(names):
                self.objects[name] = result[at]
            else:
                self.objects[name] = Miscounted(count, _len(names))

    def method(self, step: dict[str, Any]) -> Any:
        """Find a method under one of its accepted names."""
        owner = self.objects[step["object"]]
        for accepted in step["names"]:
            found = _getattr(owner, accepted, _NOTHING)
            if found is not _NOTHING:
                return found
        self.note_absent(step["callee"])
        raise Stop

    def call(self, function: Callable[..., Any], step: dict[str, Any], callee: str) -> object:
        """Call with the first accepted argument list that the signature takes."""
        values = [self.value(argument) for argument in step["arguments"]]
        accepts, extra = step["signature"]["accepts"], step["signature"]["extra"]
        for indices in accepts:
            named = fits(function, _len(indices), extra)
            if named is not None:
                if _len(accepts) > 1:
                    self.reply["used"][callee] = indices
                if named:
                    self.reply["named"][callee] = _list(named)
                return function(*[values[i] for i in indices], **named)
        # What Python itself would say of it, with its own words, is the clearest.
        return function(*values)

    def value(self, argument: dict[str, Any]) -> object:
        """Return what an argument stands for."""
        kind = argument["type"]
        if kind == "given":
            return self.given[argument["name"]]
        if kind == "constant":
            return argument["value"]
        if kind == "result":
            return self.result(argument["name"])
        found = _getattr(self.objects[argument["object"]], argument["attribute"], _NOTHING)
        if found is _NOTHING:
            raise Stop
        return found

    def result(self, name: str) -> object:
        """Return what a function gave back."""
        found = self.objects.get(name, _NOTHING)
        if found is _NOTHING or _type(found) is Miscounted:
            raise Stop
        return found

    def read(self, step: dict[str, Any]) -> None:
        """Take an output as it is now; of a function that gave no answer, there is none."""
        if step["object"] not in self.objects:
            return
        owner = self.objects[step["object"]]
        value = owner if step["attribute"] is None else _NOTHING
        for accepted in step["names"]:
            value = _getattr(owner, accepted, _NOTHING)
            if value is not _NOTHING:
                break
        if step["object"] in self.broken and self.is_unfinished(step, value):
            return
        if value is _NOTHING or value is None:
            self.reply["missing"].append(step["output"])
            self.others(owner, self.before.get(step["object"], {}))
            return
        self.take(step["output"], value)

    def take(self, output: str, value: Any) -> None:
        """Answer with an output, and note which arguments it shares its memory with."""
        self.reply["outputs"][output] = pack(value, self.body)
        if _type(value) is not _ndarray:
            return
        if value.flags.owndata:  # nobody else's, unless it is the very same
            shares = [name for name, given in self.given.items() if given is value]
        else:
            shares = [
                name
                for name, given in self.given.items()
                if _type(given) is _ndarray and _may_share(value, given)
            ]
        if shares:
            self.reply["shares"][output] = shares

    def rest(self, steps: Sequence[dict[str, Any]]) -> None:
        """After a step that cannot be done, the outputs that remain are missing."""
        names = [step["output"] for step in steps if step["type"] == "read"]
        self.reply["missing"] += [name for name in names if name not in self.reply["missing"]]

    def is_unfinished(self, step: dict[str, Any], value: object) -> bool:
        """Tell whether a call that raised had not set a value yet, or was not done with it."""
        before, later = self.before.get(step["object"], {}), self.broken[step["object"]]
        if value is _NOTHING or any(name in later for name in step["names"]):
            return True
        return any(value is before.get(name) for name in step["names"])

    def others(self, owner: Any, before: dict[str, Any]) -> None:
        """Where an output is missing: what was returned or set instead, with its name."""
        candidates: dict[str, Any] = {}
        for callee, value in self.returned.items():
            candidates |= parts(f"{callee}()", value)
        now = attributes(owner)
        # What is new is more telling than what was there before.
        candidates |= {name: value for name, value in now.items() if name not in before}
        candidates |= now
        for name, value in candidates.items():
            if _len(self.reply["others"]) == _MAX_OTHERS:
                return
            told = extract.clean(name, 80)
            if (
                _type(value) is _ndarray
                and value.size <= _MAX_OTHER_SIZE
                and told not in self.reply["others"]
            ):
                self.reply["others"][told] = pack(value, self.extra)

    def raised(self, error: BaseException) -> None:
        """Report the first exception."""
        if self.reply["problem"] is None:
            self.reply["none"] = self.nothing()
            self.reply["problem"] = self.report.problem(error)
            self.reply["out_of_memory"] = _isinstance(error, _MemoryError)

    def nothing(self) -> list[str]:
        """Return names of attributes that are None: often what a method forgot to set."""
        owners = _list(self.objects.values())
        names = {name for owner in owners for name, one in attributes(owner).items() if one is None}
        return [extract.clean(name, 80) for name in sorted(names)[:_MAX_OTHERS]]

    def look(self) -> None:
        """Note which arguments were changed."""
        for name, raw in self.pristine.items():
            now = self.given[name]
            if now.tobytes() != raw:
                self.reply["changed"][name] = pack(now, self.body)


def calls_function(step: dict[str, Any]) -> bool:
    """Tell whether a step calls a student's own function: without its result a case goes on."""
    return step["type"] == "call" and step["object"] is None and bool(step["watched"])


def attributes(owner: Any) -> dict[str, Any]:
    """Return an object's own attributes, as far as it keeps them in a dictionary."""
    found: Any = _getattr(owner, "__dict__", None)
    if _type(found) is not _dict:
        return {}
    return {name: value for name, value in found.items() if _type(name) is _str}


def pending(error: BaseException, places: dict[str, Any]) -> set[str]:
    """Return the attributes that code would still have come to, had it not raised.

    Those named from the line that raised to the end of each function; in a loop, from its start.
    """
    names: set[str] = set()
    seen: set[tuple[int, int]] = set()
    trace = error.__traceback__
    while trace is not None:
        code, at = trace.tb_frame.f_code, trace.tb_lasti
        # A recursion comes through the same place often.
        if code.co_filename in places and (_id(code), at) not in seen:
            seen.add((_id(code), at))
            names |= coming(code, at, trace.tb_lineno)
        trace = trace.tb_next
    return names


def coming(code: types.CodeType, at: int, now: int) -> frozenset[str]:
    """Return what code names from an instruction in line `now` on; in a loop, from its start.

    What raises does so in most cases, at one place.
    """
    known = _coming.get((_id(code), at))
    if known is None:
        known = _coming[_id(code), at] = (code, _named(code, at, now))
    return known[1]


def _named(code: types.CodeType, at: int, now: int) -> frozenset[str]:
    steps = _list(_instructions(code))
    line = [first for first, _, number in code.co_lines() if number == now]
    back = [one.argval for one in steps if one.offset >= at and one.opcode in _JUMPS]
    start = min([at, *line, *(to for to in back if _type(to) is _int)])
    return _frozenset(_str(one.argval) for one in steps if one.offset >= start)


def parts(name: str, value: Any) -> dict[str, Any]:
    """Return what was returned, by name: several values one by one."""
    if _type(value) in (_tuple, _list):
        return {f"{name}[{i}]": part for i, part in _enumerate(value[:_MAX_OTHERS])}
    if _type(value) is _dict:
        return {f"{name}[{key!r}]": part for key, part in value.items() if _type(key) is _str}
    return {name: value}


def pack(value: Any, body: list[bytes]) -> dict[str, Any]:
    """Describe a value; append its bytes where it is a plain array or a number."""
    kind = _type(value)
    if kind is _ndarray:
        form = "array"
    elif kind in (_bool, _int, _float, complex) or _issubclass(kind, _generic):
        # An int that fits no 64 bits becomes an object here, and is refused below.
        form, value = "scalar", _asarray(value)
    else:
        return {"kind": value.told if kind is Miscounted else described(value)}
    dtype = _known(value.dtype) or value.dtype.newbyteorder("<").str
    if dtype not in DTYPES or value.ndim > _MAX_DIMENSIONS:
        return {"kind": f"{form} of {extract.clean(value.dtype.name, 40)}"}
    if _known(value.dtype) is None:
        value = value.astype(dtype)
    body.append(value.tobytes())
    return {"kind": form, "dtype": dtype, "shape": value.shape}


def mark_random() -> tuple[int, int, object]:
    """Mark the global random generators, so that using or seeding one shows; return the mark.

    Of NumPy's Mersenne twister, the first word and the position are taken where they are in memory
    (`get_state` costs more than a case): seeding overwrites the one, a draw moves the other.
    """
    word = _first_word.value
    _first_word.value = word ^ _MARK
    return (word, _position.value, _py_state())


def random_used(mark: tuple[int, int, object]) -> bool:
    """Tell whether a generator was used since it was marked; take the mark away."""
    word, position, state = mark
    if _first_word.value != word ^ _MARK:
        return True
    _first_word.value = word
    return _position.value != position or _py_state() != state


def described(value: Any) -> str:
    """Describe something that is no plain array, without calling anything of its own."""
    kind = _type(value)
    if kind in (_list, _tuple, _dict, _str):
        return f"{kind.__name__} of {_len(value)}"
    if value is None:
        return "None"
    name = extract.clean(_type.__dict__["__name__"].__get__(kind), 60)
    if _issubclass(kind, _ndarray):
        return f"{name}, a subclass of ndarray"
    return f"object of type {name}"


_signatures: dict[int, tuple[object, list[inspect.Parameter] | None]] = {}
_fitting: dict[tuple[int, int], tuple[object, dict[str, Any] | None]] = {}
_coming: dict[tuple[int, int], tuple[types.CodeType, frozenset[str]]] = {}


def forget() -> None:
    """Forget all functions that were called."""
    _signatures.clear()
    _fitting.clear()
    _coming.clear()


def parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """Return the parameters that a caller may give; None where they cannot be known."""
    plain = _getattr(function, "__func__", function)
    known = _signatures.get(_id(plain))
    if known is None and _is_made_without_arguments(function):
        known = _signatures[_id(plain)] = (plain, [])
    if known is None:
        try:
            found = _list(_signature(function).parameters.values())
        except (ValueError, _TypeError):
            found = None
        known = _signatures[_id(plain)] = (plain, found)
    return known[1]


def _is_made_without_arguments(function: Any) -> bool:
    """Tell whether this is a class without a constructor: its signature takes long to be found."""
    plain = _type(function) is _type and function.__init__ is _object.__init__
    return plain and function.__new__ is _object.__new__


def fits(function: Callable[..., Any], count: int, extra: dict[str, Any]) -> dict[str, Any] | None:
    """Return the extra keyword arguments with which `count` positional ones fit, or None.

    Judged by the signature alone: a TypeError from inside a call must not look like a wrong count.
    What is extra is the same for all calls of a function.
    """
    plain = _getattr(function, "__func__", function)
    known = _fitting.get((_id(plain), count))
    if known is None:
        known = _fitting[_id(plain), count] = (plain, _fits(function, count, extra))
    return known[1]


def _fits(function: Callable[..., Any], count: int, extra: dict[str, Any]) -> dict[str, Any] | None:
    parameters = parameters_of(function)
    if parameters is None:
        return {}
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if _len(positional) < count and not any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    required = [
        p.name
        for p in [*positional[count:], *[p for p in parameters if p.kind is p.KEYWORD_ONLY]]
        if p.default is _parameter.empty
    ]
    if any(name not in extra for name in required):
        return None
    return {name: extra[name] for name in required}
