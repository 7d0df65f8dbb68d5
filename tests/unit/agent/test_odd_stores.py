"""What answers at the endpoint may be no object store at all, or one that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mysql_operator.agent.store.object_stores import ObjectStore, Owner
from mysql_operator.errors import OperatorError
from mysql_operator.model.release_storage import ReleaseStorage

Answer = Callable[..., str]
"""Answers every request so, with a clock that is some seconds ahead; returns the endpoint."""


@pytest.fixture
def answer() -> Iterator[Answer]:
    """A server that always says the same."""
    servers: list[ThreadingHTTPServer] = []

    def say(status: int, text: str, ahead: int = 0) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_HEAD = do_GET  # noqa: N815 - http.server's name

            def date_time_string(self, timestamp: float | None = None) -> str:
                return super().date_time_string((timestamp or time.time()) + ahead)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield say
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "AWS_ACCESS_KEY_ID").write_text("a")
    (tmp_path / "AWS_SECRET_ACCESS_KEY").write_text("b")
    return tmp_path


def store_at(endpoint: str, secret: Path, **fields: object) -> ObjectStore:
    reference = {"name": "keys"}
    place = {"bucket": "b", "endpoint": endpoint, "credentialsSecretRef": reference, **fields}
    spec = ReleaseStorage.model_validate({"s3": place})
    return ObjectStore(spec, secret, Owner("team", "shop", "uid-1"))


def test_a_page_that_wants_a_login_is_not_an_empty_store(answer: Answer, secret: Path) -> None:
    store = store_at(answer(200, "<html>please log in</html>"), secret)

    with pytest.raises(OperatorError) as refused:
        store.backups()

    assert refused.value.reason == "StorageFailed"
    assert "no object store" in refused.value.message


@pytest.mark.parametrize("status", [500, 403])
def test_a_store_that_refuses_is_not_an_empty_store(
    answer: Answer, secret: Path, status: int
) -> None:
    store = store_at(answer(status, ""), secret)

    for use in (store.backups, store.remove_leftovers, lambda: store.new_name("tar.zst")):
        with pytest.raises(OperatorError):
            use()


UNKNOWN_KEY = "<Error><Code>AuthenticationRequired</Code><Message>No.</Message></Error>"


@pytest.mark.parametrize(
    ("ahead", "reason"),
    [
        (0, "StorageCredentialsRefused"),
        (60, "StorageCredentialsRefused"),
        (-86400, "StorageClockSkew"),
        (86400, "StorageClockSkew"),
    ],
)
def test_where_the_clocks_differ_much_they_are_named_and_not_the_keys(
    answer: Answer, secret: Path, ahead: int, reason: str
) -> None:
    store = store_at(answer(401, UNKNOWN_KEY, ahead), secret)

    with pytest.raises(OperatorError) as refused:
        store.backups()

    assert refused.value.reason == reason
    assert ("differ by 1440 minutes" in refused.value.message) is (reason == "StorageClockSkew")


def test_a_job_without_keys_says_which_are_missing(answer: Answer, secret: Path) -> None:
    (secret / "AWS_SECRET_ACCESS_KEY").write_text("\n")

    with pytest.raises(OperatorError) as refused:
        store_at(answer(200, ""), secret)

    assert refused.value.reason == "MissingStorageCredentials"
    assert "Secret keys has no key AWS_SECRET_ACCESS_KEY" in refused.value.message


def test_a_key_of_an_account_that_is_none_is_refused_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "GOOGLE_SERVICE_ACCOUNT").write_text("no JSON, and secret")
    gcs = {"bucket": "b", "credentialsSecretRef": {"name": "keys"}}

    with pytest.raises(OperatorError) as refused:
        ObjectStore(
            ReleaseStorage.model_validate({"gcs": gcs}), tmp_path, Owner("team", "shop", "uid-1")
        )

    assert refused.value.reason == "StorageInvalid"
    assert "\n" not in refused.value.message
    assert "secret" not in refused.value.message


def test_certificates_that_are_none_are_refused(answer: Answer, secret: Path) -> None:
    with pytest.raises(OperatorError) as refused:
        store_at(answer(200, ""), secret, caBundle="nothing in PEM")

    assert refused.value.reason == "StorageInvalid"
