"""Helm, as the reconciler sees it: two commands that change a release, and a check at the start.

The reconciler alone decides when to call them; nothing here retries, waits for a release or looks
at its state. pyhelm3 builds the command lines, and `HelmCommand` runs them: its own `run` goes
through `sh -c`, so that a cancellation stops the shell while helm goes on as an orphan, and it logs
whole command lines.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import pyhelm3  # type: ignore[import-untyped] # it ships no types

from mysql_operator import errors, names
from mysql_operator.adapters import helm_errors, processes

OLDEST_VERSION = (4, 2, 2)
FIRST_UNKNOWN_VERSION = (5, 0, 0)

HISTORY_MAX = 5
"""Revisions that helm keeps of a release: enough to look back, few enough to list in no time."""

_VERSION_LIMIT_SECONDS = 30.0
_RENDER_LIMIT_SECONDS = 60.0
_STDOUT_LIMIT = 32 * 1024 * 1024  # of an upgrade: the manifest and the files of the chart, as JSON
_STDERR_LIMIT = 64 * 1024

_ENVIRONMENT = frozenset(
    "PATH HOME TMPDIR KUBECONFIG KUBECACHEDIR SSL_CERT_FILE SSL_CERT_DIR"
    " HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy".split()
)
_ENVIRONMENT_PREFIXES = ("KUBERNETES_SERVICE_", "HELM_")
# HELM_DRIVER: releases have to be Secrets, the state machine reads those.
# HELM_DEBUG: prints values. HELM_NAMESPACE: each command names its own.
_ENVIRONMENT_REFUSED = frozenset({"HELM_DRIVER", "HELM_DEBUG", "HELM_NAMESPACE"})

_QUICK = {
    # Collects garbage half as often: a seventh less processor time, for 3 MB more in a helm that
    # waits for a hook. At 400 these would be 16 MB.
    "GOGC": "200",
    # At each start helm reads the texts of kubectl in the user's language, which it never prints:
    # 200 KB in English, the default, and 3 KB in this one. That is a quarter of the start. helm has
    # no texts in other languages than English, and those of errors come from libraries without any.
    "LC_ALL": "zh_TW.UTF-8",
}


class HelmCommand(pyhelm3.Command):  # type: ignore[misc] # untyped, see above
    """pyhelm3's command lines, run by us. One instance is one command: its limits are set here."""

    def __init__(
        self,
        executable: str,
        *,
        limit_seconds: float,
        grace_seconds: float,
        arguments: Sequence[str] = (),
    ) -> None:
        """`arguments` are flags that pyhelm3 has no parameter for; they go to the end."""
        super().__init__(executable=executable, history_max_revisions=HISTORY_MAX)
        self._arguments = arguments
        self._limit_seconds = limit_seconds
        self._grace_seconds = grace_seconds

    async def run(
        self,
        command: list[Any],
        input: bytes | None = None,  # noqa: A002 - pyhelm3 calls it so
    ) -> bytes:
        """Run helm with these arguments and return what it prints, or raise a `HelmError`."""
        words = [_path_of(self._executable), *map(str, command), *self._arguments]
        program = processes.Program(
            argv=processes.dying_with_parent(words),
            environment=environment(os.environ),
            limit_seconds=self._limit_seconds,
            grace_seconds=self._grace_seconds,
            stdout_limit=_STDOUT_LIMIT,
            stderr_limit=_STDERR_LIMIT,
        )
        outcome = await processes.run(program, input or b"")
        if error := _error_of(outcome, limit_seconds=self._limit_seconds):
            raise error
        return outcome.stdout


