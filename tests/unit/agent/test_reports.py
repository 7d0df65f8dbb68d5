"""Whatever a Job has to report fits into what kubelet keeps of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mysql_operator.agent.reports import Report
from mysql_operator.errors import OperatorError
from mysql_operator.model.receipts import BackupSummary, DrillReceipt, DrillResult, Method

BACKUP = BackupSummary(
    file="n" * 40 + "-20261123T120000Z.tar.zst",
    size=10**15,
    sha256="a" * 64,
    method=Method.CLONE,
    schemas=1,
    tables=2,
    rows=10**12,
    server_version="9.7.4",
    time="2026-11-23T12:00:00Z",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The termination log."""
    return tmp_path / "termination-log"


def written(path: Path) -> dict[str, Any]:
    assert len(path.read_bytes()) < 4096
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def test_as_many_backups_are_listed_as_fit(path: Path) -> None:
    Report(path).listed(BACKUP, [BACKUP] * 100, 120)

    assert 10 < len(written(path)["backups"]) < 100
    assert written(path)["backupCount"] == 120
    assert written(path)["newest"]["sha256"] == "a" * 64


@pytest.mark.parametrize("character", ["x", "é", "😀", "\n", "\0"])
def test_a_long_message_keeps_its_beginning(path: Path, character: str) -> None:
    Report(path).failed(OperatorError("Failed", "beginning " + character * 9000))

    assert written(path)["message"].startswith("beginning " + character * 100)
    assert written(path)["reason"] == "Failed"


@pytest.mark.parametrize("character", ["x", "😀", "\n"])
def test_a_drill_that_fails_with_many_words_is_legible(path: Path, character: str) -> None:
    said = DrillReceipt(
        result=DrillResult.FAILED, file="n", reason="LoadFailed", message="it " + character * 9000
    )

    Report(path).succeeded(said)

    assert written(path)["message"].startswith("it " + character * 100)
    assert DrillReceipt.model_validate(written(path)).result is DrillResult.FAILED
