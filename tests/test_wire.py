"""The wire: what is sent, what is understood, and that no bytes at all raise anything."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from grader.model import (
    Array,
    Definition,
    Extracted,
    LeftOut,
    Position,
    Problem,
    SourceFile,
)
from grader.sandbox import framing
from grader.sandbox.policy import MAX_HEADER
from grader.sandbox.question import question_of, request_of
from grader.sandbox.wire import (
    AuthorAnswer,
    CaseAnswer,
    Malformed,
    author_values,
    decode_author,
    decode_case,
    decode_load,
    decode_parts,
    given_values,
    load_request,
)
from tests.builders import case

_DTYPES = ["|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8"]
_DTYPES += ["<f2", "<f4", "<f8", "<c8", "<c16"]


def header(value: object) -> bytes:
    return msgspec.json.encode(value)


def array(dtype: str = "<f8", shape: object = (2,), kind: str = "array") -> dict[str, object]:
    return {"kind": kind, "dtype": dtype, "shape": shape}


def one(description: object, body: bytes) -> CaseAnswer | Malformed:
    """Decode an answer with one output."""
    return decode_case(header({"outputs": {"x": description}}), body)


def case_answer(head: bytes, body: bytes = b"") -> CaseAnswer:
    decoded = decode_case(head, body)

    assert isinstance(decoded, CaseAnswer)
    return decoded


def extracted(head: bytes) -> Extracted:
    decoded = decode_load(head, b"")

    assert isinstance(decoded, Extracted)
    return decoded


def arrived(answer: CaseAnswer | Malformed, name: str = "x") -> Array:
    """Return an output's array, which must have arrived."""
    assert isinstance(answer, CaseAnswer)
    array = answer.outputs[name].array
    assert array is not None
    return array


def why(decoded: object) -> str:
    assert isinstance(decoded, Malformed)
    return decoded.why


# --- requests -------------------------------------------------------------------------------------


def test_a_load_request_has_the_cells_one_after_another() -> None:
    main = SourceFile(name="a.ipynb", cells=(b"x = 1", b"", b"y"), is_notebook=True)
    helper = SourceFile(name="b.py", cells=(b"z = 2",), is_notebook=False)
    head, body = load_request((main, helper))

    assert head == [
        {"name": "a.ipynb", "notebook": True, "cells": [5, 0, 1]},
        {"name": "b.py", "notebook": False, "cells": [5]},
    ]
    assert body == b"x = 1yz = 2"


def request(given: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    head, body = given_values(given)
    return msgspec.json.decode(msgspec.json.encode(head)), body


def test_given_values_are_scalars_and_arrays() -> None:
    head, body = request({"n": 3, "X": np.array([[1.0, 2.0]])})

    assert head["scalars"] == {"n": 3}
    assert head["arrays"] == [["X", "<f8", [1, 2]]]
    assert body == np.array([1.0, 2.0]).tobytes()


def test_arrays_are_sent_in_c_order_whatever_they_were() -> None:
    square = np.arange(6.0).reshape(2, 3)
    _, body = request({"n": 1, "X": square.T})

    assert np.frombuffer(body).tolist() == [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]


def test_a_request_has_nothing_that_is_expected() -> None:
    marked = case({"Layer.output": [47.11]}, given={"n": 1})
    head, body = request_of([question_of(marked)])

    assert b"47.11" not in msgspec.json.encode(head)
    assert body == b""


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan])
def test_a_number_that_json_has_not_is_not_lost(number: float) -> None:
    head, _ = request({"n": number})

    assert head["scalars"].get("n", "sent as an array") is not None


def test_steps_that_several_cases_have_are_sent_once() -> None:
    one, other, third = (
        question_of(case({}, given={"n": 1, "X": np.array([number])}, text=text))
        for number, text in ((1.0, "mse(X)"), (2.0, "scale(X)"), (3.0, "mse(X)"))
    )
    head, body = request_of([one, other, third])
    told = msgspec.json.decode(msgspec.json.encode(head))

    assert [[step["callee"] for step in steps] for steps in told["programs"]] == [
        ["mse"],
        ["scale"],
    ]
    assert [number for number, _ in told["cases"]] == [0, 1, 0]
    assert np.frombuffer(body).tolist() == [1.0, 2.0, 3.0]


