"""What to do about a layer that is missing, by where we seem to be. Pure but for looking around."""

import sys
from collections.abc import Mapping
from pathlib import Path

_ANYWHERE = {
    "limits": "set no RLIMIT_AS below the assignment's memory limit for this process",
    "filter": "use a kernel with CONFIG_SECCOMP_FILTER, on x86_64 or aarch64",
    "landlock": "use Linux 5.13 or newer with landlock among the active security modules "
    "(cat /sys/kernel/security/lsm)",
    "namespaces": "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), or be root",
    "root": "allow mounts in user namespaces, or run as root",
    "user": "nothing, for an ordinary user; as root, install Python where other users can read it",
}
_CONTAINER = {
    "landlock": "use Docker 23 or Podman 4.1 or newer: older ones refuse Landlock",
    "namespaces": "a container's default profile forbids them: Landlock and the filter suffice for "
    "the tier strong; for full, grade on the host or in a virtual machine of its own",
    "root": "comes with namespaces",
}
_HOSTED_RUNNER = {
    "namespaces": "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    "root": "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
}
_GVISOR = {"landlock": "gVisor has no Landlock; its namespaces and private root stand in for it"}


def situation(environment: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return where we seem to be, in words, and what helps there, layer by layer."""
    if sys.platform != "linux":
        return sys.platform, {}
    version = Path("/proc/version")
    if version.exists() and "gvisor" in version.read_text(errors="replace").lower():
        return "gVisor", _ANYWHERE | _GVISOR
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        return "a container", _ANYWHERE | _CONTAINER
    if environment.get("GITHUB_ACTIONS"):
        return "a hosted CI runner", _ANYWHERE | _HOSTED_RUNNER
    return "a Linux host", _ANYWHERE
