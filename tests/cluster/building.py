"""Builds the programs of a cluster and of tests from their modules, once per version.

The cache key is the version and a digest of everything else that goes into the build, so a
changed `go.sum` or stamp is never hidden by an older build of the same version.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cluster import debian, paths
from tests.cluster.console import ClusterError, run_logged, say
from tests.cluster.versions import NPM_PACKAGES, OPTIONAL_TOOLS, TOOLS, Tool

_FLAGS = ("-trimpath", "-mod=readonly", "-buildvcs=false", "-v")


def tool_named(name: str) -> Tool:
    """Find a tool of the table by its name."""
    for tool in TOOLS + OPTIONAL_TOOLS:
        if tool.name == name:
            return tool
    known = ", ".join(tool.name for tool in TOOLS + OPTIONAL_TOOLS)
    raise ClusterError(f"There is no tool {name}; there are {known}.")


def link_flags(tool: Tool) -> str:
    """Strip the programs, and stamp their versions."""
    return " ".join(("-s", "-w", *(f"-X {stamp}" for stamp in tool.stamps)))


def digest_of(tool: Tool, module: Path) -> str:
    """Digest what a build is made of, apart from the compiler."""
    recipe = repr((tool.packages, link_flags(tool), tool.renamed)) + ",".join(tool.tags)
    digest = hashlib.sha256(recipe.encode())
    for file in sorted(module.iterdir()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:8]


def folder_of(tool: Tool) -> Path:
    """Where the programs of a tool are, or will be once built."""
    digest = digest_of(tool, paths.TOOLS / tool.name)
    return paths.cache_home() / "bin" / f"{tool.name}-{tool.version}-{digest}"


def program(tool: str, name: str | None = None) -> Path:
    """Where one program of a tool is."""
    return folder_of(tool_named(tool)) / (name or tool)


def search_path() -> list[Path]:
    """List the folders that a person's PATH should begin with: kubectl, helm and what is built."""
    wanted = [tool_named("kubernetes"), tool_named("helm")]
    wanted += [tool for tool in OPTIONAL_TOOLS if folder_of(tool).is_dir()]
    return [folder_of(tool) for tool in wanted]


def ensure(tools: Sequence[Tool]) -> None:
    """Build those tools that are not in the cache yet."""
    missing = [tool for tool in tools if not folder_of(tool).is_dir()]
    if not missing:
        return
    if any(tool.npm for tool in missing):
        debian.ensure_packages(NPM_PACKAGES)
    if shutil.which("go") is None and not all(tool.npm for tool in missing):
        raise ClusterError(
            "Go is not installed, and the programs of the local Kubernetes are built with it: "
            "install Go 1.26 or newer from go.dev or your distribution."
        )
    total = sum(tool.seconds for tool in missing)
    say(f"Building {len(missing)} tools: about {total / 60:.0f} min on 2 cores, kept after")
    for number, tool in enumerate(missing, start=1):
        _build(tool, f"{number} of {len(missing)}")


def _build(tool: Tool, position: str) -> None:
    cache = paths.cache_home()
    paths.require_space(cache, tool.mebibytes << 20, f"Building {tool.name}")
    say(f"  [{position}] {tool.name} {tool.version}: about {tool.seconds} s")
    started = time.monotonic()
    with paths.built_whole(folder_of(tool)) as folder:
        folder.mkdir()
        _install_by_npm(tool, folder) if tool.npm else _compile(tool, folder)
    say(f"  [{position}] {tool.name} built in {time.monotonic() - started:.0f} s")


def _compile(tool: Tool, folder: Path) -> None:
    tags, flags = ",".join(tool.tags), link_flags(tool)
    run_logged(
        tool.name,
        [
            "go",
            "build",
            *_FLAGS,
            "-tags",
            tags,
            "-ldflags",
            flags,
            "-o",
            f"{folder}/",
            *tool.packages,
        ],
        log=paths.cache_home() / "logs" / f"{tool.name}.log",
        env={**os.environ, "CGO_ENABLED": "0"},
        cwd=paths.TOOLS / tool.name,
        progress=lambda log: f"{log.count(os.linesep)} packages",
    )
    for built, name in tool.renamed.items():
        (folder / built).rename(folder / name)


def _install_by_npm(tool: Tool, folder: Path) -> None:
    """Install exactly what the lock file says; no package runs a script of its own."""
    for file in ("package.json", "package-lock.json"):
        shutil.copy(paths.TOOLS / tool.name / file, folder)
    run_logged(
        tool.name,
        ["npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"],
        log=paths.cache_home() / "logs" / f"{tool.name}.log",
        cwd=folder,
    )
