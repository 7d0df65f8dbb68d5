"""The pull secrets of the operator's image reach the Jobs, and are taken back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Secret

from mysql_operator import names
from mysql_operator.adapters import release_secrets
from mysql_operator.names import Key
from mysql_operator.reconcile.facts.observations import ReleaseDefaults
from mysql_operator.reconcile.pull_secrets import CONTENT, TYPE, PullSecrets
from mysql_operator.settings import SecretRefs

SHOP = Key("team", "shop")
COPY = "shop-agent-registry"


class FakeSecrets:
    """Secrets by namespace and name, and how often one was written."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Secret] = {}
        self.writes = 0

    async def secret(self, key: Key, name: str) -> Secret | None:
        return self.kept.get((key.namespace, name))

    async def write_secret(
        self, key: Key, name: str, data: dict[str, str], *, type_: str = "Opaque"
    ) -> None:
        self.writes += 1
        labels = {names.MANAGED_BY: names.OPERATOR}
        self.kept[key.namespace, name] = a_secret(data, type_=type_, labels=labels)

    async def delete_secret(self, key: Key, name: str) -> None:
        del self.kept[key.namespace, name]


def a_secret(data: dict[str, str], *, type_: str = TYPE, labels: Any = None) -> Secret:
    return Secret(
        metadata=ObjectMeta(labels=labels), type=type_, data=release_secrets.encoded(data)
    )


def a_pull_secret(**auths: str) -> Secret:
    return a_secret({CONTENT: json.dumps({"auths": auths})})


@pytest.fixture
def secrets() -> FakeSecrets:
    made = FakeSecrets()
    made.kept["ops", "one"] = a_pull_secret(a="first")
    made.kept["ops", "two"] = a_pull_secret(b="second")
    return made


def registries(secrets: FakeSecrets) -> Any:
    copy = secrets.kept["team", COPY]
    assert copy.type == TYPE
    return json.loads(release_secrets.text(copy.data or {})[CONTENT])["auths"]


def test_all_of_them_are_in_one_copy(secrets: FakeSecrets) -> None:
    asyncio.run(PullSecrets(secrets, "ops", ["one", "two"]).hand_on(SHOP))

    assert registries(secrets) == {"a": "first", "b": "second"}


def test_a_copy_is_written_again_only_where_a_password_has_changed(secrets: FakeSecrets) -> None:
    pull_secrets = PullSecrets(secrets, "ops", ["one"])
    asyncio.run(pull_secrets.hand_on(SHOP))
    asyncio.run(pull_secrets.hand_on(SHOP))
    assert secrets.writes == 1

    secrets.kept["ops", "one"] = a_pull_secret(a="rotated")
    asyncio.run(pull_secrets.hand_on(SHOP))

    assert registries(secrets) == {"a": "rotated"}


def test_one_that_is_not_there_holds_up_nothing(secrets: FakeSecrets) -> None:
    asyncio.run(PullSecrets(secrets, "ops", ["gone", "two"]).hand_on(SHOP))

    assert registries(secrets) == {"b": "second"}


def test_only_the_operators_own_copy_is_taken_back(secrets: FakeSecrets) -> None:
    pull_secrets = PullSecrets(secrets, "ops", ["one"])
    asyncio.run(pull_secrets.hand_on(SHOP))
    asyncio.run(pull_secrets.take_back(SHOP))
    assert ("team", COPY) not in secrets.kept

    secrets.kept["team", COPY] = a_pull_secret(theirs="x")
    asyncio.run(pull_secrets.take_back(SHOP))

    assert ("team", COPY) in secrets.kept


def test_without_pull_secrets_nothing_is_asked_for() -> None:
    pull_secrets = PullSecrets(FakeSecrets(), "ops", [])

    asyncio.run(pull_secrets.hand_on(SHOP))
    asyncio.run(pull_secrets.take_back(SHOP))


def test_the_release_names_the_copy_beside_what_the_chart_says() -> None:
    values = {"agent": {"image": "op:1", "pullSecrets": [{"name": "theirs"}]}}

    with_copy = ReleaseDefaults("digest", SecretRefs.ANY, values, copies_pull_secrets=True)
    without = ReleaseDefaults("digest", SecretRefs.ANY, values)

    assert with_copy.values_for("shop")["agent"] == {
        "image": "op:1",
        "pullSecrets": [{"name": "theirs"}, {"name": COPY}],
    }
    assert without.values_for("shop") == values
