"""A MySQL object gets a password only out of a Secret that is meant for it."""

from __future__ import annotations

from typing import Any, cast

import pytest
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Secret

from mysql_operator import names
from mysql_operator.adapters import release_secrets
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import SpecError
from mysql_operator.model.spec import SecretKeyRef
from mysql_operator.names import Key
from mysql_operator.reconcile import desiring
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.facts.observations import ReleaseDefaults
from mysql_operator.settings import SecretRefs
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import an_instance

KEY = Key("team", "db")
REF = SecretKeyRef(name="ours", key="password")


class OneSecret:
    """An API server with one Secret."""

    def __init__(self, secret: Secret) -> None:
        self.stored = secret

    async def secret(self, key: Key, name: str) -> Secret:
        return self.stored


def a_secret(type_: str = "Opaque", *, label: str | None = None) -> Secret:
    labels = {} if label is None else {names.PASSWORD_FOR: label}
    return Secret(
        metadata=ObjectMeta(name="ours", labels=labels),
        type=type_,
        data=release_secrets.encoded({"password": "hunter2"}),
    )


async def password_from(secret: Secret, *, secret_refs: SecretRefs = SecretRefs.LABELLED) -> Any:
    observer = builders.observer(
        cast("Kube", OneSecret(secret)), ReleaseDefaults("chart", secret_refs, {})
    )
    return await observer.password_from(KEY, REF, "passwordSecretRef")


@pytest.mark.parametrize("label", ["db", "Any"])
async def test_a_secret_is_used_that_is_labelled_for_the_object(label: str) -> None:
    assert await password_from(a_secret(label=label)) == "hunter2"


async def test_a_secret_is_used_whose_type_says_that_it_holds_a_password() -> None:
    assert await password_from(a_secret("kubernetes.io/basic-auth")) == "hunter2"


@pytest.mark.parametrize(
    "secret",
    [
        a_secret(),
        a_secret(label="other"),
        a_secret(label=""),
        a_secret("kubernetes.io/service-account-token"),
        a_secret("helm.sh/release.v1"),
    ],
    ids=["any Secret", "another object's", "an empty label", "a token", "a release"],
)
async def test_any_other_secret_is_refused_with_the_line_to_run(secret: Secret) -> None:
    with pytest.raises(SpecError) as refused:
        await password_from(secret)

    assert refused.value.reason == "SecretNotShared"
    assert "spec.passwordSecretRef: Secret ours" in refused.value.message
    assert "kubectl label secret -n team ours --overwrite otus.homework/password-for=db" in (
        refused.value.message
    )
    assert "hunter2" not in refused.value.message


async def test_where_the_cluster_is_one_teams_every_secret_may_be_named() -> None:
    assert await password_from(a_secret(), secret_refs=SecretRefs.ANY) == "hunter2"


def test_what_goes_for_all_releases_is_in_their_values_and_in_the_digest() -> None:
    policy = {"networkPolicy": {"enabled": True}}
    nothing = reading.Found(KEY, None, None, None, {}, [], None, None)

    before, after = (
        desiring.desired_for(
            an_instance(), nothing, {}, {}, ReleaseDefaults("chart", SecretRefs.ANY, values)
        )
        for values in ({}, policy)
    )

    assert after.values == {**before.values, **policy}
    assert after.values_digest != before.values_digest
