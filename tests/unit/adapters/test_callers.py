"""A token counts only where the API server names a pod, and the signing service as its audience."""

from __future__ import annotations

from typing import Any

import pytest
from lightkube.models.authentication_v1 import TokenReviewStatus

from mysql_operator.adapters import callers
from mysql_operator.model import signing
from mysql_operator.names import Key

REVIEWED: dict[str, Any] = {
    "authenticated": True,
    "audiences": [signing.AUDIENCE],
    "user": {
        "username": "system:serviceaccount:team:default",
        "extra": {"authentication.kubernetes.io/pod-name": ["a-pod"]},
    },
}
USER = REVIEWED["user"]


def test_a_pod_is_known_by_its_token() -> None:
    caller = callers.caller_of(TokenReviewStatus.from_dict(REVIEWED))

    assert caller == (Key("team", "default"), "a-pod")
    assert caller is not None
    assert caller.namespace == "team"


@pytest.mark.parametrize(
    "changed",
    [
        {"authenticated": False},
        {"audiences": None},
        {"audiences": ["https://kubernetes.default.svc"]},
        {"user": {**USER, "username": "system:serviceaccount:team"}},
        {"user": {**USER, "username": "a-person"}},
        {"user": {**USER, "username": "x:system:serviceaccount:team:default"}},
        {"user": {**USER, "extra": None}},
        {"user": {**USER, "extra": {"authentication.kubernetes.io/pod-name": ["a", "b"]}}},
        {"user": None},
    ],
)
def test_any_other_token_is_nobodys(changed: dict[str, Any]) -> None:
    assert callers.caller_of(TokenReviewStatus.from_dict(REVIEWED | changed)) is None


def test_no_review_is_nobodys() -> None:
    assert callers.caller_of(None) is None
