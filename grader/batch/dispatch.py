"""Hands work out to workers elsewhere, in chunks, and sees to it that each is answered.

A worker's promise counts for nothing here: a chunk that is not answered in its own time is sent
again elsewhere, and the first answer is kept. What is under way is bounded, whatever the class.
"""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping
from typing import Protocol, TypeAlias

from grader.batch.parcel import (
    Order,
    Paper,
    Papers,
    Unfit,
    Wanting,
    Work,
    digest_of,
    reply_of,
    told,
    versions,
)
from grader.errors import SandboxError
from grader.model import Limits
from grader.report.clean import clean

_MOST = 8  # submissions of a chunk
_MOST_BYTES = 4 << 20
_SENDS = 3
_UNDER_WAY = 2  # chunks at a worker: the next is there when one is done
_FIRST_SECONDS = 10.0  # a chunk's own time, before any is known to take longer
_LONGER = 4.0  # times the longest so far
_MORE_SECONDS = (
    120.0  # of a submission, beside what its limits allow: children start, pages are made
)
_LOOK_SECONDS = 1.0
_ALONE_SECONDS, _UNFIT_SECONDS = 30.0, 3.0

Answered: TypeAlias = tuple[int, Work, Paper | None]


class Link(Protocol):
    """What workers are reached by."""

    async def workers(self) -> Collection[str]:
        """Return the addresses of all workers."""

    async def ask(self, worker: str, order: bytes) -> object:
        """Have a worker do an order; anything may be raised, and anything returned."""


class _Chunk:
    """Some work that is sent together, until all of it is answered."""

    def __init__(
        self, works: Mapping[int, Work], tried: Iterable[str] = (), sends: int = 0
    ) -> None:
        self.works = dict(works)
        self.tried = set(tried)
        self.sends = sends


class _Sent:
    """A chunk on its way to a worker and back."""

    def __init__(self, chunk: _Chunk, worker: str, asked: "asyncio.Task[object]") -> None:
        self.chunk = chunk
        self.worker = worker
        self.asked = asked
        self.start = time.monotonic()
        self.works = dict(chunk.works)
        self.is_late = False

    @property
    def seconds(self) -> float:
        """Return for how long it has been on its way."""
        return time.monotonic() - self.start


