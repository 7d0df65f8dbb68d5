"""Metrics of the operator's own work: passes, the queue before them, and the helm commands."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import Counter, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from mysql_operator.errors import OperatorError
from mysql_operator.names import Key
from mysql_operator.reconcile.facts.observations import OperationKind
from mysql_operator.reconcile.queueing import KeyedQueue
from mysql_operator.reconcile.turns import Turns

SECOND, MINUTE, HOUR = 1.0, 60.0, 3600.0
PASS_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, SECOND, 2.5, 5, 10, 30, 2 * MINUTE)
HELM_BUCKETS = (
    *(0.25, 0.5, SECOND, 2.5, 5, 10, 30),
    *(MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR),
)
"""From a command that runs no hook to a restore that takes all the time it may."""

Gauges = Mapping[str, tuple[str, Callable[[], float]]]
"""Help text and current value by name."""


class CurrentState:
    """Gauges that are read when Prometheus asks; a Prometheus collector."""

    def __init__(self, gauges: Gauges) -> None:
        """Read these, and nothing before."""
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        """Give Prometheus each value as it is now."""
        for name, (text, read) in self._gauges.items():
            yield GaugeMetricFamily(f"mysql_operator_{name}", text, value=read())


def of_queue(queue: KeyedQueue, passes: Mapping[Key, float]) -> Gauges:
    """What waits for a pass, and the passes that run, each with its beginning."""
    return {
        "queue_length": ("Objects that wait for a pass.", lambda: len(queue)),
        "queue_longest_wait_seconds": (
            "Time for which the first object has waited for its pass.",
            queue.longest_wait,
        ),
        "passes_running": ("Passes that run.", lambda: len(passes)),
        "pass_longest_seconds": (
            "Time for which the longest pass has run.",
            lambda: time.monotonic() - min(passes.values()) if passes else 0.0,
        ),
    }


def of_turns(turns: Turns) -> Gauges:
    """The helm commands that work or wait, and how many may."""
    return {
        "helm_working": ("Helm commands that have a slot.", lambda: turns.working),
        "helm_waiting_for_hooks": (
            "Helm commands that only wait for the Job of a hook.",
            lambda: turns.waiting_for_hooks,
        ),
        "helm_queued": ("Helm commands that wait for their turn.", lambda: turns.queued),
        "helm_slots": ("Helm commands that may work at once.", lambda: turns.slots),
        "helm_waiting_limit": (
            "Helm commands that may wait for the Job of a hook.",
            lambda: turns.waiting_limit,
        ),
    }


UNKNOWN = "Unknown"
"""Reason of a pass that failed by an error of which nobody knows."""


class PassMetrics:
    """How passes end; a Prometheus collector."""

    def __init__(self) -> None:
        """Start at zero."""
        self._seconds = Histogram(
            "mysql_operator_pass_duration_seconds",
            "Duration of the passes: one look at a MySQL object, with what follows from it.",
            buckets=PASS_BUCKETS,
            registry=None,
        )
        self._errors = Counter(
            "mysql_operator_pass_errors_total",
            "Passes that ended with an error, by its reason; each is tried again.",
            ("reason",),
            registry=None,
        )
        self._errors.labels(UNKNOWN)  # from 0 on: Prometheus sees no increase in a first value

    def ended(self, began: float, reason: str | None) -> None:
        """Count a pass that began then, by time.monotonic(), and why it failed if it did."""
        self._seconds.observe(time.monotonic() - began)
        if reason is not None:
            self._errors.labels(reason).inc()

    def collect(self) -> Iterator[Metric]:
        """Give Prometheus what was counted."""
        yield from self._seconds.collect()
        yield from self._errors.collect()


class HelmMetrics:
    """How helm commands end; a Prometheus collector."""

    def __init__(self) -> None:
        """Start at zero."""
        self._seconds = Histogram(
            "mysql_operator_helm_duration_seconds",
            "Duration of the helm commands, without the wait for their turn, by outcome: "
            "succeeded, failed, or cancelled because something else was wanted by then.",
            ("command", "outcome"),
            buckets=HELM_BUCKETS,
            registry=None,
        )
        self._failures = Counter(
            "mysql_operator_helm_failures_total",
            "Helm commands that failed, by reason.",
            ("command", "reason"),
            registry=None,
        )

    def ended(
        self, kind: OperationKind, seconds: float, error: OperatorError | None, *, is_wanted: bool
    ) -> None:
        """Count a command; without `is_wanted` it was cancelled."""
        outcome = "failed" if error else "succeeded" if is_wanted else "cancelled"
        self._seconds.labels(str(kind), outcome).observe(seconds)
        if error is not None:
            self._failures.labels(str(kind), error.reason).inc()

    def collect(self) -> Iterator[Metric]:
        """Give Prometheus what was counted."""
        yield from self._seconds.collect()
        yield from self._failures.collect()
