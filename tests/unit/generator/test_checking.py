"""`mysql-operator generate --check` fails on whatever is not as it would be generated."""

from __future__ import annotations

from pathlib import Path

import pytest

from mysql_operator.generator import generating
from tests.unit.generator.repositories import ROOT, a_repository

STALE = "charts/mysql-instance/values.yaml"
EXTRA = "charts/mysql-instance/templates/old/job.yaml"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository in which everything is up to date."""
    made = a_repository(tmp_path)
    assert generating.main(check=False, root=made) == 0
    return made


def test_this_repository_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert generating.main(check=True, root=ROOT) == 0, capsys.readouterr().out


def test_generating_again_changes_nothing(repository: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in repository.rglob("*") if path.is_file()}

    assert generating.main(check=False, root=repository) == 0

    after = {path: path.stat().st_mtime_ns for path in repository.rglob("*") if path.is_file()}
    assert after == before


def test_a_stale_file_is_shown_as_a_diff(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = repository / STALE
    file.write_text(file.read_text().replace("database: app", "database: mine"))

    assert generating.main(check=True, root=repository) == 1

    said = capsys.readouterr()
    assert "-database: mine\n+database: app\n" in said.out
    assert STALE in said.out
    assert "mysql-operator generate" in said.err


def test_a_table_that_was_edited_by_hand_is_stale(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = repository / "charts/mysql-operator/README.md"
    readme.write_text(readme.read_text().replace("| `logLevel` | `INFO` |", "| `logLevel` | |"))

    assert generating.main(check=True, root=repository) == 1

    assert "+| `logLevel` | `INFO` |" in capsys.readouterr().out


def test_prose_in_a_readme_stays_as_people_wrote_it(repository: Path) -> None:
    readme = repository / "charts/mysql-instance/README.md"
    readme.write_text(f"{readme.read_text()}\nOne more thing.\n")

    assert generating.main(check=True, root=repository) == 0
    assert generating.main(check=False, root=repository) == 0

    assert readme.read_text().endswith("\nOne more thing.\n")


def test_a_missing_file_is_noticed(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "crd/mysqls.otus.homework.yaml").unlink()

    assert generating.main(check=True, root=repository) == 1

    assert "--- /dev/null\n+++ crd/mysqls.otus.homework.yaml" in capsys.readouterr().out


def test_a_file_that_nothing_generates_is_noticed_and_then_removed(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = repository / EXTRA
    extra.parent.mkdir()
    extra.write_text("kind: Job\n")

    assert generating.main(check=True, root=repository) == 1
    assert f"--- {EXTRA}\n+++ /dev/null" in capsys.readouterr().out

    assert generating.main(check=False, root=repository) == 0
    assert not extra.exists()


def test_an_empty_extra_file_is_noticed_too(repository: Path) -> None:
    (repository / "crd/empty.yaml").touch()

    assert generating.main(check=True, root=repository) == 1


def test_a_readme_without_a_place_for_its_table_says_so(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "charts/mysql-instance/README.md").write_text("# mysql-instance\n")

    assert generating.main(check=False, root=repository) == 1

    said = capsys.readouterr().err
    assert "charts/mysql-instance/README.md" in said
    assert "<!-- values: made by `mysql-operator generate` -->" in said
