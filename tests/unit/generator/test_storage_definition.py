"""The API server refuses a MySQLBackupStorage that does not say where the backups go."""

from __future__ import annotations

import json
import re
from typing import Any

import celpy
import pytest

from mysql_operator.generator import crd, definitions
from mysql_operator.model import age_keys
from mysql_operator.model.storage_spec import StorageSpec
from tests.support import age

STORES = {
    "s3": {"bucket": "b"},
    "gcs": {"bucket": "b"},
    "azure": {"account": "account", "container": "b"},
}


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    (version,) = crd.document(definitions.mysql_backup_storage())["spec"]["versions"]
    found: dict[str, Any] = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return found


def passes(rule: dict[str, Any], value: Any) -> bool:
    environment = celpy.Environment()
    program = environment.program(environment.compile(rule["rule"]))
    return bool(program.evaluate({"self": celpy.json_to_cel(json.loads(json.dumps(value)))}))


@pytest.mark.parametrize(
    ("given", "taken"),
    [(["s3"], True), (["gcs"], True), (["azure"], True), ([], False), (["s3", "gcs"], False)],
)
def test_exactly_one_store_is_required(spec: dict[str, Any], given: list[str], taken: bool) -> None:
    (rule,) = spec["x-kubernetes-validations"]

    assert passes(rule, {name: STORES[name] for name in given}) is taken


@pytest.mark.parametrize("store", ["s3", "gcs", "azure"])
@pytest.mark.parametrize(
    ("endpoint", "taken"),
    [
        ("https://minio.storage:9000", True),
        ("http://10.0.0.1:9000", True),
        ("https://store", True),
        ("minio:9000", False),
        ("https://store/a/path", False),
        ("https://key:secret@store", False),
        ("s3://bucket", False),
    ],
)
def test_an_endpoint_is_a_scheme_and_a_host(
    spec: dict[str, Any], store: str, endpoint: str, taken: bool
) -> None:
    (rule,) = spec["properties"][store]["properties"]["endpoint"]["x-kubernetes-validations"]

    assert passes(rule, endpoint) is taken


@pytest.mark.parametrize(("store", "taken"), [("s3", False), ("gcs", False), ("azure", True)])
def test_an_account_of_azure_may_stand_in_the_path(
    spec: dict[str, Any], store: str, taken: bool
) -> None:
    (rule,) = spec["properties"][store]["properties"]["endpoint"]["x-kubernetes-validations"]

    assert passes(rule, "http://10.0.0.1:10000/account") is taken


@pytest.mark.parametrize(
    ("prefix", "taken"),
    [
        ("backups", True),
        ("a/b-1/c_d", True),
        ("/a", False),
        ("a/", False),
        ("a//b", False),
        ("a/../b", False),
    ],
)
def test_a_prefix_is_a_path(spec: dict[str, Any], prefix: str, taken: bool) -> None:
    (rule,) = spec["properties"]["s3"]["properties"]["prefix"]["x-kubernetes-validations"]

    assert passes(rule, prefix) is taken


def test_every_store_can_be_given(spec: dict[str, Any]) -> None:
    assert set(STORES) | {"serviceAccountName", "encryption"} == set(spec["properties"])
    for name, place in STORES.items():
        assert set(spec["properties"][name]["required"]) == set(place)
        assert StorageSpec.model_validate({name: place}).title.endswith("b")


KEY, OTHER_KEY = age.pair(), age.pair()
ENCRYPTION = {"encryption": {"ageRecipients": [KEY.recipient]}}


@pytest.mark.parametrize(
    ("recipients", "taken"),
    [
        ([KEY.recipient], True),
        ([KEY.recipient, OTHER_KEY.recipient], True),
        ([KEY.recipient, KEY.recipient], False),
        ([KEY.identity], False),
        ([KEY.recipient, KEY.identity.lower()], False),
        ([KEY.file], False),
        ([f"{KEY.recipient}\n"], False),
        ([KEY.recipient.upper()], False),
        (["age1pq1qqqq"], False),
        (["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJCPZ"], False),
        ([""], False),
    ],
)
def test_recipients_are_public_keys_each_once(
    spec: dict[str, Any], recipients: list[str], taken: bool
) -> None:
    schema = spec["properties"]["encryption"]["properties"]["ageRecipients"]
    passing = [passes(rule, recipients) for rule in schema["x-kubernetes-validations"]]

    assert all(passing) is taken
    assert (schema["minItems"], schema["maxItems"]) == (1, 20)
    # The API server quotes a text that one of its own rules refuses: a private key, it may be.
    assert set(schema["items"]) == {"type", "maxLength"}
    assert max(len(text) for text in recipients) < schema["items"]["maxLength"]


def test_a_key_with_a_slip_of_the_pen_is_refused_and_not_quoted() -> None:
    place = {"s3": {"bucket": "b"}}
    last = "q" if KEY.recipient[-1] != "q" else "p"
    for wrong in (KEY.recipient[:-1] + last, KEY.identity):
        recipients = {"ageRecipients": [OTHER_KEY.recipient, wrong]}

        with pytest.raises(ValueError, match=r"ageRecipients\[1\]") as refused:
            StorageSpec.model_validate(place | {"encryption": recipients})

        assert wrong not in str(refused.value)


def test_every_public_key_of_age_is_taken() -> None:
    for _ in range(100):
        found = age.pair().recipient
        assert re.match(age_keys.RECIPIENT, found)
        assert age_keys.is_recipient(found)


def test_the_secret_that_decrypts_is_optional() -> None:
    place = {"s3": {"bucket": "b"}}
    reference = {"identitySecretRef": {"name": "age-keys"}}

    assert StorageSpec.model_validate(place).identity_secret == ""
    assert StorageSpec.model_validate(place | ENCRYPTION).identity_secret == ""
    both = {"encryption": ENCRYPTION["encryption"] | reference}
    assert StorageSpec.model_validate(place | both).identity_secret == "age-keys"
