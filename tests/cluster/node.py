"""The first process of the node: sets up its namespaces, then keeps its programs running.

`local.py` starts it as process 1 of new network, pid, mount and uts namespaces. It never ends
by itself: the kernel ends everything in there together with it.
"""

from __future__ import annotations

import http.client
import json
import os
import resource
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.cluster import addresses
from tests.cluster.configuring import Layout

# Places that programs insist on; here they are folders of the cluster's own state.
MOUNT_POINTS = (Path("/var/lib/kubelet"), Path("/var/lib/cni"))
_RESTART_SECONDS = 1.0
_ROUND_SECONDS = 0.1


def main() -> None:
    """Become the node of the cluster whose state folder is the only argument."""
    layout = Layout(Path(sys.argv[1]))
    _prepare(layout)
    components = json.loads((layout.config / "components.json").read_text())
    Supervisor(layout, components).run()


def _prepare(layout: Layout) -> None:
    """Make the node's network and its own places for what programs put at fixed paths."""
    for folder in (layout.logs, layout.volumes, layout.data):
        folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--make-rshared", "/"], check=True)
    for private in ("/run", "/var/log"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", private], check=True)
    for place in MOUNT_POINTS:
        folder = layout.data / place.name
        for needed in (place, folder):
            needed.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "--bind", str(folder), str(place)], check=True)
    commands = [
        ["hostname", addresses.NODE_NAME],
        ["ip", "link", "set", "lo", "up"],
        # A bridge without ports, because not every kernel has dummy devices.
        ["ip", "link", "add", "node", "type", "bridge"],
        ["ip", "address", "add", f"{addresses.NODE_IP}/24", "dev", "node"],
        ["ip", "link", "set", "node", "up"],
        ["ip", "route", "add", "default", "via", addresses.NODE_GATEWAY],
    ]
    for command in commands:
        subprocess.run(command, check=True)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Supervisor:
    """Starts each program when it can start, starts it again when it ended, and reaps orphans."""

    def __init__(self, layout: Layout, components: list[dict[str, Any]]) -> None:
        self._layout = layout
        self._api_is_up = False
        self._due = {component["name"]: 0.0 for component in components}
        self._components = {component["name"]: component for component in components}
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._names: dict[int, str] = {}
        self._trust = ssl.create_default_context(cafile=str(layout.keys / "ca.crt"))

    def run(self) -> None:
        """Go round for ever, several times a second."""
        while True:
            self._start_what_is_due()
            self._reap()
            time.sleep(_ROUND_SECONDS)

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        for name in [name for name, when in self._due.items() if when <= now]:
            if self._components[name]["needs_api"] and not self._api_answers():
                continue
            del self._due[name]
            self._start(name)

    def _api_answers(self) -> bool:
        if not self._api_is_up:
            try:
                connection = http.client.HTTPSConnection(
                    "127.0.0.1", addresses.API_PORT, timeout=2, context=self._trust
                )
                connection.request("GET", "/readyz")
                self._api_is_up = connection.getresponse().status == http.HTTPStatus.OK
            except (http.client.HTTPException, OSError):
                time.sleep(_ROUND_SECONDS)
        return self._api_is_up

    def _start(self, name: str) -> None:
        component = self._components[name]
        with (self._layout.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                component["command"],
                env={**os.environ, **component["environment"]},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=component["descriptors"],
            )
        self._running[process.pid] = process
        self._names[process.pid] = name

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if name := self._names.pop(pid, None):
                self._running.pop(pid).returncode = os.waitstatus_to_exitcode(status)
                self._due[name] = time.monotonic() + _RESTART_SECONDS
                with (self._layout.logs / "node.log").open("a") as log:
                    log.write(f"{time.strftime('%FT%T')} {name} ended with status {status}\n")


if __name__ == "__main__":
    main()
