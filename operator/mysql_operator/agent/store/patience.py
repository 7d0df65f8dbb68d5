"""How long an object store may take, and fail, before that is an error."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

CONNECT_SECONDS = 10


@dataclass(frozen=True)
class Patience:
    """How long a store may take, and fail, before that is an error."""

    retries: int
    seconds: int
    request: timedelta
    """Time limit of a request with its answer."""
    silence: timedelta
    """Time without a byte of the answer. NB: it begins with the request, however long that is."""


FIRST_CONTACT = Patience(
    retries=4, seconds=20, request=timedelta(seconds=30), silence=timedelta(seconds=30)
)
"""A store that is away, or says nothing, is reported soon: nothing has begun yet."""

AT_WORK = Patience(
    retries=12, seconds=600, request=timedelta(minutes=5), silence=timedelta(minutes=5)
)
"""A store that restarts does not cost the copy that is on its way into it.

Two parts of 8 MiB at once take four minutes at 64 KiB/s. After a connection that died without a
word there is time for another one."""

READING = Patience(
    retries=12, seconds=600, request=timedelta(days=14), silence=timedelta(minutes=2)
)
"""A large file is one answer, which takes its time, as long as it goes on.

NB: not by requests for ranges: `rclone serve s3` answers these with the whole file."""
