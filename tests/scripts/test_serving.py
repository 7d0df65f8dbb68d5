"""What the server lets in once it runs."""

from __future__ import annotations

from concurrent import futures

from tests.scripts import pods
from tests.scripts.sandbox import Instance


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
