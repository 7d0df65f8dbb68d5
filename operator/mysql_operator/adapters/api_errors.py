"""What the clients of the Kubernetes API raise, as KubeError."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from lightkube import ApiError

from mysql_operator.errors import KubeError


class AbsentError(KubeError):
    """There is no such object."""


@asynccontextmanager
async def translating(what: str) -> AsyncIterator[None]:
    """Turn what the client raises into KubeError, with a sentence that holds no content."""
    try:
        yield
    except ApiError as error:
        code = error.status.code or 0
        reason = error.status.reason or "ApiError"
        kind = AbsentError if code == 404 else KubeError
        message = f"{what}: {error.status.message or reason}"
        raise kind(reason, message) from error
    except httpx2.HTTPStatusError as error:  # what is no kind of the API's is no Status either
        kind = AbsentError if error.response.status_code == 404 else KubeError
        raise kind("ApiError", f"{what}: HTTP {error.response.status_code}") from error
    except httpx2.HTTPError as error:
        raise KubeError("ApiUnreachable", f"{what}: {type(error).__name__}") from error