class Helm:
    """The helm executable and the bundled chart.

    Every command raises `errors.HelmError` when helm says no. A cancelled one raises
    `CancelledError` only after helm has ended, so that the release's state can be read at once.
    """

    def __init__(
        self,
        chart: pathlib.Path,
        *,
        executable: str = "helm",
        grace_seconds: float = 10.0,
        margin_seconds: float = 30.0,
    ) -> None:
        """`margin_seconds` is what helm gets beyond its own `--timeout` before it is stopped.

        helm counts its time limit for each thing that it waits for, and not at all while the API
        server is silent; hence a second limit, for the whole command.
        """
        self._chart = chart
        self._executable = executable
        self._grace_seconds = grace_seconds
        self._margin_seconds = margin_seconds

    async def ensure_usable(self, values: Mapping[str, Any]) -> None:
        """Refuse to start with a helm, a chart or values of every release that cannot do the work.

        The chart with its schema is asked about the values once, here, and not for each release.
        """
        if not (self._chart / "Chart.yaml").is_file():
            raise errors.SettingsError("ChartMissing", f"There is no chart at {self._chart}.")
        try:
            answer = await self._command(_VERSION_LIMIT_SECONDS).version()
        except errors.HelmError as error:
            raise errors.SettingsError(
                "HelmUnusable", f"helm does not run: {error.message}"
            ) from error
        refuse_unknown_version(answer)
        await self._ensure_taken(values)

    async def _ensure_taken(self, values: Mapping[str, Any]) -> None:
        rendering = ["template", "any", self._chart, "--values", "-"]
        try:
            await self._command(_RENDER_LIMIT_SECONDS).run(rendering, json.dumps(values).encode())
        except errors.HelmError as error:
            raise errors.SettingsError(
                "ChartUnusable", f"The chart does not take what is set: {error.message}"
            ) from error

    async def upgrade(
        self,
        release: names.Key,
        values: Mapping[str, Any],
        *,
        labels: Mapping[str, str],
        timeout_seconds: int,
    ) -> None:
        """Install the release, or bring it to these values; waits for its hooks, not for pods."""
        told = [f"--labels={key}={value}" for key, value in sorted(labels.items())]
        # The API server checks what it is told to apply. helm would read all schemas for that, 2 MB
        # in 0.2 s, which are half of its time. By hand: pyhelm3's own parameter for it is broken.
        arguments = ["--disable-openapi-validation", *told]
        await self._command(timeout_seconds, arguments).install_or_upgrade(
            release.name,
            self._chart,
            dict(values),
            namespace=release.namespace,
            create_namespace=False,  # pyhelm3 would: a namespace is not the operator's to make
            force_conflicts=True,
            server_side="true",
            reset_values=True,  # else helm takes empty values to mean "as before"
            timeout=f"{timeout_seconds}s",
        )

    async def uninstall(self, release: names.Key, *, hooks: bool, timeout_seconds: int) -> None:
        """Remove the release; one that is not there counts as removed."""
        try:
            await self._command(timeout_seconds).uninstall(
                release.name,
                namespace=release.namespace,
                no_hooks=not hooks,
                timeout=f"{timeout_seconds}s",
            )
        except errors.HelmError as error:
            if error.reason != helm_errors.RELEASE_NOT_FOUND:
                raise

    def _command(self, timeout_seconds: float, arguments: Sequence[str] = ()) -> HelmCommand:
        return HelmCommand(
            self._executable,
            limit_seconds=timeout_seconds + self._margin_seconds,
            grace_seconds=self._grace_seconds,
            arguments=arguments,
        )


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """What helm may know of the operator's own environment: how to reach the API, and no more."""
    known = {
        name: value
        for name, value in inherited.items()
        if (name in _ENVIRONMENT or name.startswith(_ENVIRONMENT_PREFIXES))
        and name not in _ENVIRONMENT_REFUSED
    }
    return _QUICK | known


def refuse_unknown_version(answer: str) -> None:
    """Raise unless this version of helm behaves as the operator counts on."""
    numbers = re.match(r"v?(\d+)\.(\d+)\.(\d+)", answer.strip())
    version = tuple(map(int, numbers.groups())) if numbers else ()
    if OLDEST_VERSION <= version < FIRST_UNKNOWN_VERSION:
        return
    raise errors.SettingsError(
        "HelmVersionUnsupported",
        f"helm says it is {answer.strip()[:40]!r}; the operator needs 4.2.2 or later, below 5. "
        "helm 4.2.1 sits out the whole time limit whenever it replaces the Job of a hook "
        "(helm/helm#32214), older ones were never tried, and helm 5 is not known yet.",
    )


def _path_of(executable: str) -> str:
    path = shutil.which(executable)
    if path is None:
        # Said here, because setpriv would say it in its own words and with helm's exit code.
        raise errors.HelmError("HelmMissing", f"There is no program {executable!r}.")
    return path


def _error_of(outcome: processes.Outcome, *, limit_seconds: float) -> errors.HelmError | None:
    if outcome.timed_out:
        return errors.HelmError(
            "TimedOut", f"helm did not end within {limit_seconds:.0f} seconds and was stopped."
        )
    if outcome.returncode < 0:
        return errors.HelmError(
            "HelmKilled",
            f"helm was ended by signal {-outcome.returncode}; was the operator out of memory?",
        )
    if outcome.returncode != 0:
        return helm_errors.error_from(outcome.stderr)
    if outcome.is_cut:
        return errors.HelmError("OutputTooLong", "helm did the work but printed too much about it.")
    return None
