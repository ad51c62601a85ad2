"""Work handed out: each is answered once, whatever becomes of workers; the key stays at home."""

import asyncio
import base64
import zlib
from collections.abc import Collection, Iterator
from math import nan
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.assignment.key import Key
from grader.batch import dispatch, hand
from grader.batch.branch import materials_for
from grader.batch.dispatch import Dispatch, Lost, driven
from grader.batch.ledger import Result
from grader.batch.parcel import (
    Paper,
    Papers,
    Wanting,
    Work,
    digest_of,
    order_of,
    packed,
    reply_of,
    told,
    unpacked,
)
from grader.errors import SandboxError
from grader.judge.sketch import Sketch
from grader.model import Assignment, Limits
from grader.submission.read import make_submission
from tests.conftest import ROOT

_NO_SKETCH = Sketch(form="", sums=(nan, 0.0, 0.0, 0.0), near=1.0)
REFUSED = Paper(result=Result("", None, "0", "a bug", None, None))


def works(count: int) -> Iterator[tuple[int, Work]]:
    for number in range(count):
        source = {"layers.py": b"# %d" % number}
        yield number, Work(make_submission("s", source, ("layers.py",), "s", None), f"{number}-s")


class Team:
    """Workers that do as their names say; what they were sent is kept."""

    def __init__(self, *names: str) -> None:
        self.names = set(names)
        self.sent: list[tuple[str, bytes]] = []

    async def workers(self) -> Collection[str]:
        return set(self.names)

    async def ask(self, worker: str, order: bytes) -> object:
        self.sent.append((worker, order))
        what, _, _ = worker.partition("-")
        await asyncio.sleep(3600 if what == "stopped" else 0.01)
        if what == "dies":
            self.names.discard(worker)
            raise Lost(worker)
        if what == "raises":
            raise RuntimeError("\x1b[31mno")
        if what == "lies":
            return b"\xc1"
        if what == "forgets" and not order_of(order).materials:
            return told(Wanting())
        return told(Papers((REFUSED,) * len(order_of(order).works)))


def answered(team: Team, count: int) -> dict[int, Paper | None]:
    one = Dispatch(team, b"materials", "strong", Limits())
    with asyncio.Runner() as runner:
        rows = list(driven(runner, one.papers(works(count), count)))
    assert len(rows) == len({number for number, _, _ in rows})
    return {number: paper for number, _, paper in rows}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_FIRST_SECONDS", "_LOOK_SECONDS", "_ALONE_SECONDS", "_UNFIT_SECONDS"):
        monkeypatch.setattr(dispatch, name, 0.05)


@pytest.mark.parametrize(
    "others",
    [(), ("good-2",), ("stopped",), ("dies-1", "dies-2"), ("raises", "lies"), ("forgets",)],
)
@pytest.mark.usefixtures("quick")
def test_every_work_is_answered_once(others: tuple[str, ...]) -> None:
    team = Team(*others, "good")

    assert answered(team, 100) == dict.fromkeys(range(100), REFUSED)


@pytest.mark.usefixtures("quick")
def test_materials_are_sent_once_to_each_and_again_where_they_are_wanting() -> None:
    team = Team("good", "forgets")
    answered(team, 60)

    with_them = [worker for worker, order in team.sent if order_of(order).materials]
    assert with_them.count("good") == 1
    assert with_them.count("forgets") >= 1
    assert len(team.sent) > len(with_them)


@pytest.mark.usefixtures("quick")
def test_what_ends_every_worker_is_given_up_after_three_of_them() -> None:
    team = Team(*(f"dies-{number}" for number in range(9)))

    assert answered(team, 1) == {0: None}
    assert len(team.sent) == 3


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("names", "why"), [((), "there is none"), (("raises", "lies"), "lies: it answered")]
)
def test_where_no_worker_can_be_used_it_is_told(names: tuple[str, ...], why: str) -> None:
    with pytest.raises(SandboxError, match=why) as error:
        answered(Team(*names), 5)

    assert "\x1b" not in error.value.message


def test_little_is_under_way_at_a_time() -> None:
    taken: list[int] = []

    def counted() -> Iterator[tuple[int, Work]]:
        for number, work in works(400):
            taken.append(number)
            yield number, work

    one = Dispatch(Team("good", "good-2"), b"", "strong", Limits())
    with asyncio.Runner() as runner:
        results = driven(runner, one.papers(counted(), 400))
        next(results)
        results.close()  # type: ignore[attr-defined]

    assert len(taken) <= 6 * 8


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc1", "text", None, told(Papers(())), told(Papers((REFUSED, REFUSED))),
     told(Papers((Paper(result=REFUSED.result, page="a page of nothing"),))),
     told(Papers((Paper(result=REFUSED.result, sha256="0" * 64, page=""),))),
     told(Papers((Paper(result=replace(REFUSED.result, unnamed={"x": _NO_SKETCH})),)))],
)  # fmt: skip
def test_what_cannot_be_a_reply_is_none(data: object) -> None:
    ((_, work),) = works(1)

    assert reply_of(data, [work]) is None
    assert reply_of(told(Papers((REFUSED,))), [work]) == Papers((REFUSED,))


def test_the_key_stays_at_home(backprop: Assignment, key: Key, home: Path) -> None:
    class Real(Team):
        async def ask(self, worker: str, order: bytes) -> object:
            self.sent.append((worker, order))
            return await asyncio.to_thread(hand.work, order)

    materials = materials_for(backprop, key, home / "cases", {})
    team, data = Real("good"), packed(materials)
    source = {"layers.py": (ROOT / "solutions" / "backprop" / "layers.py").read_bytes()}
    work = Work(make_submission("s", source, backprop.files, "s", None), "1-s")
    one = Dispatch(team, data, "none", backprop.limits)
    with asyncio.Runner() as runner:
        ((_, _, paper),) = driven(runner, one.papers(iter([(0, work)]), 1))
    hand.ROOMS.pop(digest_of(data)).close()

    assert paper is not None
    assert paper.result.points == "10"
    sent = b"".join(order for _, order in team.sent) + zlib.decompress(data)
    seeds = [key.seed(backprop.slug, plan.id) for plan in backprop.plans]
    secrets = [key.secret, *(bytes.fromhex(seed) for seed in seeds)]
    for secret in secrets:
        for form in (secret, secret.hex().encode(), base64.b64encode(secret)[:-4], secret[::-1]):
            assert form not in sent
    assert str(ROOT).encode() not in sent
    assert unpacked(data, digest_of(data)).key_id == key.id