# --- answers --------------------------------------------------------------------------------------


def test_the_answers_to_several_cases_are_taken_apart() -> None:
    assert decode_parts(b"[[2,0],[1,3]]", b"{}[abc", 2) == [(b"{}", b""), (b"[", b"abc")]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"[[2,0]]", b"{}"),
        (b"[[2,0],[2,0],[2,0]]", b"{}{}{}"),
        (b"[[2,0],[2,0]]", b"{}{}{}"),
        (b"[[2,0],[2,0]]", b"{}{"),
        (b"[[3,-1],[2,0]]", b"{}{}"),
        (b"[[2.5,0],[2,0]]", b"{}{}"),
        (b"[[2147483647,2147483647],[2,0]]", b"{}{}"),
        (b"[[2],[2]]", b"{}{}"),
        (b"{}", b"{}{}"),
        (b"", b""),
    ],
)
def test_answers_of_other_numbers_or_lengths_are_none(head: bytes, body: bytes) -> None:
    assert why(decode_parts(head, body, 2))


# --- an answer ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", _DTYPES)
def test_every_allowed_type_arrives_as_it_is(dtype: str) -> None:
    sent = np.array([[0, 1], [1, 0], [1, 1]], dtype)
    got = arrived(one(array(dtype, (3, 2)), sent.tobytes()))

    assert (got.dtype, got.shape) == (sent.dtype, (3, 2))
    assert got.tolist() == sent.tolist()


@pytest.mark.parametrize(
    "dtype", [">f8", "|O", "|S8", "<U2", "<M8[s]", "<m8", "<f16", "|V8", "f8", ""]
)
def test_any_other_type_is_refused(dtype: str) -> None:
    assert "dtype" in why(one(array(dtype), bytes(64)))


def test_several_arrays_are_taken_in_order() -> None:
    fields = {
        "outputs": {"a": array(shape=(1,)), "b": array("<i8", (1,))},
        "changed": {"D": array()},
    }
    body = np.array([1.5]).tobytes() + np.array([7]).tobytes() + np.array([3.0, 4.0]).tobytes()
    answer = case_answer(header(fields), body)

    assert (arrived(answer, "a").tolist(), arrived(answer, "b").tolist()) == ([1.5], [7])
    assert str(answer.seen.changed["D"].array) == "[3. 4.]"


def test_what_is_no_array_is_a_description() -> None:
    answer = case_answer(header({"outputs": {"x": {"kind": "list of 3"}}}))

    assert (answer.outputs["x"].kind, answer.outputs["x"].array) == ("list of 3", None)


def test_a_truth_value_is_0_or_1_whatever_its_byte() -> None:
    got = arrived(one(array("|b1", (4,)), bytes([0, 1, 2, 255])))

    assert got.view(np.uint8).tolist() == [0, 1, 1, 1]


def test_a_number_has_no_dimensions() -> None:
    decoded = one(array("<f8", (), "scalar"), np.float64(2.5).tobytes())

    assert arrived(decoded).item() == 2.5
    assert isinstance(decoded, CaseAnswer)
    assert decoded.outputs["x"].kind == "scalar"


def test_the_rest_of_an_answer_arrives() -> None:
    fields = {
        "missing": ["a.x"], "absent": "a", "shares": {"a.x": ["D"]}, "used": {"a.back": [0]},
        "random": ["a.back"], "step": 3, "out_of_memory": True,
        "problem": {"type": "ValueError", "message": "no", "file": "a.py", "cell": 2, "line": 7},
    }  # fmt: skip
    answer = case_answer(header(fields))

    assert (answer.missing, answer.absent, answer.step) == (("a.x",), "a", 3)
    assert answer.out_of_memory
    assert (answer.seen.shares, answer.seen.used) == ({"a.x": ("D",)}, {"a.back": (0,)})
    assert answer.seen.random == ("a.back",)
    place = Position(file="a.py", cell=2, line=7)
    assert answer.problem == Problem(type="ValueError", message="no", position=place)


