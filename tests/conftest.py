"""What every test against a real cluster is given.

`operator`: it is installed, once for the whole run, and other tests use it at the same time.
`operator_throughout`: it stays as it is for a whole module, whose tests share an object.
`operator_alone`: nobody else uses it meanwhile, so that it may be restarted or taken away.
`team`: a namespace with restricted Pod Security, dissolved afterwards.
"""

from __future__ import annotations

import fcntl
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import installing, pictures
from tests.support.teams import Team

NEEDS_CLUSTER = {"api", "e2e", "chaos"}
ALONE = "operator_alone"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a cluster, and what wants the operator for itself, which comes last."""
    for item in items:
        if NEEDS_CLUSTER & set(item.path.parts):
            item.add_marker(pytest.mark.cluster)
        if ALONE in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.alone)
    items.sort(key=lambda item: item.get_closest_marker("alone") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a story fails, tell what its teams and the operator look like at that moment."""
    report = yield
    if report.when == "call" and report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Team):
                report.sections.append((f"namespace {value.namespace}", pictures.of(value)))
    return report


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@contextmanager
def _locked(file: Path, how: int) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, how)
        yield


@pytest.fixture(scope="session")
def operator_image(shared: Path) -> str:
    """The operator, built from this checkout and installed; the first worker does it for all."""
    installing.require_cluster()
    done = shared / "operator-image"
    with _locked(shared / "installing.lock", fcntl.LOCK_EX):
        if not done.exists():
            image = installing.image()
            installing.install(image)
            done.write_text(image)
    return done.read_text()


@pytest.fixture
def operator(operator_image: str, shared: Path) -> Iterator[str]:
    """The operator runs, and nobody restarts it during this test; its image."""
    with _locked(shared / "operator.lock", fcntl.LOCK_SH):
        yield operator_image


@pytest.fixture(scope="module")
def operator_throughout(operator_image: str, shared: Path) -> Iterator[str]:
    """The operator runs, and nobody restarts it while the tests of this module run; its image."""
    with _locked(shared / "operator.lock", fcntl.LOCK_SH):
        yield operator_image


@pytest.fixture
def operator_alone(operator_image: str, shared: Path) -> Iterator[str]:
    """The operator runs, and no other test uses it during this one; its image."""
    with _locked(shared / "operator.lock", fcntl.LOCK_EX):
        yield operator_image


@pytest.fixture
def team(request: pytest.FixtureRequest) -> Iterator[Team]:
    """A team with a namespace of its own."""
    yield from _a_team(request)


@pytest.fixture
def another_team(request: pytest.FixtureRequest) -> Iterator[Team]:
    """A second team."""
    yield from _a_team(request)


def _a_team(request: pytest.FixtureRequest) -> Iterator[Team]:
    alone = ALONE in request.fixturenames
    request.getfixturevalue(ALONE if alone else "operator")
    team = Team.founded(request.node.name.removeprefix("test_"))
    yield team
    team.dissolve()
