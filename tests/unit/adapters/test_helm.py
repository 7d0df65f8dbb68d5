"""What helm is told, and what is told of helm.

A small program stands in for helm here: it writes down how it was called and says what the test
wants. That the real one understands these words is shown by the end-to-end tests.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from mysql_operator import errors, names
from mysql_operator.adapters import helm

RELEASE = names.Key("team-a", "shop")
SECRET = "wr0te-th1s-n0where"

SCRIPT = """#!{python}
import json, os, pathlib, sys
call = {{"arguments": sys.argv[1:], "stdin": sys.stdin.read(), "environment": dict(os.environ)}}
pathlib.Path(__file__).with_name("call.json").write_text(json.dumps(call))
{code}
"""


class FakeHelm:
    """A program called helm, and what it noted of its last call."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "helm"
        self.chart = folder / "chart"
        self.chart.mkdir()
        (self.chart / "Chart.yaml").touch()

    def does(self, code: str) -> helm.Helm:
        self.path.write_text(SCRIPT.format(python=sys.executable, code=code))
        self.path.chmod(0o755)
        return helm.Helm(self.chart, executable=str(self.path), grace_seconds=5, margin_seconds=20)

    def says(self, text: str) -> helm.Helm:
        return self.does(f"print({text!r})")

    def complains(self, text: str) -> helm.Helm:
        return self.does(f"sys.exit({text!r})")

    @property
    def call(self) -> Any:
        return json.loads(self.path.with_name("call.json").read_text())

    @property
    def arguments(self) -> list[str]:
        return list(self.call["arguments"])


@pytest.fixture
def fake(tmp_path: Path) -> FakeHelm:
    return FakeHelm(tmp_path)


async def upgrade(client: helm.Helm, values: dict[str, Any] | None = None) -> None:
    await client.upgrade(RELEASE, values or {}, labels={"a/b": "1", "c": "2"}, timeout_seconds=60)


async def test_an_upgrade_installs_too_applies_on_the_server_and_waits_for_no_pod(
    fake: FakeHelm,
) -> None:
    await upgrade(fake.says("{}"))

    assert fake.arguments == [
        *("upgrade", "shop", str(fake.chart), "--history-max", "5", "--install"),
        *("--output", "json", "--timeout", "60s", "--values", "-", "--force-conflicts"),
        *("--namespace", "team-a", "--reset-values", "--server-side=true"),
        *("--disable-openapi-validation", "--labels=a/b=1", "--labels=c=2"),
    ]


async def test_an_uninstall_runs_hooks_only_when_told_to(fake: FakeHelm) -> None:
    client = fake.says('release "shop" uninstalled')

    await client.uninstall(RELEASE, hooks=True, timeout_seconds=60)
    with_hooks = fake.arguments
    await client.uninstall(RELEASE, hooks=False, timeout_seconds=60)

    assert with_hooks == ["uninstall", "shop", "--timeout", "60s", "--namespace", "team-a"]
    assert fake.arguments == [*with_hooks, "--no-hooks"]