def test_a_problem_without_a_line_has_no_place() -> None:
    answer = case_answer(header({"problem": {"type": "", "message": "", "file": "a.py"}}))

    assert answer.problem is not None
    assert answer.problem.position is None


def test_definitions_arrive_with_their_places() -> None:
    row = {"name": "A", "what": "class", "file": "a.py", "cell": None, "line": 1, "end": 9}
    dropped = row | {"name": "for i in x", "what": "loop", "cell": 2}
    failed = {"type": "NameError", "message": "no"}
    fields = {"found": [row], "dropped": [dropped], "failed": {"B": failed}, "unreadable": [failed]}
    found = extracted(header(fields))
    at, in_cell = Position("a.py", None, 1), Position("a.py", 2, 1)
    problem = Problem(type="NameError", message="no", position=None)

    assert found.found == (Definition(name="A", kind="class", position=at, end_line=9),)
    assert found.dropped == (LeftOut(what="loop", why="for i in x", position=in_cell),)
    assert (found.failed, found.unreadable) == ({"B": problem}, (problem,))


@pytest.mark.parametrize(
    "sent",
    [np.array([[1.5, np.nan]]), np.array([1, 2]), np.array(3.0), np.zeros((0, 3)), True, 7, -2.5],
    ids=str,
)
def test_values_of_author_code_come_back_as_they_went(sent: Any) -> None:  # noqa: ANN401
    head, body = author_values({"x": sent})
    decoded = decode_author(header(head), body)

    assert isinstance(decoded, AuthorAnswer)
    got = decoded.values["x"]
    assert got.kind == ("array" if isinstance(sent, np.ndarray) else "scalar")
    assert got.array is not None
    np.testing.assert_array_equal(got.array, sent, strict=isinstance(sent, np.ndarray))


def test_a_problem_of_author_code_arrives() -> None:
    decoded = decode_author(header({"problem": "cell 3: no", "texts": {"3": "shown"}}), b"")

    assert isinstance(decoded, AuthorAnswer)
    assert (decoded.problem, decoded.texts) == ("cell 3: no", {"3": "shown"})


def test_a_frame_begins_with_kind_token_and_lengths() -> None:
    made = framing.frame(framing.CASE, b"t" * 16, {"a": 1}, b"body")

    assert made == b"C" + b"t" * 16 + bytes([0, 0, 0, 7, 0, 0, 0, 4]) + b'{"a":1}body'


# --- hostile answers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        pytest.param([2**31 - 1], 64, id="too long"),
        pytest.param([2**31 - 1] * 8, 64, id="impossibly large"),
        pytest.param([2**32, 2**32], 0, id="a product that overflows to 0"),
        pytest.param([-1], 64, id="negative"),
        pytest.param([-2, -4], 64, id="negative, with a positive product"),
        pytest.param([2**64], 64, id="more than 64 bits"),
        pytest.param([1.5], 64, id="a fraction"),
        pytest.param(["8"], 64, id="text"),
        pytest.param([True], 8, id="a truth value"),
        pytest.param([None], 8, id="null"),
        pytest.param([1] * 9, 8, id="nine dimensions"),
        pytest.param([1] * 100_000, 8, id="a hundred thousand dimensions"),
        pytest.param("88", 64, id="no list"),
        pytest.param([7], 64, id="bytes left over"),
        pytest.param([9], 64, id="bytes too few"),
        pytest.param([0], 1, id="empty, with a byte"),
        pytest.param([0, 2**31 - 1, 2**31 - 1, 2**31 - 1], 0, id="empty, and too large for numpy"),
    ],
)
def test_a_shape_that_does_not_fit_is_malformed(shape: object, body: int) -> None:
    assert isinstance(one(array(shape=shape), bytes(body)), Malformed)


