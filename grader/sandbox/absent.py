"""A keeper of no guests: where what was answered elsewhere is judged, nothing is run."""

from grader.model import Ending
from grader.sandbox.exchange import Allowance
from grader.sandbox.keeper import Answer, Child, Hello, Keeper
from grader.sandbox.policy import Policy

_UNKNOWN = Answer(ending=Ending.NOT_RUN)


class Absent(Keeper):
    """Gives out children that answer nothing: what is not known already stays unknown."""

    def __init__(self, policy: Policy, versions: dict[str, str]) -> None:
        self._versions = versions
        super().__init__(policy)

    def _boot(self) -> None:
        pass

    @property
    def hello(self) -> Hello:
        """Return what is said of those who answered elsewhere."""
        return Hello(left_out={}, versions=self._versions)

    def _new_child(self) -> Child:
        return _Nobody()

    def close(self) -> None:
        """End nothing."""


class _Nobody:
    alive = False

    def ask(self, kind: int, header: object, body: bytes, allowance: Allowance) -> Answer:  # noqa: ARG002
        return _UNKNOWN

    def close(self) -> None:
        pass
