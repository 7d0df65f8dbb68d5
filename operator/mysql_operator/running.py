"""Puts the parts together and hands them to kopf; runs until SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path
from typing import Any, cast

import kopf

from mysql_operator import handlers, names, settings
from mysql_operator.adapters import charts, connecting, metrics
from mysql_operator.adapters.helm import Helm
from mysql_operator.adapters.kube import Kube
from mysql_operator.adapters.requests import Requests
from mysql_operator.adapters.sources import ALL_NAMESPACES
from mysql_operator.errors import KubeError, SettingsError
from mysql_operator.reconcile.engine import Engine
from mysql_operator.render import digests
from mysql_operator.settings import Settings

logger = logging.getLogger(__name__)

KIND_POLL_SECONDS = 5.0


async def run() -> None:
    """Run the operator.

    Raises:
        SettingsError: a setting, the chart or helm itself is not usable.
    """
    chosen = settings.read()
    handlers.set_log_levels(chosen.log_level)
    await Helm(chosen.chart).ensure_usable(chosen.given_values)
    with tempfile.TemporaryDirectory(prefix=f"{names.OPERATOR}-") as folder:
        await _operate(chosen, charts.copied(chosen.chart, Path(folder)))


async def _operate(chosen: Settings, chart: Path) -> None:
    """Work with that chart until SIGTERM, or until this process may not any more."""
    requests = Requests()
    kube = Kube(connecting.from_environment(requests), chosen.served_namespaces)
    await _await_kind(kube, next(iter(chosen.served_namespaces), ALL_NAMESPACES))
    digest = digests.of_files(charts.files(chart))
    engine = Engine(kube, Helm(chart), chosen, chart_digest=digest)
    served = metrics.registry_of([requests, *engine.metrics()])
    exposition = metrics.MetricsServer(served, port=chosen.metrics_port)
    if chosen.metrics_port:
        await exposition.start()
    registry = kopf.OperatorRegistry()
    handlers.register(registry, engine)
    stop = asyncio.Event()
    working = asyncio.create_task(engine.run(), name="engine")
    working.add_done_callback(lambda _: stop.set())
    await kopf.operator(
        registry=registry,
        standalone=True,
        identity=cast("Any", chosen.identity),  # else it asks for the user, who has no name
        clusterwide=not chosen.served_namespaces,
        namespaces=chosen.served_namespaces,
        liveness_endpoint=f"http://0.0.0.0:{chosen.health_port}/healthz",
        stop_flag=stop,
    )
    await exposition.stop()
    working.cancel()
    (ended,) = await asyncio.gather(working, return_exceptions=True)
    if not isinstance(ended, asyncio.CancelledError):
        why = "the lease is lost" if ended is None else repr(ended)
        raise SettingsError("EngineEnded", f"{why}; another operator may be at work by now")


async def _await_kind(kube: Kube, namespace: str) -> None:
    """Wait until the API server has the kind MySQL: kopf discovers kinds once, at its start.

    It never notices a definition that is created later.

    It ends when somebody deletes the definition under it; the next start then waits here, not
    ready, and begins when the definition is there again.
    """
    told = ""
    while True:
        try:
            if await kube.knows_kind(namespace):
                return
            why = "it is not there; apply crd/mysqls.otus.homework.yaml"
        except KubeError as error:
            why = str(error)
        if why != told:
            logger.warning(
                "waiting for the definition of %s.%s: %s", names.MYSQL.plural, names.GROUP, why
            )
        told = why
        await asyncio.sleep(KIND_POLL_SECONDS)
