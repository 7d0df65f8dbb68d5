"""Judge a new image and a new my.cnf before an upgrade: `mysql-operator agent check`.

`check.sh` has asked the mysqld of that image, in a container of its own and without data or
passwords, while the server runs on with the old ones. A failure means that nothing has happened.

What nobody sees here: what the files of the data directory decide (time zones by name, options of
plugins installed with SQL), and what mysqld looks at late in its start (gtid_mode without
enforce_gtid_consistency, default_storage_engine, authentication_policy). Starting a server on
scratch files would see the latter: seconds instead of 0.2, the memory of a second server beside the
first, and refusals of what only the real files allow.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mysql_operator.agent import mysqld_log, version_hops
from mysql_operator.agent.sql import sessions, sql_errors
from mysql_operator.agent.sql.sessions import Version
from mysql_operator.errors import OperatorError
from mysql_operator.model import owned_settings
from mysql_operator.model.receipts import CheckReceipt

_VERSION = re.compile(r"Ver (\d+\.\d+\.\d+)")
_SETTING = re.compile(r'^([a-z][a-z0-9_.]*) = "?(.*[^"\n])"?$', re.MULTILINE)
_POOL = re.compile(r"^innodb[-_]buffer[-_]pool[-_]size +(\d+)$", re.MULTILINE)
_FOLLOWS = re.compile("Aborting|Parsing options for plugin")
"""What mysqld says once it has said what is wrong."""
_SHORTEST_TELLING_VALUE = 3


@dataclass(frozen=True)
class Answer:
    """What mysqld said to one question."""

    output: str
    errors: str
    code: int

    @property
    def last_error(self) -> str:
        """The last line that says something."""
        lines = [line for line in self.errors.splitlines() if line]
        return sql_errors.redacted(lines[-1]) if lines else "it failed without a message"

    @property
    def complaint(self) -> str:
        """What is wrong, or nothing. Also of a server that would start without what was asked of
        it, a plugin say.
        """
        found = [line for line in mysqld_log.errors_in(self.errors) if not _FOLLOWS.search(line)]
        if found:
            return found[0].removesuffix(".")
        return self.last_error if self.code else ""


@dataclass(frozen=True)
class Candidate:
    """What is to come: an image with a my.cnf."""

    image: str
    last_version: str
    """Version that has last used the data; empty where nobody knows it."""
    memory_bytes: int
    """What the server may have: the limit, or what the node has; 0 where nobody knows it."""
    settings: tuple[tuple[str, str], ...]
    """Name and value of each setting of the user's."""
    answers: Path

    def answer(self, question: str) -> Answer | None:
        """Read what mysqld said to a question of check.sh; None where it was not asked."""
        output, errors, code = (
            self.answers / f"{question}.{end}" for end in ("out", "err", "code")
        )
        if not code.exists():
            return None
        return Answer(
            output.read_text(errors="replace"), errors.read_text(errors="replace"),
            int(code.read_text()),
        )  # fmt: skip

    def setting_in(self, words: str) -> str:
        """The user's setting that mysqld means; it names most, and quotes the value of others."""
        spelled, by_value = words.replace("-", "_"), ""
        for name, value in self.settings:
            bare = re.escape(name.removeprefix("loose_"))
            if re.search(rf"(?<![a-z0-9_]){bare}(?![a-z0-9_])", spelled):
                return f".{name}"
            if len(value) >= _SHORTEST_TELLING_VALUE and value in words:
                by_value = f".{name}"
        return by_value


def read(given: Mapping[str, str] = os.environ) -> Candidate:
    """Read what the Job's pod has of the candidate."""
    my_cnf = Path(given.get("MY_CNF", "/etc/mysql-operator/my.cnf")).read_text(errors="replace")
    users = my_cnf.partition(f"{owned_settings.HEADING_OF_USERS}\n")[2]
    return Candidate(
        image=given["IMAGE"],
        last_version=given.get("CURRENT_VERSION", ""),
        memory_bytes=int(given.get("MEMORY_BYTES", "0")),
        settings=tuple(_SETTING.findall(users)),
        answers=Path(given.get("ANSWERS_DIR", "/var/run/mysqld")),
    )


def check(candidate: Candidate) -> CheckReceipt:
    """Accept the candidate.

    Raises:
        OperatorError: ImageNotMySQL, DowngradeRefused, UpgradeRefused or ConfigInvalid; the message
            names the field of the spec.
    """
    version = _version(candidate)
    _require_possible_hop(candidate.last_version, version)
    _require_valid_settings(candidate, version)
    _require_room_for_pool(candidate)
    return CheckReceipt(server_version=str(version))


def _version(candidate: Candidate) -> Version:
    answer = candidate.answer("version")
    if answer is None:
        raise _not_mysql(candidate, "it has no mysqld")
    if answer.code:
        raise _not_mysql(candidate, f"its mysqld does not run: {answer.last_error}")
    found = _VERSION.search(answer.output)
    if found is None or "MariaDB" in answer.output:
        raise _not_mysql(candidate, f"its mysqld says that it is: {answer.output.strip()}")
    return sessions.version_of(found[1])


def _not_mysql(candidate: Candidate, why: str) -> OperatorError:
    return OperatorError(
        "ImageNotMySQL", f"spec.image: {candidate.image} is not an image of MySQL: {why}"
    )


def _require_possible_hop(last_version: str, image: Version) -> None:
    if not re.match(r"\d+\.\d+", last_version):
        return
    last = sessions.version_of(last_version)
    if version_hops.is_downgrade(last, image):
        raise OperatorError(
            "DowngradeRefused",
            f"spec.image: MySQL {last.series} has last used the data, and MySQL {image.series} of "
            "the image cannot read what a newer one has written; set the image to "
            f"{last.series} or later",
        )
    skipped = version_hops.skipped(last, image)
    if skipped is not None:
        raise OperatorError(
            "UpgradeRefused",
            f"spec.image: MySQL {image.series} does not take over the data of {last.series}; set "
            f"the image to {skipped.series} first, wait until the database is Ready, then go on",
        )


def _require_valid_settings(candidate: Candidate, version: Version) -> None:
    # Without --validate-config mysqld reads the values of what it knows when it prints its help.
    answer = candidate.answer("config") or candidate.answer("values")
    complaint = answer.complaint if answer else ""
    if complaint:
        setting = candidate.setting_in(complaint)
        raise OperatorError(
            "ConfigInvalid",
            f"spec.config{setting}: mysqld {version} does not accept it: {complaint}"
            f"{_way_out(complaint, setting)}",
        )


def _way_out(complaint: str, setting: str) -> str:
    """A plugin that was installed with SQL stands in the data directory, where nobody looks."""
    if not setting or not complaint.startswith("unknown "):
        return ""
    return (
        "; if a plugin or component that was installed with SQL brings it, write "
        f"loose_{setting.removeprefix('.')}"
    )


def _require_room_for_pool(candidate: Candidate) -> None:
    answer = candidate.answer("values")
    found = _POOL.search(answer.output) if answer else None
    size = int(found[1]) if found else 0
    if candidate.memory_bytes and size >= candidate.memory_bytes:
        raise OperatorError(
            "ConfigInvalid",
            f"spec.config.innodb_buffer_pool_size: {size} bytes do not fit into the "
            f"{candidate.memory_bytes} bytes of memory that the server may have; set a smaller "
            "one, or a larger spec.resources.limits.memory",
        )
