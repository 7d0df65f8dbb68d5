"""The local Kubernetes: one node in namespaces of its own, from binaries and images of the cache.

One process holds it all together. Ending that process ends every program and pod, and with them
their mounts and interfaces, so that nothing can be left behind but files and cgroups.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from tests.cluster import (
    addons,
    addresses,
    buildah,
    building,
    certificates,
    cgroups,
    components,
    configuring,
    debian,
    images,
    node,
    paths,
    sysctls,
    versions,
)
from tests.cluster.configuring import Layout
from tests.cluster.console import ClusterError, answer, output_of, say, succeeds
from tests.cluster.processes import Recorded

_START_SECONDS = 120.0
_KEPT_BUILDS = 3
_NAMESPACES = ("--net", "--pid", "--mount", "--uts")


class Local:
    """The provider that needs nothing but root, Go and a Debian."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def up(self) -> None:
        """Build what is not built yet, and start what does not run yet."""
        with paths.locked(self._lock()):
            if self._is_up():
                say("The cluster is up already.")
                answer(f"KUBECONFIG={self._layout.kubeconfig}")
                return
            _require_root()
            with paths.locked(paths.cache_home() / "lock"):
                debian.ensure_packages()
                building.ensure(versions.TOOLS)
                images.ensure(images.IN_CLUSTER)
            self._stop()
            self._start()

    def down(self) -> None:
        """End the cluster and remove its state; what was built stays."""
        with paths.locked(self._lock()):
            _require_root()
            was_up = self._stop()
        say("The cluster is down." if was_up else "There was no cluster; nothing is left of one.")

    def status(self) -> bool:
        """Print whether it is up, and where what is."""
        is_up = self._is_up()
        answer(f"local Kubernetes {versions.KUBERNETES}: {'up' if is_up else 'down'}")
        if is_up:
            answer(self._kubectl("get", "nodes", "-o", "wide").rstrip())
            answer(f"inside      nsenter -t {self._inside()} {shlex.join(_NAMESPACES)}")
        answer(f"kubeconfig  {self._layout.kubeconfig}")
        answer(f"logs        {self._layout.logs}")
        cache = paths.cache_home()
        answer(f"cache       {cache} ({paths.size_of(cache) / paths.GIB:.1f} GiB)")
        for tool in (*versions.TOOLS, *versions.OPTIONAL_TOOLS):
            answer(f"  {_mark(building.folder_of(tool))} {tool.name} {tool.version}")
        for image in (*images.IN_CLUSTER, *images.BASES):
            answer(f"  {_mark(image.archive())} {' '.join(image.names)}")
        return is_up

    def kubeconfig(self) -> Path:
        """Where the kubeconfig is, or will be."""
        return self._layout.kubeconfig

    def load(self, image: str, *, name: str | None) -> None:
        """Load an OCI archive, an image of buildah's store, or one that is there, renamed."""
        if Path(image).is_file():
            self._import(Path(image))
            if name:
                raise ClusterError(
                    "An archive carries its own name: load it, then rename with --as."
                )
        elif buildah.has(image):
            with tempfile.TemporaryDirectory(dir=self._layout.home) as folder:
                archive = Path(folder) / "image.tar"
                buildah.save(image, archive)
                self._import(archive)
        elif not self.has_image(image):
            raise ClusterError(
                f"{image} is no archive, and neither buildah's store nor the cluster has it."
            )
        if name:
            self._ctr("images", "tag", "--force", image, name)

    def has_image(self, image: str) -> bool:
        """Tell whether the node has the image, by its full name."""
        return image in self._ctr("images", "list", "-q").split()

    def build_image(self, context: Path, image: str) -> None:
        """Build with buildah, on stand-ins for the base images where there are none."""
        _require_root()
        with paths.locked(paths.cache_home() / "lock"):
            debian.ensure_packages()
            building.ensure([building.tool_named("helm")])
            buildah.ensure_bases(images.BASES)
            buildah.build(context, image)
            buildah.forget_all_but_newest(image.rpartition(":")[0], keep=_KEPT_BUILDS)

    def enter(self, command: Sequence[str]) -> list[str]:
        """Give the command line that runs a command inside the node."""
        return [
            "nsenter",
            "-t",
            str(self._inside()),
            *_NAMESPACES,
            f"--wdns={Path.cwd()}",
            *command,
        ]

    def _lock(self) -> Path:
        return self._layout.home.with_name(f".{self._layout.home.name}.lock")

    def _cgroup(self) -> str:
        return f"mysql-operator-{self._layout.home.name}"

    def _record(self) -> Recorded | None:
        record = Recorded.read(self._layout.record)
        return record if record and record.is_alive() else None

    def _inside(self) -> int:
        record = self._record()
        inside = record.child() if record else None
        if inside is None:
            raise ClusterError("The cluster is not up: run `python3 -m tests.cluster up` first.")
        return inside

    def _is_up(self) -> bool:
        """Tell whether it runs and came up whole: a run of `up` may have been killed half-way."""
        return self._record() is not None and self._layout.ready.exists() and self._api_is_ready()

    def _start(self) -> None:
        started = time.monotonic()
        say(f"Starting Kubernetes {versions.KUBERNETES} in {self._layout.home}")
        self._layout.home.mkdir(parents=True, mode=0o700)
        sysctls.keep(self._layout.home.parent)
        cgroups.create(self._cgroup())
        certificates.make_all(self._layout.keys)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._configure(listener.getsockname()[1], listener.fileno())
            self._spawn(listener)
        with ThreadPoolExecutor(max_workers=1) as pool:
            loading = pool.submit(self._load_images)
            self._wait("the API server", self._api_is_ready, loading)
            self._apply_addons()
            self._wait("the node", self._node_is_ready, loading)
            self._wait("CoreDNS", self._names_resolve, loading)
            self._wait("the images", loading.done, loading)
            loading.result()
        self._layout.ready.touch()
        say(f"The cluster is up after {time.monotonic() - started:.0f} s.")
        answer(f"KUBECONFIG={self._layout.kubeconfig}")

    def _configure(self, port: int, listener: int) -> None:
        layout = self._layout
        configuring.write_all(layout, f"/{self._cgroup()}")
        programs = [component.as_json() for component in components.all_of(layout, listener)]
        (layout.config / "components.json").write_text(json.dumps(programs, indent=2))
        server = f"https://127.0.0.1:{port}"
        content = configuring.kubeconfig(layout, certificates.ADMIN, server)
        layout.kubeconfig.write_text(json.dumps(content, indent=2))
        layout.kubeconfig.chmod(0o600)

    def _spawn(self, listener: socket.socket) -> None:
        """Start the node in a session of its own: it outlives the shell, and needs no terminal."""
        self._layout.logs.mkdir()
        unshare = ["unshare", *_NAMESPACES, "--fork", "--kill-child", "--mount-proc"]
        with (self._layout.logs / "node.log").open("ab") as log:
            process = subprocess.Popen(
                [*unshare, sys.executable, "-m", "tests.cluster.node", str(self._layout.home)],
                cwd=paths.REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(listener.fileno(),),
            )
        port = listener.getsockname()[1]
        Recorded.now(process.pid, port).write(self._layout.record)

    def _wait(
        self, what: str, is_ready: Callable[[], bool], loading: Future[None] | None = None
    ) -> None:
        """Wait for one step, and stop waiting as soon as it cannot come any more."""
        started = said = time.monotonic()
        while not is_ready():
            now = time.monotonic()
            if loading and loading.done() and loading.exception():
                loading.result()
            if self._record() is None:
                raise ClusterError(f"The node ended while starting. Its logs: {self._layout.logs}")
            if now - started > _START_SECONDS:
                raise ClusterError(f"{what} did not come up. Logs: {self._layout.logs}")
            if now - said > 15:
                said = now
                say(f"  … waiting for {what}: {now - started:.0f} s")
            time.sleep(0.1)
        say(f"  {what}: ready after {time.monotonic() - started:.1f} s")

    def _api_is_ready(self) -> bool:
        return succeeds(self._kubectl_line("get", "--raw=/readyz"))

    def _apply_addons(self) -> None:
        manifest = self._layout.config / "addons.json"
        manifest.write_text(json.dumps(addons.manifest(), indent=2))
        self._kubectl("apply", "--server-side", "-f", str(manifest))

    def _node_is_ready(self) -> bool:
        wait = ("wait", f"node/{addresses.NODE_NAME}", "--for=condition=Ready", "--timeout=2s")
        return succeeds(self._kubectl_line(*wait))

    def _names_resolve(self) -> bool:
        name = f"kubernetes.default.svc.{addresses.DOMAIN}"
        return succeeds(self.enter(["busybox", "nslookup", name, addresses.NODE_IP]))

    def _load_images(self) -> None:
        def containerd_answers() -> bool:
            with contextlib.suppress(ClusterError):
                return bool(self._ctr("version"))
            return False

        deadline = time.monotonic() + _START_SECONDS
        while not containerd_answers():
            if time.monotonic() > deadline:
                raise ClusterError(f"containerd does not answer. Its log: {self._layout.logs}")
            time.sleep(0.1)
        for image in images.IN_CLUSTER:
            self._import(image.archive())

    def _import(self, archive: Path) -> None:
        # What was unpacked needs no packed copy beside it.
        self._ctr("images", "import", "--local", "--discard-unpacked-layers", str(archive))

    def _ctr(self, *arguments: str) -> str:
        ctr = [str(building.program("containerd", "ctr")), "-n", "k8s.io"]
        ctr += ["-a", addresses.CONTAINERD_SOCKET]
        return output_of(self.enter([*ctr, *arguments]))

    def _kubectl_line(self, *arguments: str) -> list[str]:
        kubectl = str(building.program("kubernetes", "kubectl"))
        return [kubectl, f"--kubeconfig={self._layout.kubeconfig}", *arguments]

    def _kubectl(self, *arguments: str) -> str:
        return output_of(self._kubectl_line(*arguments))

    def _stop(self) -> bool:
        """End the recorded process if it still is that one, and remove what it left."""
        if not self._layout.home.exists():
            return False
        record = self._record()
        if record:
            record.end()
        cgroups.remove(self._cgroup())
        paths.remove(self._layout.home)
        sysctls.put_back(self._layout.home.parent)
        if not paths.holds_clusters(self._layout.home.parent):
            # NB: never before the last one: a folder that is removed takes along what another
            # node has mounted on it, although that node has mounts of its own.
            for place in node.MOUNT_POINTS:
                with contextlib.suppress(OSError):  # of a kubelet of the machine's own
                    place.rmdir()
        return record is not None


def _mark(built: Path) -> str:
    return "built    " if built.exists() else "not built"


def _require_root() -> None:
    if os.geteuid() != 0:
        raise ClusterError(
            "The local Kubernetes needs root, for namespaces and mounts. Run this as root, or set "
            "KUBECONFIG to a cluster of your own, or install Docker and kind."
        )
