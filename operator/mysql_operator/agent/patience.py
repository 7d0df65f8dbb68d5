"""How long an object store may take, and fail, before that is an error."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

REQUEST_SECONDS = 120
"""Time limit of one request, which has one part of a file in it at most."""

CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Patience:
    """How long a store may take, and fail, before that is an error."""

    retries: int
    seconds: int
    request: timedelta = timedelta(seconds=REQUEST_SECONDS)
    """Time limit of a request with its answer."""


FIRST_CONTACT = Patience(retries=4, seconds=20)
"""A store that is away is reported at once: nothing has begun yet."""

AT_WORK = Patience(retries=12, seconds=180)
"""A store that restarts does not cost the copy that is on its way into it."""

READING = Patience(retries=12, seconds=180, request=timedelta(days=14))
"""A large file is one answer, which takes its time, as long as it goes on.

NB: not by requests for ranges: `rclone serve s3` answers these with the whole file."""