_TEXTS = [
    pytest.param(b"", id="nothing"),
    pytest.param(b"null", id="null"),
    pytest.param(b"[]", id="a list"),
    pytest.param(b"{", id="cut off"),
    pytest.param(b"{} {}", id="two"),
    pytest.param(b"\xff\xfe", id="no UTF-8"),
    pytest.param(b'{"\xff": 1}', id="a key that is no UTF-8"),
    pytest.param(b'{"absent": "\xed\xa0\x80"}', id="a surrogate in UTF-8"),
    pytest.param(b'{"absent": "\\ud800"}', id="a lone surrogate"),
    pytest.param(b'{"absent": "\\udc00\\ud800"}', id="surrogates the wrong way round"),
    pytest.param(b'{"step": NaN}', id="NaN"),
    pytest.param(b'{"step": Infinity}', id="Infinity"),
    pytest.param(b'{"step": 1e999}', id="more than a float"),
    pytest.param(b'{"step": 99999999999999999999999}', id="more than 64 bits"),
    pytest.param(b'{"step": -1}', id="negative"),
    pytest.param(b'{"step": 1.5}', id="a fraction"),
    pytest.param(b'{"points": 10}', id="an unknown field"),
    pytest.param(b'{"outputs": []}', id="another type"),
    pytest.param(b'{"outputs": {"x": {}}}', id="a field missing"),
    pytest.param(b"[" * 200_000, id="deep lists"),
    pytest.param(b'{"outputs":' * 20_000, id="deep mappings"),
    pytest.param(b'{"shares": {"x": ' + b"[" * 200_000, id="deep where a list may be"),
    pytest.param(b" " * (MAX_HEADER + 1), id="too long"),
    pytest.param(b"\x00", id="a null byte"),
    pytest.param(b"\xef\xbb\xbf{}", id="a byte order mark"),
]


@pytest.mark.parametrize("text", _TEXTS)
@pytest.mark.parametrize("decode", [decode_case, decode_load, decode_author])
def test_a_header_that_is_none_is_malformed(
    decode: Callable[[bytes, bytes], object], text: bytes
) -> None:
    assert isinstance(decode(text, b""), Malformed)


def test_a_load_answer_has_no_body() -> None:
    assert isinstance(decode_load(b"{}", b"x"), Malformed)


def test_of_a_field_given_twice_one_counts_and_nothing_is_mixed() -> None:
    twice = (
        b'{"outputs": {"x": {"kind": "a"}}, "outputs": {"x": {"kind": "b"}, "x": {"kind": "c"}}}'
    )

    assert {name: one.kind for name, one in case_answer(twice).outputs.items()} == {"x": "c"}


def test_what_a_guest_calls_things_is_cut() -> None:
    long = "x" * 10_000
    row = {"name": long, "what": long, "file": long, "cell": None, "line": 1, "end": 1}
    problem = {"type": long, "message": long, "file": long, "line": 1}
    fields = {"found": [row], "dropped": [row], "failed": {long: problem}, "unreadable": [problem]}

    assert max(map(len, texts(extracted(header(fields))))) <= 1000


def test_what_an_answer_says_is_cut() -> None:
    long = "x" * 10_000
    problem = {"type": long, "message": long, "file": long, "line": 1}
    fields = {
        "outputs": {long: {"kind": long}}, "missing": [long], "absent": long, "problem": problem,
        "random": [long], "used": {long: [0]}, "shares": {long: [long]},
    }  # fmt: skip
    answer = case_answer(header(fields))

    assert max(map(len, texts(answer))) <= 1000


def test_why_something_is_malformed_is_told_in_brief() -> None:
    assert len(why(one(array("x" * 10_000), b""))) <= 1000
    assert len(why(decode_case(header({"x" * 10_000: 1}), b""))) <= 1000


