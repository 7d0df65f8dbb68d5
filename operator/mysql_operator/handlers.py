"""kopf's part: watch the MySQL objects and wake the engine up. Nothing else happens here.

Only `on.event`: kopf then adds no finalizer, no annotation and no retry of its own. The finalizer
is the engine's, because a deletion ends when the data is safe and not when a handler has returned.
"""

from __future__ import annotations

import logging
from typing import Any

import kopf

from mysql_operator import names
from mysql_operator.names import Key
from mysql_operator.reconcile.engine import Engine

RESOURCE = (names.GROUP, names.VERSION, names.MYSQL.plural)


def register(registry: kopf.OperatorRegistry, engine: Engine) -> None:
    """Register everything that kopf is to call. The engine itself is started by `running`."""

    @kopf.on.login(registry=registry)
    def log_in(**arguments: Any) -> kopf.ConnectionInfo | None:
        in_cluster = kopf.login_with_service_account(**arguments)
        return in_cluster or kopf.login_with_kubeconfig(**arguments)

    @kopf.on.startup(registry=registry)
    async def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
        settings.posting.enabled = False  # the engine tells its own events
        settings.scanning.disabled = True  # neither CRDs nor namespaces come and go while it runs
        settings.networking.request_timeout = 60
        settings.watching.server_timeout = 300

    @kopf.on.cleanup(registry=registry)
    async def stop(**_: Any) -> None:
        await engine.stop()

    @kopf.on.event(*RESOURCE, registry=registry)
    async def wake_up(namespace: str | None, name: str, meta: kopf.Meta, **_: Any) -> None:
        engine.hear_of(Key(namespace or "", name), int(meta["resourceVersion"]))

    @kopf.on.probe(id="engine", registry=registry)
    async def probe(**_: Any) -> str:
        if engine.stuck() or not engine.is_alive():
            raise kopf.PermanentError(f"the engine is stuck: {engine.stuck()}")
        return "working"


def set_log_levels(level: str) -> None:
    """Log what the operator does; of the libraries only what is wrong."""
    kopf.configure(log_format=kopf.LogFormat.FULL)
    logging.getLogger().setLevel(level)
    for library in ("kopf", "httpx2", "httpcore2", "aiohttp"):
        logging.getLogger(library).setLevel(logging.WARNING)
