"""What a worker of a cluster does: an order comes in, a reply goes out, both as bytes.

It never raises, and it answers for itself: where this host isolates student code less than is
asked for, or where other versions are installed, the reply says so and nothing is run.
"""

import logging
import threading
from functools import cached_property

from grader.assignment.materials import Materials
from grader.batch.office import examined
from grader.batch.parcel import (
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
from grader.sandbox.host import keeper_for
from grader.sandbox.paths import policy_for
from grader.sandbox.probe import isolation_of, try_out

_MOST_ROOMS = 3  # batches that use a cluster at the same time
# Of several threads: a keeper is for one, and so is ast.parse of Python 3.11 (gh-106905).
_ONE_AT_A_TIME = threading.Lock()


def work(order: bytes) -> bytes:
    """Do what an order says."""
    try:
        with _ONE_AT_A_TIME:
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
    demand(room.grader.circumstances.isolation, order.lowest)
    return Papers(tuple(examined(one, room.grader) for one in order.works))


class _Room:
    """What it takes to grade one class here."""

    def __init__(self, materials: Materials) -> None:
        about, cases = materials.assignment, materials.cases
        self._materials = materials
        keeper = keeper_for(policy_for(about.limits, about.packages))
        try:
            wall = isolation_of(try_out(keeper))
        except GraderError:
            keeper.close()
            raise
        circumstances = circumstances_of(about, materials.key_id, keeper, wall)
        self.grader = Grader(about, cases, keeper, circumstances, lambda: self._explainer)

    @cached_property
    def _explainer(self) -> Explainer:
        """Make ready to explain when the first output fails."""
        told_of = self._materials
        return explainer_by(told_of.assignment, told_of.cases, told_of.probes)

    def close(self) -> None:
        """End what was started."""
        self.grader.keeper.close()


ROOMS: dict[str, _Room] = {}


def _room(order: Order) -> _Room | None:
    """Return the room for an order; None where the materials for it are wanting."""
    if order.digest not in ROOMS:
        if not order.materials:
            return None
        ROOMS[order.digest] = _Room(unpacked(order.materials, order.digest))
        while len(ROOMS) > _MOST_ROOMS:
            ROOMS.pop(next(iter(ROOMS))).close()
    return ROOMS[order.digest]
