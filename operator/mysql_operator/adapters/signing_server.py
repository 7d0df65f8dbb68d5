"""Serves signed URLs over HTTPS, in the event loop. Who gets which is decided elsewhere."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import web
from pydantic import ValidationError

from mysql_operator.errors import KubeError
from mysql_operator.model import signing
from mysql_operator.model.signing import Answer, Question

logger = logging.getLogger(__name__)

LARGEST_QUESTION = 64 * 1024
"""In bytes."""

Answering = Callable[[str, Question, datetime], Awaitable[Answer]]
"""Answers a question of whoever has that token."""


class SigningServer:
    """The HTTPS server."""

    def __init__(self, answering: Answering, *, port: int) -> None:
        """Serve nothing yet."""
        application = web.Application(client_max_size=LARGEST_QUESTION)
        application.router.add_post(signing.PATH, self._serve)
        self._runner = web.AppRunner(application, access_log=None)
        self._answering = answering
        self._port = port

    async def start(self, context: ssl.SSLContext) -> None:
        """Take connections, on all addresses of the pod."""
        await self._runner.setup()
        await web.TCPSite(self._runner, port=self._port, ssl_context=context).start()
        logger.info("serving signed URLs on port %s", self._port)

    async def stop(self) -> None:
        """End all connections."""
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            question = Question.model_validate_json(await request.read())
        except ValidationError:
            refusal = Answer(reason="SigningRefused", message="the question cannot be read")
            return _response(refusal, 400)
        try:
            answer = await self._answering(token, question, datetime.now(UTC))
        except KubeError as error:  # asked again by the agent
            logger.info("A request could not be signed: %s", error)
            return _response(Answer(reason=error.reason, message=error.message), 503)
        return _response(answer, 200 if answer.url else 403)


def _response(answer: Answer, status: int) -> web.Response:
    return web.json_response(text=answer.model_dump_json(by_alias=True), status=status)
