"""What a worker of a cluster does: an order comes in, a reply goes out, both as bytes.

It never raises, and it answers for itself: where this host isolates student code less than is
asked for, or where other versions are installed, the reply says so and nothing is run.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from grader.batch.office import examined
from grader.batch.parcel import (
    Materials,
    Order,
    Papers,
    Reply,
    Unfit,
    Wanting,
    order_of,
    told,
    unpacked,
    versions,
)
from grader.errors import GraderError
from grader.explain import Explainer, explainer_by
from grader.grade import Grader, circumstances_of, demand
from grader.judge.verdict import judging
from grader.sandbox.host import keeper_for
from grader.sandbox.paths import policy_for
from grader.sandbox.probe import isolation_of, try_out

_MOST_ROOMS = 3  # batches that use a cluster at the same time


def work(order: bytes) -> bytes:
    """Do what an order says."""
    try:
        return told(_replied(order_of(order)))
    except GraderError as error:
        return told(Unfit(error.message))
    except Exception:
        logging.getLogger("grader").exception("an order failed")
        return told(Unfit("a bug in the grader: see the worker's log"))


def _replied(order: Order) -> Reply:
    if (here := versions()) != order.versions:
        names = [name for name in here if here[name] != order.versions.get(name)]
        found = ", ".join(f"{name} {here[name]}" for name in names)
        wanted = ", ".join(f"{order.versions.get(name)}" for name in names)
        return Unfit(f"it has {found} in place of {wanted}")
    room = _room(order)
    if room is None:
        return Wanting()
    with room.grader() as grade_one:
        demand(grade_one.circumstances.isolation, order.lowest)
        return Papers(tuple(examined(one, grade_one) for one in order.works))


class _Room:
    """What it takes to grade one class here: a grader for each thread that works at once."""

    def __init__(self, materials: Materials) -> None:
        self.materials = materials
        self.is_open = True
        self._idle: list[Grader] = []

    @contextmanager
    def grader(self) -> Iterator[Grader]:
        """Yield a grader that no other thread uses: a keeper is for one."""
        try:
            grader = self._idle.pop()
        except IndexError:
            grader = self._new()
        try:
            yield grader
        finally:
            self._idle.append(grader)
            if not self.is_open:
                self.close()

    def _new(self) -> Grader:
        about, cases, key_id = (
            self.materials.assignment,
            self.materials.cases,
            self.materials.key_id,
        )
        keeper = keeper_for(policy_for(about.limits, about.packages))
        try:
            circumstances = circumstances_of(about, key_id, keeper, isolation_of(try_out(keeper)))
        except GraderError:
            keeper.close()
            raise
        return Grader(about, cases, keeper, circumstances, judging(about), lambda: self.explainer)

    @cached_property
    def explainer(self) -> Explainer:
        """Make ready to explain when the first output fails."""
        return explainer_by(self.materials.assignment, self.materials.cases, self.materials.probes)

    def close(self) -> None:
        """End what is idle; what is not ends when it is."""
        self.is_open = False
        while self._idle:
            self._idle.pop().keeper.close()


ROOMS: dict[str, _Room] = {}
_CHANGES = threading.Lock()


def _room(order: Order) -> _Room | None:
    """Return the room for an order; None where the materials for it are wanting."""
    with _CHANGES:
        if order.digest not in ROOMS:
            if not order.materials:
                return None
            ROOMS[order.digest] = _Room(unpacked(order.materials, order.digest))
            while len(ROOMS) > _MOST_ROOMS:
                ROOMS.pop(next(iter(ROOMS))).close()
        return ROOMS[order.digest]
