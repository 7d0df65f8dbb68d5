"""Makes the client of an object store from its spec and the mounted Secret.

Whoever imports this has been given a storage: obstore costs 16 ms and 10 MB.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from obstore import exceptions, store

from mysql_operator.agent.store.patience import CONNECT_SECONDS, Patience
from mysql_operator.errors import OperatorError
from mysql_operator.model import s3_requests
from mysql_operator.model.s3_requests import ACCESS_KEY, SECRET_KEY, SESSION_TOKEN
from mysql_operator.model.storage_spec import GCS, S3, Azure, StorageSpec

if TYPE_CHECKING:
    from obstore.store import ObjectStore

GOOGLE_KEY = "GOOGLE_SERVICE_ACCOUNT"
AZURE_KEY = "AZURE_STORAGE_KEY"
AZURE_TOKEN = "AZURE_STORAGE_SAS_TOKEN"  # noqa: S105 - a name


def read_secret(folder: Path, spec: StorageSpec) -> dict[str, str]:
    """Read the mounted keys of the store; none where the Job has an identity of its own.

    Raises:
        OperatorError: MissingStorageCredentials.
    """
    if not spec.credentials_secret:
        return {}
    files = {file.name: file for file in folder.iterdir()} if folder.is_dir() else {}
    found = {name: files[name].read_text().strip() for name in _KEYS if name in files}
    for wanted in _wanted(spec):
        if not any(found.get(name) for name in wanted):
            raise OperatorError(
                "MissingStorageCredentials",
                f"the Secret {spec.credentials_secret} has no key {' or '.join(wanted)}, or it is "
                "empty; set it, and the Job runs again",
            )
    return found


_KEYS = (ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, GOOGLE_KEY, AZURE_KEY, AZURE_TOKEN)


def _wanted(spec: StorageSpec) -> list[tuple[str, ...]]:
    """Keys that the Secret must have; of each group one."""
    match spec.place:
        case S3():
            return [(ACCESS_KEY,), (SECRET_KEY,)]
        case GCS():
            return [(GOOGLE_KEY,)]
        case Azure():
            return [(AZURE_KEY, AZURE_TOKEN)]


def client_for(spec: StorageSpec, secret: Mapping[str, str], patience: Patience) -> ObjectStore:
    """Make obstore's client. It sends nothing yet.

    Raises:
        OperatorError: StorageInvalid.
    """
    try:
        return _client_for(spec, secret, patience)
    except (
        ValueError,
        exceptions.BaseError,
    ) as error:  # of the certificates, or of a service account's key
        why = str(error).partition("\n")[0]
        raise OperatorError(
            "StorageInvalid", f"{spec.title}: certificates or keys cannot be read: {why}"
        ) from error


def _client_for(spec: StorageSpec, secret: Mapping[str, str], patience: Patience) -> ObjectStore:
    common: dict[str, Any] = {
        "client_options": _client_options(spec, patience),
        "retry_config": {
            "max_retries": patience.retries,
            "retry_timeout": timedelta(seconds=patience.seconds),
            "backoff": {
                "init_backoff": timedelta(milliseconds=200),
                "max_backoff": timedelta(seconds=15),
                "base": 2,
            },
        },
    }
    match spec.place:
        case S3() as place:
            return store.S3Store(place.bucket, config=_of_s3(place, secret), **common)
        case GCS() as place:
            return store.GCSStore(place.bucket, config=_of_google(place, secret), **common)
        case Azure() as place:
            return store.AzureStore(place.container, config=_of_azure(place, secret), **common)


def _client_options(spec: StorageSpec, patience: Patience) -> dict[str, Any]:
    options: dict[str, Any] = {
        "allow_http": spec.endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
        "timeout": patience.request,
        "read_timeout": patience.silence,
    }
    if spec.place.ca_bundle:
        options["root_certificate"] = spec.place.ca_bundle
    return options


def _of_s3(place: S3, secret: Mapping[str, str]) -> Any:
    config: dict[str, Any] = {
        "region": place.region or s3_requests.DEFAULT_REGION,
        "virtual_hosted_style_request": not s3_requests.has_bucket_in_path(place),
        "endpoint": s3_requests.address(place),
    }
    if secret:
        config |= {"access_key_id": secret[ACCESS_KEY], "secret_access_key": secret[SECRET_KEY]}
    if secret.get(SESSION_TOKEN):
        config["session_token"] = secret[SESSION_TOKEN]
    return config


def _of_google(place: GCS, secret: Mapping[str, str]) -> Any:
    config: dict[str, Any] = {"base_url": place.endpoint} if place.endpoint else {}
    if secret:
        config["service_account_key"] = secret[GOOGLE_KEY]
    return config


def _of_azure(place: Azure, secret: Mapping[str, str]) -> Any:
    config: dict[str, Any] = {"account_name": place.account}
    if place.endpoint:
        config["endpoint"] = place.endpoint
    if secret.get(AZURE_KEY):
        config["account_key"] = secret[AZURE_KEY]
    elif secret.get(AZURE_TOKEN):
        config["sas_key"] = secret[AZURE_TOKEN].removeprefix("?")
    return config
