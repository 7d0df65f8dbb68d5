"""Asks the operator to sign requests to an object store, whose keys this Job does not have."""

from __future__ import annotations

import asyncio
import ssl
from http import HTTPStatus
from pathlib import Path

import aiohttp
from pydantic import ValidationError

from mysql_operator.agent.store.connections import Connections
from mysql_operator.agent.store.object_errors import StorageError
from mysql_operator.agent.store.patience import CONNECT_SECONDS
from mysql_operator.model import signing
from mysql_operator.model.s3_requests import S3Request
from mysql_operator.model.signing import Answer, Question, SignedBy

ATTEMPTS = 12
PAUSE_SECONDS = 5.0
"""Between two attempts: an operator that is being upgraded is back within a minute."""

ATTEMPTS_AT_WORK = 120
"""Once it has answered: then hours of an upload may be lost, and a store gets ten minutes, too."""

_TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=CONNECT_SECONDS)


class Signatures:
    """The signing service of the operator. Its coroutines belong to one event loop."""

    def __init__(self, signed_by: SignedBy, token_folder: Path) -> None:
        """Send nothing yet."""
        self._signed_by = signed_by
        self._token = token_folder / signing.TOKEN_FILE
        self._attempts = ATTEMPTS
        only_this_one = ssl.create_default_context(cadata=signed_by.ca_bundle)
        self._connections = Connections(only_this_one, _TIMEOUT)

    async def url(self, request: S3Request) -> str:
        """Get the URL for a request.

        Raises:
            StorageError: SigningUnreachable, or why the operator signs no such request.
        """
        said = ""
        for attempt in range(self._attempts):
            await asyncio.sleep(PAUSE_SECONDS if attempt else 0)
            try:
                answer = await self._asked(request)
            except (aiohttp.ClientError, OSError, TimeoutError, ValidationError) as error:
                said = str(error) or "timed out"
                continue
            if answer.url:
                self._attempts = ATTEMPTS_AT_WORK
                return answer.url
            raise StorageError(answer.reason, answer.message)
        raise StorageError(
            "SigningUnreachable",
            f"the operator at {self._signed_by.url}, which signs the requests to the store, does "
            f"not answer: {said}; see that it runs and that a NetworkPolicy lets the Jobs reach it",
        )

    async def close(self) -> None:
        """End the connections."""
        await self._connections.close()

    async def _asked(self, request: S3Request) -> Answer:
        question = Question(storage=self._signed_by.storage, request=request)
        async with self._connections.request(
            "POST",
            f"{self._signed_by.url}{signing.PATH}",
            data=question.model_dump_json(by_alias=True),
            headers={
                "Authorization": f"Bearer {self._token.read_text().strip()}",
                "Content-Type": "application/json",
            },
        ) as answer:
            if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                answer.raise_for_status()
            return Answer.model_validate_json(await answer.read())
