"""Which kind of keeper this host can have."""

import os

from grader.sandbox.keeper import Keeper
from grader.sandbox.policy import Policy

# A pseudo-layer of Policy.without: a host that cannot fork, for tests.
FORK = "fork"


def keeper_for(policy: Policy, *, serves_author: bool = False) -> Keeper:
    """Return the best keeper that this system can have.

    A server that forks locked children, on Linux; elsewhere interpreters that are started ahead.
    """
    # Imported only where it can run.
    if hasattr(os, "pidfd_open") and FORK not in policy.without:
        from grader.sandbox.forking import ForkServer  # noqa: PLC0415

        return ForkServer(policy, serves_author=serves_author)
    from grader.sandbox.spares import Spares  # noqa: PLC0415

    return Spares(policy, serves_author=serves_author)
