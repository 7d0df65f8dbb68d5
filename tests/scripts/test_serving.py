"""What the server lets in once it runs."""

from __future__ import annotations

import re
from concurrent import futures

from tests.scripts import pods, stories
from tests.scripts.sandbox import Instance
from tests.support.commands import ROOT


def test_clients_wait_for_the_restore(shop: Instance) -> None:
    assert shop.probe("alive")
    assert shop.probe("started")
    assert (shop.data / ".server-version").read_text().startswith("9.")
    assert not (shop.home / "run" / "init.sql").exists()
    assert "the restore has not begun" in shop.ask("ready").output

    pods.restore(shop)

    assert shop.probe("ready")


def test_a_probe_that_waits_sees_the_end_of_the_restore(shop: Instance) -> None:
    with futures.ThreadPoolExecutor() as pool:
        asked = pool.submit(shop.probe, "ready", "60")
        pods.restore(shop)

        assert asked.result()


def test_the_dump_that_readme_shows_holds_the_data(shop: Instance) -> None:
    pods.restore(shop)
    stories.some_rows(shop)
    shown = r"kubectl exec deploy/NAME -- sh -c '(.*?)' > NAME.sql"
    (command,) = re.findall(shown, (ROOT / "README.md").read_text(), re.DOTALL)

    dumped = shop.start("sh", "-c", command).wait()

    assert dumped.code == 0, dumped.output
    assert "CREATE DATABASE" in dumped.output
    assert "(2,'two 😀')" in dumped.output
    assert shop.password not in dumped.output
