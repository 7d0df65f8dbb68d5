"""The Debian packages a local Kubernetes needs, and root file systems made of others."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import paths
from tests.cluster.console import ClusterError, run_logged, say
from tests.cluster.versions import DEBIAN_PACKAGES

_EXCLUDED = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*")


def missing_packages(packages: Mapping[str, str] = DEBIAN_PACKAGES) -> list[str]:
    """List the packages whose program is not to be found."""
    return [name for name, shown_by in packages.items() if shutil.which(shown_by) is None]


def ensure_packages(packages: Mapping[str, str] = DEBIAN_PACKAGES) -> None:
    """Install what is missing where that can be done, and say what to install elsewhere."""
    missing = missing_packages(packages)
    if not missing:
        return
    wanted = "apt-get install " + shlex.join(missing)
    if os.geteuid() != 0:
        raise ClusterError(f"Some tools are missing. Install them as root:\n  {wanted}")
    if shutil.which("apt-get") is None:
        programs = ", ".join(packages[name] for name in missing)
        raise ClusterError(f"These programs are missing, and there is no apt-get here: {programs}")
    say(f"Installing Debian packages: {', '.join(missing)}")
    log = paths.cache_home() / "logs" / "apt.log"
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run_logged("apt-get update", ["apt-get", "update", "-q"], log=log, env=env)
    install = ["apt-get", "install", "-yq", "--no-install-recommends", *missing]
    run_logged("apt-get install", install, log=log, env=env)


def mirror_in(sources: Iterable[str], codename: str) -> str | None:
    """Find the mirror that this machine's own apt takes its release from.

    Other releases are taken from there too: whoever has a mirror of their own may reach no other.
    """
    for text in sources:
        for stanza in re.split(r"\n\s*\n", text):
            uris = re.search(r"^URIs:\s*(\S+)", stanza, re.MULTILINE)
            suites = re.search(r"^Suites:(.*)$", stanza, re.MULTILINE)
            if uris and suites and codename in suites[1].split():
                return uris[1]
        line = re.search(rf"^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+{codename}\s", text, re.MULTILINE)
        if line:
            return line[1]
    return None


def host_mirror() -> str | None:
    """Read this machine's apt sources; without any, mmdebstrap's own default is right."""
    release = Path("/etc/os-release").read_text()
    codename = re.search(r"^VERSION_CODENAME=(\w+)", release, re.MULTILINE)
    folder = Path("/etc/apt")
    files = [folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))]
    texts = [file.read_text(errors="replace") for file in files if file.is_file()]
    return mirror_in(texts, codename[1]) if codename else None


@dataclass(frozen=True)
class RootFileSystem:
    """A Debian release with some packages in it, changed by a few shell commands.

    The commands run outside of it, with its folder as `$1`.
    """

    suite: str
    packages: Sequence[str]
    commands: Sequence[str]
    mebibytes: int

    def arguments(self) -> list[str]:
        """Say how it is made; whoever keeps the result keeps it under a digest of this."""
        return [
            "--variant=minbase",
            "--format=tar",
            # Folders that packages and commands make in /run are part of an image.
            "--skip=cleanup/run",
            # An image of a mirror may be older than its own "valid until".
            "--aptopt=Acquire::Check-Valid-Until false",
            # Nobody needs what is half written here: a build that breaks off starts afresh.
            "--dpkgopt=force-unsafe-io",
            *(f"--dpkgopt=path-exclude={pattern}" for pattern in _EXCLUDED),
            f"--include={','.join(self.packages)}",
            *(f"--customize-hook={command}" for command in self.commands),
            self.suite,
        ]

    def write(self, tar: Path, *, title: str) -> None:
        """Write it as a tar file."""
        paths.require_space(tar.parent, (4 * self.mebibytes) << 20, f"Building {title}")
        mirror = host_mirror()
        command = ["mmdebstrap", *self.arguments(), str(tar)]
        run_logged(
            title,
            command + ([mirror] if mirror else []),
            log=paths.cache_home() / "logs" / f"{title}.log",
            progress=_last_line,
        )


def _last_line(log: str) -> str:
    lines = [line.strip() for line in re.split(r"[\r\n]", log) if line.strip()]
    return lines[-1][:60] if lines else ""