class Dispatch:
    """The work of one class, handed out to the workers of a cluster."""

    def __init__(self, link: Link, materials: bytes, lowest: str, limits: Limits) -> None:
        self.link = link
        self.materials = materials
        self.digest = digest_of(materials)
        self.lowest = lowest
        self.limits = limits
        self.unfit: dict[str, str] = {}
        self._workers: Collection[str] = ()
        self._supplied: set[str] = set()
        self._source: Iterator[tuple[int, Work]] = iter(())
        self._left = 0
        self._queue: deque[_Chunk] = deque()
        self._sent: list[_Sent] = []
        self._done: set[int] = set()
        self._longest = 0.0
        self._looked = self._fit_at = time.monotonic()

    async def papers(
        self, source: Iterator[tuple[int, Work]], total: int
    ) -> AsyncGenerator[Answered, None]:
        """Yield each work of `source`, numbered, of at most `total`, with what came of it."""
        self._source, self._left = source, total
        try:
            await self._look_around()
            while self._hand_out():
                if self._sent:
                    asked = [one.asked for one in self._sent]
                    await asyncio.wait(asked, timeout=_LOOK_SECONDS, return_when="FIRST_COMPLETED")
                else:
                    await asyncio.sleep(_LOOK_SECONDS)
                if time.monotonic() - self._looked > _LOOK_SECONDS:
                    await self._look_around()
                for answered in [*self._taken(), *self._overdue()]:
                    yield answered
        finally:
            for one in self._sent:
                one.asked.cancel()
            await asyncio.gather(*(one.asked for one in self._sent), return_exceptions=True)

    async def _look_around(self) -> None:
        """See which workers there are; SandboxError where there has been none of use for long."""
        self._workers = await self.link.workers()
        self._looked = time.monotonic()
        gone = [one for one in self._sent if one.worker not in self._workers]
        for one in gone:
            one.asked.cancel()
        self._supplied &= set(self._workers)
        if self._fit():
            self._fit_at = self._looked
        unfit = {name: why for name, why in self.unfit.items() if name in self._workers}
        patience = _UNFIT_SECONDS if unfit else _ALONE_SECONDS
        if not self._sent and self._looked - self._fit_at > patience:
            found = "; ".join(f"{name}: {why}" for name, why in unfit.items()) or "there is none"
            raise SandboxError(
                f"the cluster has no worker that can be used: {found}",
                "put that right, then run the batch once more: it goes on where it was",
            )

    def _fit(self) -> list[str]:
        return [name for name in self._workers if name not in self.unfit]

    # --- there --------------------------------------------------------------------------------

    def _hand_out(self) -> bool:
        """Send what there is to workers that can take it; tell whether anything is left to do."""
        while (lane := self._next_lane()) is not None:
            worker, chunk = lane
            self._send(chunk, worker)
        open_ = [*self._queue, *(one.chunk for one in self._sent)]
        return any(self._unanswered(chunk) for chunk in open_)

    def _next_lane(self) -> tuple[str, _Chunk] | None:
        """Return a worker that is free, the least busy first, and a chunk for it."""
        load = dict.fromkeys(self._fit(), 0)
        for one in self._sent:
            if one.worker in load:
                load[one.worker] += 1
        free = [name for name in load if load[name] < _UNDER_WAY]
        for worker in sorted(free, key=lambda name: load[name]):
            chunk = self._waiting_for(worker) or self._new_chunk()
            if chunk is not None:
                return worker, chunk
        if not free and not self._sent and not self._queue and (chunk := self._new_chunk()):
            self._queue.append(chunk)  # there is work, and nobody yet to do it
        return None

    def _waiting_for(self, worker: str) -> _Chunk | None:
        """Take from the queue what this worker may do: not again what it was sent before.

        Unless no other worker is left to try, and none is at it.
        """
        self._queue = deque(chunk for chunk in self._queue if self._unanswered(chunk))
        for chunk in self._queue:
            under_way = any(one.chunk is chunk for one in self._sent)
            untried = set(self._fit()) - chunk.tried
            if worker in untried or not (untried or under_way):
                self._queue.remove(chunk)
                return chunk
        return None

    def _new_chunk(self) -> _Chunk | None:
        """Take the next work: the less of it is left, the smaller are the chunks."""
        most = max(1, min(_MOST, self._left // (_UNDER_WAY * (1 + len(self._fit())))))
        works: dict[int, Work] = {}
        size = 0
        for number, work in itertools.islice(self._source, most):
            works[number] = work
            size += sum(len(cell) for cell in work.submission.main.cells)
            size += sum(len(c) for helper in work.submission.helpers for c in helper.cells)
            if size > _MOST_BYTES:
                break
        self._left -= len(works)
        return _Chunk(works) if works else None

    def _send(self, chunk: _Chunk, worker: str) -> None:
        chunk.tried.add(worker)
        chunk.sends += 1
        order = Order(
            digest=self.digest,
            materials=b"" if worker in self._supplied else self.materials,
            lowest=self.lowest,
            versions=versions(),
            works=tuple(self._unanswered(chunk).values()),
        )
        self._supplied.add(worker)
        chunk.works = self._unanswered(chunk)
        asked = asyncio.ensure_future(self.link.ask(worker, told(order)))
        self._sent.append(_Sent(chunk, worker, asked))

    def _unanswered(self, chunk: _Chunk) -> dict[int, Work]:
        return {number: work for number, work in chunk.works.items() if number not in self._done}

    # --- and back -----------------------------------------------------------------------------

    def _taken(self) -> Iterator[Answered]:
        """Yield what has come back."""
        for one in [sent for sent in self._sent if sent.asked.done()]:
            self._sent.remove(one)
            yield from self._understood(one)

    def _understood(self, one: _Sent) -> Iterator[Answered]:
        """Yield the papers of a reply; see what is to be done where it has none."""
        if one.asked.cancelled() or isinstance(one.asked.exception(), Lost):
            yield from self._failed(one.chunk)
            return
        raised = one.asked.exception()
        reply = None if raised is not None else reply_of(one.asked.result(), [*one.works.values()])
        match reply:
            case Papers(papers=papers):
                self._longest = max(self._longest, one.seconds)
                yield from self._first(zip(one.works.items(), papers, strict=True))
                return
            case Wanting():
                self._supplied.discard(one.worker)
                one.chunk.tried.discard(one.worker)
            case Unfit(reason=reason):
                self.unfit[one.worker] = clean(reason, 300)
                one.chunk.sends -= 1
            case None:
                why = str(raised or "it answered with what is no answer")
                self.unfit[one.worker] = clean(why, 300)
        yield from self._failed(one.chunk)

    def _first(self, pairs: Iterable[tuple[tuple[int, Work], Paper | None]]) -> Iterator[Answered]:
        """Yield the answers to what has none yet."""
        for (number, work), paper in pairs:
            if number not in self._done:
                self._done.add(number)
                yield number, work, paper

    def _failed(self, chunk: _Chunk) -> Iterator[Answered]:
        """Put back what will not be answered, one by one, or give it up after so many times."""
        works = self._unanswered(chunk)
        if chunk in self._queue or any(one.chunk is chunk for one in self._sent):
            return
        if chunk.sends >= _SENDS:
            yield from self._first((pair, None) for pair in works.items())
            return
        # One by one: whatever ends a worker takes nothing else with it.
        self._queue.extendleft(
            _Chunk({number: work}, chunk.tried, chunk.sends) for number, work in works.items()
        )

    def _overdue(self) -> Iterator[Answered]:
        """Put back what is late, to be done elsewhere; give up what is later than any can be."""
        ahead: dict[str, int] = {}
        for one in list(self._sent):
            ahead[one.worker] = ahead.get(one.worker, 0) + 1
            own = max(_FIRST_SECONDS, _LONGER * self._longest) * ahead[one.worker]
            per_work = self.limits.submission_wall + self.limits.load_wall + _MORE_SECONDS
            if one.seconds > len(one.works) * per_work * ahead[one.worker]:
                one.asked.cancel()
                self._sent.remove(one)
                yield from self._failed(one.chunk)
            elif one.seconds > own and not one.is_late:
                one.is_late = True
                if one.chunk.sends < _SENDS and one.chunk not in self._queue:
                    self._queue.appendleft(one.chunk)


class Lost(Exception):  # noqa: N818 - it becomes another sending, not an error
    """A worker went away, or what it was asked was forgotten: no answer, and not its fault."""


def driven(runner: asyncio.Runner, papers: AsyncGenerator[Answered, None]) -> Iterator[Answered]:
    """Yield what is had asynchronously, one by one."""
    try:
        while (answered := runner.run(_next(papers))) is not None:
            yield answered
    finally:
        runner.run(_end(papers))


async def _next(papers: AsyncGenerator[Answered, None]) -> Answered | None:
    return await anext(papers, None)


async def _end(papers: AsyncGenerator[Answered, None]) -> None:
    await papers.aclose()