async def test_values_travel_by_standard_input_and_stand_in_no_argument_and_no_log(
    fake: FakeHelm, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    await upgrade(fake.says("{}"), {"credentials": SECRET})

    assert json.loads(fake.call["stdin"]) == {"credentials": SECRET}
    assert SECRET not in " ".join(fake.arguments)
    assert SECRET not in caplog.text


async def test_helm_is_told_how_to_reach_the_api_and_nothing_else_of_the_environment(
    fake: FakeHelm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MYSQL_ROOT_PASSWORD", "HELM_DEBUG", "HELM_DRIVER", "HELM_NAMESPACE"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("KUBECONFIG", "/config")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("HELM_CACHE_HOME", "/cache")

    await upgrade(fake.says("{}"))

    assert SECRET not in fake.call["environment"].values()
    assert fake.call["environment"]["GOGC"] == "200"
    assert {"PATH", "KUBECONFIG", "KUBERNETES_SERVICE_HOST", "HELM_CACHE_HOME"} <= set(
        fake.call["environment"]
    )


async def test_a_release_that_is_not_there_counts_as_uninstalled(fake: FakeHelm) -> None:
    client = fake.complains("Error: uninstall: Release not loaded: shop: release: not found")

    await client.uninstall(RELEASE, hooks=True, timeout_seconds=60)


async def test_any_other_complaint_of_an_uninstall_is_an_error(fake: FakeHelm) -> None:
    client = fake.complains("Error: kubernetes cluster unreachable: connection refused")

    with pytest.raises(errors.HelmError) as caught:
        await client.uninstall(RELEASE, hooks=True, timeout_seconds=60)

    assert caught.value.reason == "ApiUnreachable"


async def test_a_helm_that_the_kernel_kills_is_told_apart_from_one_that_fails(
    fake: FakeHelm,
) -> None:
    with pytest.raises(errors.HelmError) as caught:
        await upgrade(fake.does("os.kill(os.getpid(), 9)"))

    assert caught.value.reason == "HelmKilled"


async def test_a_helm_that_does_not_end_in_time_is_stopped(fake: FakeHelm) -> None:
    fake.does("import signal; signal.pause()")
    client = helm.Helm(fake.chart, executable=str(fake.path), margin_seconds=0)

    with pytest.raises(errors.HelmError) as caught:
        await client.uninstall(RELEASE, hooks=True, timeout_seconds=1)

    assert caught.value.reason == "TimedOut"
    assert "within 1 seconds" in caught.value.message


async def test_a_cancelled_upgrade_lets_helm_record_that_it_failed(
    fake: FakeHelm, tmp_path: Path
) -> None:
    client = fake.does(
        "import signal\n"
        "folder = pathlib.Path(__file__).parent\n"
        "signal.signal(signal.SIGTERM, lambda *_: ((folder / 'failed').touch(), sys.exit(1)))\n"
        "(folder / 'fifo').open('w').write('ready')\n"
        "signal.pause()"
    )
    fifo = an_opened_fifo(tmp_path)
    running = asyncio.create_task(upgrade(client))
    async with asyncio.timeout(20):
        await fifo.wait()

    running.cancel()
    async with asyncio.timeout(20):
        await asyncio.wait({running})

    assert running.cancelled()
    assert (tmp_path / "failed").exists()


def an_opened_fifo(folder: Path) -> asyncio.Event:
    """An event that is set when something is written to the named pipe `fifo`."""
    os.mkfifo(folder / "fifo")
    descriptor = os.open(folder / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    loop = asyncio.get_running_loop()
    event = asyncio.Event()

    def written() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        event.set()

    loop.add_reader(descriptor, written)
    return event


@pytest.mark.parametrize("answer", ["v4.2.2", "v4.3.1", "v4.10.0+g1234567"])
async def test_a_helm_that_is_known_to_work_is_taken(fake: FakeHelm, answer: str) -> None:
    await fake.says(answer).ensure_usable({})


@pytest.mark.parametrize("answer", ["v3.19.0", "v4.2.1", "v5.0.0", "", "who knows"])
async def test_any_other_helm_is_refused_with_the_reason(fake: FakeHelm, answer: str) -> None:
    with pytest.raises(errors.SettingsError, match=r"needs 4\.2\.2 or later") as caught:
        await fake.says(answer).ensure_usable({})

    assert caught.value.reason == "HelmVersionUnsupported"


async def test_the_operator_does_not_start_without_helm(fake: FakeHelm) -> None:
    client = helm.Helm(fake.chart, executable=str(fake.path))

    with pytest.raises(errors.SettingsError, match="There is no program"):
        await client.ensure_usable({})


async def test_the_operator_does_not_start_with_a_helm_that_does_not_run(fake: FakeHelm) -> None:
    with pytest.raises(errors.SettingsError, match="cannot open shared object"):
        await fake.complains("cannot open shared object").ensure_usable({})


async def test_the_operator_does_not_start_with_values_that_the_chart_refuses(
    fake: FakeHelm,
) -> None:
    refusing = fake.does(
        "refusal = \"Error: values don't meet the specifications of the schema(s): at '/agent'\"\n"
        "sys.exit(refusal) if sys.argv[1] == 'template' else print('v4.3.1')"
    )

    with pytest.raises(errors.SettingsError, match="does not take what is set") as caught:
        await refusing.ensure_usable({"agent": {"imgae": "x"}})

    assert caught.value.reason == "ChartUnusable"
    assert json.loads(fake.call["stdin"]) == {"agent": {"imgae": "x"}}


async def test_the_operator_does_not_start_without_its_chart(fake: FakeHelm) -> None:
    (fake.chart / "Chart.yaml").unlink()

    with pytest.raises(errors.SettingsError, match="There is no chart at"):
        await fake.says("v4.3.1").ensure_usable({})
