"""What is secret is in no argument, environment, log or termination message of a Job."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripts import pods, stories
from tests.scripts.leaks import Watch
from tests.scripts.sandbox import OPERATOR_PASSWORD, Instance, Outcome

USER_PASSWORD = "ali-s3cret-word"


@pytest.fixture(scope="module")
def jobs(shop_of_module: Instance) -> tuple[Instance, list[Outcome], Watch]:
    """Each of the Jobs, while somebody looks at every process of the machine."""
    shop = shop_of_module
    shop.make_new()
    shop.secret("user-password", USER_PASSWORD)
    secrets = [shop.password, OPERATOR_PASSWORD, USER_PASSWORD, stories.SECOND_PASSWORD]
    with Watch(secrets) as watch:
        outcomes = [pods.run(shop, "restore"), pods.run(shop, "set-passwords")]
        stories.some_rows(shop)
        shop.sql(stories.ACCOUNTS.split("GRANT SELECT (id", 1)[0])
        outcomes += [pods.run(shop, "test-service"), pods.run(shop, "back-up")]
        stories.begin_again(shop)
        outcomes.append(pods.run(shop, "restore"))
        for outcome in outcomes:
            watch.read(outcome.output)
            watch.read(str(outcome.result))
    return shop, outcomes, watch


def test_no_password_was_to_be_seen(jobs: tuple[Instance, list[Outcome], Watch]) -> None:
    _, outcomes, watch = jobs

    assert [outcome.code for outcome in outcomes] == [0, 0, 0, 0, 0]
    assert watch.found == []


def test_no_password_is_left_on_a_volume(jobs: tuple[Instance, list[Outcome], Watch]) -> None:
    shop, _, _ = jobs
    files = [path for path in readable(shop.home / "scratch") + readable(shop.backups)]

    written = b"".join(path.read_bytes() for path in files)

    assert len(files) > 2
    for secret in (shop.password, OPERATOR_PASSWORD, USER_PASSWORD, stories.SECOND_PASSWORD):
        assert secret.encode() not in written


def readable(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
