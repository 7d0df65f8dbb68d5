"""Work on several things in turn, none of which holds up another by its failure."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable
from typing import TypeVar

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


async def each(works: Iterable[Awaitable[Result]]) -> list[Result]:
    """Wait for each; then raise the first error, if there was one. The others are logged.

    NB: coroutines are to be made one by one, as a generator does. A list of them would have some
    that nobody awaits where this is cancelled.
    """
    results: list[Result] = []
    first: Exception | None = None
    for work in works:
        try:
            results.append(await work)
        except Exception as error:
            if first is not None:
                logger.warning("another error in the same pass: %s", error)
            first = first or error
    if first is not None:
        raise first
    return results
