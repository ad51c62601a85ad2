"""Where a class is graded: on this machine, or on a cluster."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from grader.cli.common import bench, cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from grader.assignment.casebook import Drawn
    from grader.assignment.key import Key
    from grader.batch.office import Place
    from grader.grade import Grader
    from grader.model import Assignment, Case


@contextmanager
def place_to_work(
    assignment: "Assignment",
    key: "Key",
    lowest: str,
    record: "Callable[[], Mapping[str, Drawn]]",
    cluster: str | None,
) -> "Iterator[tuple[Place, tuple[Case, ...]]]":
    """Yield where to grade a class, and the cases on which; they are made and kept by then."""
    if cluster is not None:
        from grader.batch.branch import materials_for, there
        from grader.batch.cluster import Cluster

        reached = Cluster(cluster)
        materials = materials_for(assignment, key, cache(), record())
        with reached:
            yield there(reached, materials, lowest), materials.cases
        return

    def workplace() -> "AbstractContextManager[Grader]":
        return bench(assignment, key, lowest, record)

    with workplace() as grade_one:  # the wall is tried, too
        cases = grade_one.cases
    from grader.batch.office import here  # heavy: only when the first server boots

    yield here(workplace), cases
