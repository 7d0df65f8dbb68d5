"""Who asks the signing service, as the API server says: a pod, by the token that is bound to it."""

from __future__ import annotations

from typing import NamedTuple

from lightkube.models.authentication_v1 import TokenReviewStatus

from mysql_operator.model import signing
from mysql_operator.names import Key

_ACCOUNT = "system:serviceaccount:"
_POD = "authentication.kubernetes.io/pod-name"


class Caller(NamedTuple):
    """A pod, and the ServiceAccount that it has."""

    account: Key
    pod: str

    @property
    def namespace(self) -> str:
        """Where both are."""
        return self.account.namespace


def caller_of(status: TokenReviewStatus | None) -> Caller | None:
    """Read a review; None where the token is nobody's, or not that of a pod which is there.

    A token may be for several audiences, so it counts only where the API server names ours.
    """
    if (
        status is None
        or not status.authenticated
        or signing.AUDIENCE not in (status.audiences or ())
    ):
        return None
    user = status.user
    name = (user.username if user else None) or ""
    pods = ((user.extra if user else None) or {}).get(_POD) or []
    namespace, _, account = name.removeprefix(_ACCOUNT).partition(":")
    if not name.startswith(_ACCOUNT) or not account or len(pods) != 1:
        return None
    return Caller(Key(namespace, account), pods[0])
