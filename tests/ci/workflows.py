"""Reads the workflows that `grader init` writes, and runs their scripts as a runner does."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_SCHEMAS = {
    "github": ("vendor.github-workflows",),
    "gitea": ("vendor.github-workflows",),
    "gitlab": ("vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
}
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")


def read(path: Path) -> Any:  # noqa: ANN401 - a workflow is what it is
    yaml = pytest.importorskip("ruamel.yaml")
    return yaml.YAML(typ="safe").load(path)


def tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        pytest.skip(f"{name} is not installed")
    return subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, check=False)


def by_schema(service: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Hold a workflow against the schema that is published for a service."""
    return tool("check-jsonschema", "--builtin-schema", *_SCHEMAS[service], path)


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Anna", "-c", "user.email=anna@example.org"]
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def machine() -> dict[str, str]:
    """Return what any machine needs of this one to install packages."""
    kept = ("PATH", "PIP_INDEX_URL", "PIP_CERT", "PIP_FIND_LINKS", "PIP_CONFIG_FILE",
            "SSL_CERT_FILE")  # fmt: skip
    return {one: os.environ[one] for one in kept if one in os.environ}
