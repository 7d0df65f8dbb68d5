"""The signing service: who asks, for which store, and a signed URL, or why there is none.

It starts with the first ClusterMySQLBackupStorage. No request goes to the store from here: whoever
asks sends it. Nothing of what is signed is remembered.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from mysql_operator import names
from mysql_operator.adapters import release_secrets
from mysql_operator.adapters.callers import Caller
from mysql_operator.adapters.kube import Kube
from mysql_operator.adapters.signing_server import SigningServer
from mysql_operator.errors import OperatorError, SpecError
from mysql_operator.model import s3_requests
from mysql_operator.model.cluster_storage_spec import ClusterStorageSpec
from mysql_operator.model.s3_requests import Keys
from mysql_operator.model.signing import Answer, Question, SignedBy
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.stores import sharing, store_access
from mysql_operator.reconcile.stores.store_access import Asking
from mysql_operator.settings import SecretRefs, Settings

if TYPE_CHECKING:
    from mysql_operator.adapters.certificates import Authority

logger = logging.getLogger(__name__)

KNOWN_SECONDS = 60.0
"""How long the answer to "whose token is this" counts: a large upload asks for hundreds of URLs."""

REVIEWS = 4
"""How many questions about tokens the API server has at a time, whoever sends them."""

CERTIFICATE, KEY = "ca.crt", "ca.key"
"""Keys of the Secret with the authority."""


class KeptKeys(NamedTuple):
    """The keys of a store, as they are in their Secret."""

    keys: Keys
    version: str
    """The Secret's resourceVersion."""


class SigningService:
    """Signs requests to the stores whose keys are in the operator's namespace."""

    def __init__(self, kube: Kube, settings: Settings) -> None:
        """Serve nothing yet."""
        self._kube = kube
        self._settings = settings
        self._home = settings.own_namespace
        self._server = SigningServer(self.answer, port=settings.signing_port)
        self._callers: dict[str, Caller | None] = {}
        self._reviews = asyncio.Semaphore(REVIEWS)
        self._starting = asyncio.Lock()
        self._ca_bundle = ""

    @property
    def is_possible(self) -> bool:
        """Whether this operator has a port for it, and serves all namespaces."""
        return bool(self._settings.signing_port and not self._settings.served_namespaces)

    async def given(self, storage: str) -> SignedBy:
        """Start, unless that is done, and say where a Job finds the service.

        Raises:
            KubeError: the API did not answer.
            OperatorError: SigningUnavailable; it cannot serve.
        """
        async with self._starting:
            if not self._ca_bundle:
                self._ca_bundle = await self._start()
        address = f"https://{self._settings.signing_host}:{self._settings.signing_port}"
        return SignedBy(url=address, storage=storage, ca_bundle=self._ca_bundle)

    async def _start(self) -> str:
        # Here, because many clusters have no such storage: cryptography costs memory.
        from mysql_operator.adapters import certificates

        authority = await self._authority()
        try:
            context = certificates.serving(authority, [self._settings.signing_host])
            await self._server.start(context)
        except (ValueError, OSError) as error:
            raise OperatorError(
                "SigningUnavailable",
                f"the signing service cannot start: {error}; if the Secret "
                f"{self._home}/{names.SIGNING_SECRET} is damaged, delete it and start the "
                "operator again",
            ) from error
        return authority.certificate

    async def _authority(self) -> Authority:
        """Read the authority, or make it. It stays as it is: releases have its certificate."""
        from mysql_operator.adapters import certificates

        place = Key(self._home, names.SIGNING_SECRET)
        found = await self._kube.secret(Key(self._home, ""), place.name)
        if found is None:
            made = certificates.new_authority()
            content = {CERTIFICATE: made.certificate, KEY: made.key}
            found = await self._kube.kept_secret(place, release_secrets.encoded(content))
        content = release_secrets.text(found.data or {})
        return certificates.Authority(content.get(CERTIFICATE, ""), content.get(KEY, ""))

    async def stop(self) -> None:
        """Serve no longer."""
        await self._server.stop()

    async def answer(self, token: str, question: Question, now: datetime) -> Answer:
        """Sign a request, if whoever has the token may send it.

        Raises:
            KubeError: the API did not answer.
        """
        try:
            return Answer(url=await self._signed(token, question, now))
        except OperatorError as error:
            if not isinstance(error, SpecError):
                raise
            logger.info("A request is not signed: %s", error)
            return Answer(reason=error.reason, message=error.message)

    async def _signed(self, token: str, question: Question, now: datetime) -> str:
        spec = self._spec(question.storage)
        asking = await self._asking(await self._caller(token))
        refused = store_access.refusal(spec, asking, question.request)
        if refused:
            raise _refused(f"{names.CLUSTER_STORAGE.kind} {question.storage}: {refused}")
        kept = await self.keys(question.storage, spec)
        return s3_requests.signed_url(spec.s3, kept.keys, question.request, now)

    def _spec(self, storage: str) -> ClusterStorageSpec:
        raw = self._kube.cluster_storage(storage, Key("", ""))
        if raw is None:
            raise _refused(f"there is no {names.CLUSTER_STORAGE.kind} {storage}")
        return reading.cluster_storage_from(raw)

    async def keys(self, storage: str, spec: ClusterStorageSpec) -> KeptKeys:
        """Read the keys of a store.

        Raises:
            SpecError: the Secret is not there, not meant for this storage, or lacks one.
        """
        name, reader = spec.s3.credentials_secret_ref.name, names.cluster_storage_key(storage)
        secret = await self._kube.secret_for(reader, Key(self._home, name))
        sharing.require_keys(
            Key(self._home, storage),
            name,
            secret,
            kind=names.CLUSTER_STORAGE,
            is_any_allowed=self._settings.secret_refs is SecretRefs.ANY,
        )
        content = release_secrets.text((secret.data if secret else None) or {})
        version = (secret.metadata.resourceVersion if secret and secret.metadata else None) or ""
        given = {name: text.strip() for name, text in content.items() if text}
        try:
            return KeptKeys(s3_requests.keys_of(given), version)
        except KeyError as error:
            raise SpecError(
                "MissingStorageCredentials",
                f"the Secret {self._home}/{name} has no key {error.args[0]}, or it is empty",
            ) from error

    async def _caller(self, token: str) -> Caller:
        known = hashlib.sha256(token.encode()).hexdigest()
        if known not in self._callers:
            async with self._reviews:
                self._callers[known] = await self._kube.caller(token)
            forget: Callable[[str, None], object] = self._callers.pop
            asyncio.get_running_loop().call_later(KNOWN_SECONDS, forget, known, None)
        caller = self._callers[known]
        if caller is None:
            raise _refused("the token is not that of a pod which is there")
        return caller

    async def _asking(self, caller: Caller) -> Asking:
        if caller.account == Key(self._home, names.OPERATOR):
            return Asking(self._home, {}, "", is_operator=True)
        pod = await self._kube.pod(Key(caller.namespace, caller.pod))
        labels = (pod.metadata.labels if pod and pod.metadata else None) or {}
        is_ours = labels.get(names.PART_OF) == names.OPERATOR
        return Asking(
            caller.namespace,
            self._kube.labels_of_namespace(caller.namespace),
            labels.get(names.INSTANCE, "") if is_ours else "",
        )


def _refused(why: str) -> SpecError:
    return SpecError("SigningRefused", f"{why}; the operator signs no such request")
