"""A cluster as the place where a class is graded: files are written here."""

from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.assignment.casebook import Drawn, all_cases
from grader.assignment.key import Key
from grader.assignment.materials import Materials
from grader.assignment.probes import probes_of
from grader.batch.cluster import Cluster
from grader.batch.office import Office, Place
from grader.batch.parcel import Work, packed
from grader.model import Assignment
from grader.sandbox.host import keeper_for
from grader.sandbox.keeper import Keeper
from grader.sandbox.paths import policy_for


def materials_for(
    assignment: Assignment, key: Key, cache: Path | None, record: Mapping[str, Drawn]
) -> Materials:
    """Return all that a class is graded on: author code runs here alone, and the key stays here."""

    def author() -> Keeper:
        policy = policy_for(assignment.limits, assignment.packages)
        return keeper_for(policy, serves_author=True)

    return Materials(
        assignment=assignment,
        cases=all_cases(assignment, key, author, cache, record),
        probes=probes_of(assignment, author, cache),
        key_id=key.id,
    )


def there(cluster: Cluster, materials: Materials, lowest: str) -> Place:
    """Return the place that a cluster is; nothing is run there in a tier below `lowest`."""

    def answers(office: Office) -> Iterator[tuple[int, bytes | None]]:
        at_once: deque[tuple[int, bytes]] = deque()  # there was nothing to grade

        def works() -> Iterator[tuple[int, Work]]:
            for task in range(len(office.attempts)):
                taken = office.taken(task)
                if isinstance(taken, Work):
                    yield task, taken
                else:
                    at_once.append((task, taken))

        limits, packed_ = materials.assignment.limits, packed(materials)
        for task, work, paper in cluster.papers(
            works(), len(office.attempts), packed_, lowest, limits
        ):
            yield task, None if paper is None else office.filed(work, paper)
            while at_once:
                yield at_once.popleft()
        yield from at_once

    return answers
