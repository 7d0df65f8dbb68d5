"""Why a container of the server's pod ended: a reason and a sentence from its last words. Pure.

A script that fails knowingly leaves JSON; of mysqld Kubernetes keeps the end of the log; of what
could not be started it keeps the runtime's message. Only lines that mysqld marks as errors are
repeated, or that a script of ours writes that could not write a file, and of these nothing that may
quote a statement: the init file holds passwords.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from lightkube.models.core_v1 import ContainerStateTerminated

from mysql_operator import names

TEXT_LIMIT = 300
CRASH_LOOPING = "CrashLooping"
INITIALIZE_FAILED = "InitializeFailed"
NOT_SET_UP = "NotSetUp"
DATA_VOLUME_FULL = "DataVolumeFull"
CANNOT_START = "PodCannotStart"
NEVER_STARTED = ("StartError", "ContainerCannotRun")
OUT_OF_MEMORY = "OOMKilled"

LOWER_LIMIT = "raise spec.resources.limits.memory, or lower innodb_buffer_pool_size in spec.config"
NO_FILE = re.compile(
    r'exec: "?(?P<program>[^":]+)"?: (?:(?:stat \S+: )?no such file|executable file not found)'
)
OTHER_MACHINE = "exec format error"

CONSEQUENCES = re.compile(
    r"Aborting|unusable\. You can remove|initialization failed|[Ff]ailed to initialize"
    r"|Parsing options for plugin|Plugin initialization aborted|Unable to start server"
)
"""What mysqld adds to each failure: true, but the cause is in a line before."""

ERROR = re.compile(
    r"(?:.*\[ERROR\](?:\s*\[[^\]]*\])*\s*(?:\S*mysqld: )?|mysqld: "
    r"|/opt/mysql-operator/\w+\.sh: line \d+: |(?=sync: ))(?P<text>.+)"
)
"""A line of the log: as mysqld writes it, or as its library does before there is a log; or as a
script of ours does that could not write a file.
"""

QUOTED_STATEMENT = re.compile(
    r"""\s*(?:\bnear\b|\bstatement\b|\bquery\b|\bIDENTIFIED\b|\b(?:AS|BY)\s+['"0]|\bPASSWORD\b).*""",
    re.IGNORECASE | re.DOTALL,
)
HASH = re.compile(r"(0x|\*)[0-9A-Fa-f]{16,}")


class Rule(NamedTuple):
    """What some words of mysqld mean: the reason, where it is wrong, and the way out."""

    words: re.Pattern[str]
    reason: str
    where: str
    way_out: str


def _rule(reason: str, where: str, way_out: str, *words: str) -> Rule:
    return Rule(re.compile("|".join(words), re.IGNORECASE), reason, where, way_out)


RULES = (
    _rule(
        DATA_VOLUME_FULL,
        "spec.storage_size",
        "increase it",
        r"No space left on device",
        r"Disk (full|quota exceeded)",
        r"\bERROR 1114\b",
        r"errno:? 28\b",
        r"error number 28\b",
        r"Failed to set size",
        r"out of disk space",
    ),
    _rule(
        "PluginMissing",
        "spec.config",
        "correct the setting, or use an image that has the plugin",
        r"Can't open shared library",
        r"Couldn't load plugin",
        r"Unknown/unsupported storage engine",
    ),
    _rule(
        "OutOfMemory",
        "spec.resources.limits.memory",
        LOWER_LIMIT,
        r"Cannot allocate (memory|\d+ bytes)",
        r"Out of memory",
    ),
    _rule(
        "ConfigInvalid",
        "spec.config",
        "correct this setting",
        r"unknown (variable|option)",
        r"Unknown suffix",
        r"Error while setting value",
        r"ambiguous option",
        r"option '[^']+' (requires|cannot take) an argument",
        r"Unknown character set",
        r"Unknown (locale|collation)",
        r"is set to an invalid value",
        r"Different lower_case_table_names settings",
        r"innodb_page_size start-up parameter",
    ),
    _rule(
        "VolumeNotWritable",
        "the data volume",
        "user and group 999 must be able to write to it: correct the storage class or the volume",
        r"Permission denied",
        r"Read-only file system",
        r"must be writable",
        r"errno:? (13|30)\b",
    ),
)


class Cause(NamedTuple):
    """Why a container ended."""

    reason: str
    text: str
    is_known: bool
    """Whether the reason says more than that it ended."""


def of_end(ended: ContainerStateTerminated, container: str, image: str) -> Cause:
    """Why a container ended that was to go on, or that was to end well."""
    if ended.reason == OUT_OF_MEMORY:
        text = f"container {container} was ended for using more memory than its limit"
        return Cause("OutOfMemory", f"spec.resources.limits.memory: {text}; {LOWER_LIMIT}", True)
    if ended.reason in NEVER_STARTED:
        return of_start(ended.message or "", container, image)
    told = result_in(ended.message)
    if told.get("message"):
        return _of_script(str(told.get("reason") or CRASH_LOOPING), str(told["message"]))
    if container == names.INIT_CONTAINER:
        what = "mysqld could not initialize the data directory"
        return _of_log(ended.message or "", what, INITIALIZE_FAILED)
    actor = "mysqld" if container == names.SERVER_CONTAINER else f"container {container}"
    return _of_log(ended.message or "", f"{actor} exits at start (code {ended.exitCode})")


def of_start(message: str, container: str, image: str) -> Cause:
    """Why the runtime could not start a container."""
    if OTHER_MACHINE in message:
        text = f"{image} is built for other machines than the node's"
        return Cause("ImageNotForNode", f"{image_of(container)}: {text}", True)
    missing = NO_FILE.search(message)
    if missing is not None and container in names.AGENT_CONTAINERS:
        text = f"{image} is not an image of the operator: it has no {missing['program']}"
        return Cause("AgentImageWrong", f"{image_of(container)}: {text}", True)
    if missing is not None:
        text = f"{image} is not an image of MySQL: it has no {missing['program']}"
        return Cause("ImageNotMySQL", f"{image_of(container)}: {text}", True)
    return Cause(CANNOT_START, f"the container cannot be started: {shortened(message)}", True)


def image_of(container: str) -> str:
    """Where the image of a container is set: by the operator's chart, or in the spec."""
    return "the operator's image" if container in names.AGENT_CONTAINERS else "spec.image"


def _of_script(reason: str, message: str) -> Cause:
    """A script's own words; its reason stands where mysqld's words in it mean nothing better."""
    text = shortened(message)
    rule = _rule_for(text)
    if reason == NOT_SET_UP and rule is not None and rule.reason == DATA_VOLUME_FULL:
        return _by(rule, text)
    return Cause(reason, text, reason != CRASH_LOOPING)


def _of_log(log: str, what: str, reason: str = CRASH_LOOPING) -> Cause:
    errors = errors_in(log)
    for error in errors:
        rule = _rule_for(error)
        if rule is not None:
            return _by(rule, f"{what}: {error}")
    causes = [error for error in errors if not CONSEQUENCES.search(error)]
    if not causes:
        return Cause(CRASH_LOOPING, what, False)
    return Cause(reason, f"{what}: {causes[-1]}", True)


def _rule_for(text: str) -> Rule | None:
    return next((rule for rule in RULES if rule.words.search(text)), None)


def _by(rule: Rule, text: str) -> Cause:
    return Cause(rule.reason, f"{rule.where}: {text}; {rule.way_out}", True)


def errors_in(log: str) -> list[str]:
    """What mysqld marks as errors in the end of its log, without codes and quoted statements."""
    found = (ERROR.match(line) for line in log.splitlines())
    return [text for match in found if match and (text := shortened(match["text"]))]


def shortened(text: str) -> str:
    """A text on one line, without hashes, without a quoted statement, and not too long."""
    line = QUOTED_STATEMENT.sub("", HASH.sub(r"\1…", " ".join(text.split())))
    return line[:TEXT_LIMIT].rstrip(" .")


def result_in(message: str | None) -> dict[str, Any]:
    """What a script reported as it ended, from its termination message; empty for nothing."""
    try:
        read = json.loads(message or "")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