def test_long_lists_are_cut() -> None:
    row = {"name": "A", "what": "class", "file": "a.py", "cell": None, "line": 1, "end": 1}

    assert len(extracted(header({"found": [row] * 2000})).found) == 512


def texts(record: object) -> Iterator[str]:
    """Yield every text in a record."""
    if isinstance(record, str):
        yield record
    elif isinstance(record, dict):
        yield from (text for pair in record.items() for item in pair for text in texts(item))
    elif isinstance(record, tuple | list):
        yield from (text for item in record for text in texts(item))
    elif isinstance(record, msgspec.Struct):
        yield from texts(tuple(getattr(record, name) for name in record.__struct_fields__))


# --- any bytes at all -----------------------------------------------------------------------------

_ROW = {"name": "A", "what": "class", "file": "a.py", "cell": 1, "line": 1, "end": 2}
_PROBLEM = {"type": "ValueError", "message": "no", "file": "a.py", "cell": None, "line": 7}
_FRAMES: list[tuple[Callable[[bytes, bytes], object], object, bytes]] = [
    (
        decode_case,
        {
            "outputs": {"a.x": array(), "a.y": array("|b1", (2, 2)), "a.z": {"kind": "None"}},
            "missing": ["a.w"], "absent": None, "changed": {"D": array("<f4", (1, 1))},
            "others": {"back()": array("<i8", (1,))}, "shares": {"a.x": ["D"]},
            "used": {"A.back": [0, 1]}, "random": ["A.back"], "problem": _PROBLEM, "step": 3,
            "out_of_memory": False,
        },
        bytes(range(32)),
    ),
    (
        decode_load,
        {"found": [_ROW], "dropped": [_ROW], "failed": {"B": _PROBLEM}, "unreadable": [_PROBLEM]},
        b"",
    ),
    (
        decode_author,
        {"values": {"a\ngiven\nX": array(), "b": array("<f8", (), "scalar")}, "texts": {"1": "6"}},
        bytes(24),
    ),
]  # fmt: skip
_SNIPPETS = [
    b"-1", b"1e999", b"NaN", b"null", b"[[[[", b'"\\ud800"', b"\xff", b"{}", b"[2147483647]",
    b'"<f8"', b'"|O"', b"true", b"18446744073709551616", b'{"kind":"x"}', b",", b'"', b"\x00",
]  # fmt: skip


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Return bytes with a few changes: flipped, cut, doubled or replaced by something telling."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at, to = sorted((rng.randint(0, len(changed)), rng.randint(0, len(changed))))
        match rng.randrange(5):
            case 0 if changed:
                changed[at % len(changed)] = rng.randrange(256)
            case 1:
                del changed[at : min(to, at + 12)]
            case 2:
                changed[at:at] = rng.choice(_SNIPPETS)
            case 3:
                changed[at : min(to, at + 6)] = rng.choice(_SNIPPETS)
            case _:
                changed[at:at] = changed[at:to]
    return bytes(changed)


@pytest.mark.parametrize("seed", range(10))
def test_no_bytes_raise_anything(seed: int) -> None:
    rng = random.Random(seed)
    kinds = (CaseAnswer, Extracted, AuthorAnswer, Malformed)

    for _ in range(200):
        decode, fields, body = rng.choice(_FRAMES)
        head = mutated(header(fields), rng)
        answer = decode(head, mutated(body, rng) if rng.random() < 0.5 else body)

        assert isinstance(answer, kinds)


@pytest.mark.parametrize(("decode", "fields", "body"), _FRAMES, ids=["case", "load", "author"])
def test_what_is_mutated_there_was_valid(
    decode: Callable[[bytes, bytes], object], fields: object, body: bytes
) -> None:
    assert not isinstance(decode(header(fields), body), Malformed)


def test_numbers_are_read_as_they_were_written() -> None:
    numbers = np.array([0.1, -0.0, 5e-324, 1.7976931348623157e308, np.inf])
    decoded = one(array(shape=(5,)), numbers.tobytes())

    assert arrived(decoded).tobytes() == numbers.tobytes()
