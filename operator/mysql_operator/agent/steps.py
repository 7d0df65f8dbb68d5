"""How long each step of a Job took, in its log: the first question about a Job that takes long."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)


@contextmanager
def timed(step: str) -> Iterator[None]:
    """Log how long a step took. Of one that fails the error is logged."""
    began = time.monotonic()
    yield
    logger.info("%s: %.1f s.", step, time.monotonic() - began)
