"""The catalogue of reasons holds what the sources give, and nothing that nobody gives."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from mysql_operator.model.reasons import catalogue
from mysql_operator.model.receipts import RestoreReceipt
from mysql_operator.model.status import MySQLStatus
from mysql_operator.reconcile import events
from tests.unit.charts.helm import ROOT

PACKAGE = ROOT / "operator/mysql_operator"
FILES = ROOT / "charts/mysql-instance/files"
ELSEWHERE = (PACKAGE / "generator", PACKAGE / "model/reasons")

GIVERS = re.compile(r"(\w*Error|Refuse|Trouble|Cause|_rule|_row)")
"""Calls whose first argument is a reason; the second one is that of an Event."""

FAIL = re.compile(r"\b(?:fail|report_failure|reason_of_errors) ([A-Z]\w+)|\becho ([A-Z]\w+) ;;")

NO_REASONS = {
    # of Kubernetes: kinds, and what it says of pods and Jobs
    "ConfigMap", "ContainerCannotRun", "ContainerCreating", "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError", "ErrImageNeverPull", "ErrImagePull", "FailedAttachVolume",
    "FailedCreate", "FailedCreatePodSandBox", "FailedMount", "PodInitializing",
    "ImagePullBackOff", "InvalidImageName", "PersistentVolumeClaim", "PodScheduled",
    "ReplicaFailure", "RunContainerError", "RuntimeDefault", "StartError",
    # its answer where an object is there, which is no failure
    "AlreadyExists",
    # what object stores say: the reasons for it are the operator's own
    "ContainerNotFound", "NoSuchBucket", "NoSuchUpload", "NotImplemented",
    # requests of object stores, and their answers
    "BlockBlob", "NextMarker",
    "AbortMultipartUpload", "CompleteMultipartUpload",
    "CreateMultipartUpload", "DeleteObject", "GetObject", "HeadObject",
    "ListBucketResult", "ListMultipartUploads",
    "ListMultipartUploadsResult", "ListObjectsV2", "PartNumber", "PutObject", "UploadPart",
    # values that users choose, and what those of other programs are called
    "DoesNotExist", "EmptyDir", "IfAvailable", "IfNotPresent", "IgnoreExtraneous", "NoExecute",
    "NoSchedule", "NotIn", "OnDemand", "PreferNoSchedule",
    # the types of conditions
    "BackupsOnSchedule", "BackupsProven",
    # names
    "CSafeLoader", "ClusterMySQLBackupStorage", "FailJob", "InnoDB", "MariaDB", "MySQL",
    "MySQLBackup", "MySQLBackupStorage", "MySQLRestore", "RunT", "StatusT",
}  # fmt: skip


def trees() -> Iterator[ast.AST]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if not any(path.is_relative_to(folder) for folder in ELSEWHERE):
            yield from ast.walk(ast.parse(path.read_text()))


def literals() -> set[str]:
    """Every text of the sources, be it a reason or not."""
    constants = (node.value for node in trees() if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def is_two_words(text: str) -> bool:
    """Whether it looks like a reason: CamelCase, of two words at least."""
    humps = re.findall(r"[A-Z]+[a-z0-9]*", text)
    return "".join(humps) == text and len(humps) > 1 and not text.isupper()


def given_by_calls() -> Iterator[str]:
    """Reasons where nothing else can stand: of one word too."""
    for node in trees():
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        arguments = node.args[1:2] if name == "Event" else node.args[:1]
        if GIVERS.fullmatch(name) or name == "Event":
            yield from (at.value for at in arguments if _is_text(at))


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isalpha()


def given_by_scripts() -> set[str]:
    found = (FAIL.findall(path.read_text()) for path in FILES.glob("*.sh"))
    return {one or other for matches in found for one, other in matches}


def names() -> set[str]:
    return {reason.name for reason in catalogue.reasons()}


def of_restores() -> set[str]:
    """Events that are named by the result of a restore."""
    results = ("restored", "fresh", "kept", "unknown")
    receipts = (RestoreReceipt(result=result) for result in results)
    before = MySQLStatus()
    told = (events.between(before, MySQLStatus(restore=receipt)) for receipt in receipts)
    return {event.reason for found in told for event in found}


def test_every_reason_of_the_sources_is_in_the_catalogue() -> None:
    looks_like_one = {text for text in literals() if is_two_words(text)} - NO_REASONS

    assert looks_like_one - names() == set()
    assert set(given_by_calls()) - names() == set()


def test_every_reason_of_the_scripts_is_in_the_catalogue() -> None:
    assert given_by_scripts() - names() == set()


def test_every_reason_of_the_catalogue_is_given_by_somebody() -> None:
    given = literals() | given_by_scripts() | of_restores()

    assert names() - given == set()


def test_what_is_said_to_be_no_reason_is_in_the_sources() -> None:
    assert NO_REASONS - literals() == set()
    assert NO_REASONS & names() == set()


def test_a_reason_stands_in_the_catalogue_once() -> None:
    listed = [reason.name for reason in catalogue.reasons()]

    assert sorted(listed) == sorted(set(listed))


def test_every_reason_says_what_it_means_what_it_costs_and_what_to_do() -> None:
    for reason in catalogue.reasons():
        for text in (reason.meaning, reason.impact, reason.action):
            assert text.endswith("."), reason.name


def test_the_page_has_a_heading_for_each_reason() -> None:
    page = Path(ROOT / "docs/reasons.md").read_text()

    headings = set(re.findall(r"^### (\w+)$", page, re.MULTILINE))

    assert headings == names()
