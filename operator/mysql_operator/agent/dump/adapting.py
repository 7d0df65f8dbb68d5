"""What a definition becomes on a server that is unlike the one it came from. Pure.

A server refuses what it does not know. Each function here looks at such an error and at the
statement, and says what can be run instead, with a remark that names what came back differently.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mysql_operator.agent.sql import quoting, sql_errors

UNKNOWN_PLUGIN = 1524
UNKNOWN_TABLESPACE = 3510
WRONG_VALUE = 1231
READ_ONLY_VARIABLE = 1238
MAY_NOT_GRANT = 1698
NO_KEYRING = 3185
DISABLED_ENGINE = 3161
UNKNOWN_ENGINE = 1286
# A dynamic privilege that the server does not know is a mistake of grammar to it.
UNKNOWN_PRIVILEGE = frozenset((1149, 1064, 3619))

_CREATE_USER = re.compile(
    rb"(CREATE USER (?:IF NOT EXISTS )?(?P<account>(?:`(?:[^`]|``)*`|'(?:[^'\\]|\\.|'')*')"
    rb"@(?:`(?:[^`]|``)*`|'(?:[^'\\]|\\.|'')*'))) IDENTIFIED WITH '(?P<plugin>[A-Za-z0-9_]+)'"
)
_DYNAMIC_GRANT = re.compile(
    rb"GRANT (?P<privileges>[A-Z_]+(?:, ?[A-Z_]+)*)(?P<rest> ON \*\.\* TO .*)", re.DOTALL
)
_ACCOUNT = r"((?:`(?:[^`]|``)*`|'(?:[^'\\]|\\.|'')*')@(?:`(?:[^`]|``)*`|'(?:[^'\\]|\\.|'')*'))"
_PROXY_GRANT = re.compile(rf"GRANT PROXY ON {_ACCOUNT} TO {_ACCOUNT}( WITH GRANT OPTION)?")
_SQL_MODE = re.compile(rb"(?P<start>\bsql_mode\s*=\s*')(?P<modes>[A-Z0-9_,]*)'", re.IGNORECASE)
_TABLESPACE = re.compile(
    rb"\n\) /\*!50100 TABLESPACE (?P<name>`(?:[^`]|``)+`)(?P<storage> STORAGE (?:DISK|MEMORY))? \*/"
)

_ENGINE = re.compile(rb"\n\) (?:/\*!50100 TABLESPACE [^\n]* \*/ )?ENGINE=(\w+)")
_ENCRYPTED = re.compile(rb"(\bENCRYPTION ?= ?)'Y'")
_PERSIST = b"SET PERSIST "
_REPLACED_PRIVILEGES = {
    b"SET_USER_ID": (b"SET_ANY_DEFINER", b"ALLOW_NONEXISTENT_DEFINER"),  # until 8.4
}

# Those that 8.0 and later take; others are names of 5.7.
_MODES = frozenset(
    b"""ALLOW_INVALID_DATES ANSI ANSI_QUOTES ERROR_FOR_DIVISION_BY_ZERO HIGH_NOT_PRECEDENCE
    IGNORE_SPACE NO_AUTO_VALUE_ON_ZERO NO_BACKSLASH_ESCAPES NO_DIR_IN_CREATE
    NO_ENGINE_SUBSTITUTION NO_UNSIGNED_SUBTRACTION NO_ZERO_DATE NO_ZERO_IN_DATE ONLY_FULL_GROUP_BY
    PAD_CHAR_TO_FULL_LENGTH PIPES_AS_CONCAT REAL_AS_FLOAT STRICT_ALL_TABLES STRICT_TRANS_TABLES
    TIME_TRUNCATE_FRACTIONAL TRADITIONAL""".split()
)


@dataclass(frozen=True)
class Adapted:
    """What to run instead, and what to tell people about it."""

    statements: tuple[bytes, ...]
    remark: str = ""
    subject: str = ""
    """What the remark is about, where the statement's title does not say it."""


def adapted(statement: bytes, code: int) -> Adapted | None:
    """What to run instead of a statement that failed with that error; None if nothing."""
    adapt = _ADAPTATIONS.get(code)
    return adapt(statement) if adapt else None


def locked_account(statement: bytes) -> Adapted | None:
    """Make an account whose plugin the server lacks so that nobody gets in until it is unlocked."""
    match = _CREATE_USER.match(statement)
    if match is None:
        return None
    # Nobody learns this password. It would pass any policy, should one be in force already.
    password = f"Aa1!{secrets.token_hex(24)}".encode()
    create = match[1] + b" IDENTIFIED BY '" + password + b"' ACCOUNT LOCK"
    account = quoting.account(*quoting.read_account(match["account"].decode(errors="replace")))
    plugin = match["plugin"].decode()
    return Adapted(
        (create,),
        f"this server has no plugin {plugin}, so the account came back locked; unlock it with "
        f"ALTER USER {account} IDENTIFIED BY 'a new password' ACCOUNT UNLOCK",
        subject=f"account {account}",
    )


def without_tablespace(statement: bytes) -> Adapted | None:
    """Give a table a file of its own, where the dump does not hold its tablespace."""
    match = _TABLESPACE.search(statement)
    if match is None:
        return None
    changed = statement[: match.start()] + b"\n)" + statement[match.end() :]
    name = match["name"].decode(errors="replace")
    return Adapted(
        (changed,), f"its tablespace {name} is not in the backup: it has a file of its own now"
    )


def without_encryption(statement: bytes) -> Adapted | None:
    """Make what was encrypted by a keyring that this server does not have: rows come first."""
    body, separator, options = statement.rpartition(b"\n) ")
    changed, count = _ENCRYPTED.subn(rb"\1'N'", options, count=1)
    if not count:
        return None
    return Adapted(
        (body + separator + changed,),
        "this server has no keyring, so it came back without encryption; set a keyring up and "
        "switch the encryption on again with ALTER … ENCRYPTION='Y'",
    )


def by_innodb(statement: bytes) -> Adapted | None:
    """Give a table to InnoDB whose engine this server does not have: rows come first."""
    match = _ENGINE.search(statement)
    if match is None:
        return None
    changed = statement[: match.start(1)] + b"InnoDB" + statement[match.end(1) :]
    engine = match[1].decode()
    return Adapted((changed,), f"this server makes no tables of {engine}, so it is InnoDB now")


def written_proxy_grant(statement: bytes) -> Adapted | None:
    """Write a grant of PROXY as a row: only those who hold PROXY on everybody may grant it."""
    match = _PROXY_GRANT.fullmatch(statement.decode(errors="replace"))
    if match is None:
        return None
    (proxied_user, proxied_host), (user, host) = map(quoting.read_account, match.group(1, 2))
    texts = ", ".join(map(quoting.text, (user, host, proxied_user, proxied_host)))
    insert = (
        "REPLACE INTO mysql.proxies_priv"
        " (user, host, proxied_user, proxied_host, with_grant, grantor, timestamp)"
        f" VALUES ({texts}, {int(bool(match[3]))}, CURRENT_USER(), NOW())"
    )
    return Adapted((insert.encode(), b"FLUSH PRIVILEGES"))


def with_known_modes(statement: bytes) -> Adapted | None:
    """Leave out modes that are of 5.7 alone: no server since 8.0 acts by them."""
    match = _SQL_MODE.search(statement)
    if match is None:
        return None
    modes = [mode for mode in match["modes"].upper().split(b",") if mode in _MODES]
    changed = match["start"] + b",".join(modes) + b"'"
    return Adapted((statement[: match.start()] + changed + statement[match.end() :],))


def persisted_only(statement: bytes) -> Adapted | None:
    """Let the next start set a variable that no running server changes."""
    if not statement.startswith(_PERSIST):
        return None
    return Adapted((statement.replace(_PERSIST, b"SET PERSIST_ONLY ", 1),))


def as_text(statement: bytes) -> Adapted | None:
    """Give a variable that is a text what looks like a number."""
    if not statement.startswith(_PERSIST.rstrip()):
        return None
    assignment, value = statement.rsplit(b" = ", 1)
    return Adapted((assignment + b" = '" + value + b"'",))


def single_grants(statement: bytes) -> Sequence[tuple[str, bytes]]:
    """Cut a grant of several dynamic privileges into one each, by the names of today."""
    match = _DYNAMIC_GRANT.fullmatch(statement)
    if match is None:
        return ()
    privileges: list[bytes] = []
    for privilege in re.split(rb", ?", match["privileges"]):
        privileges += _REPLACED_PRIVILEGES.get(privilege, (privilege,))
    return [
        (privilege.decode(), b"GRANT " + privilege + match["rest"])
        for privilege in dict.fromkeys(privileges)
    ]


_ADAPTATIONS: Mapping[int, Callable[[bytes], Adapted | None]] = {
    UNKNOWN_PLUGIN: locked_account,
    UNKNOWN_TABLESPACE: without_tablespace,
    UNKNOWN_ENGINE: by_innodb,
    DISABLED_ENGINE: by_innodb,
    WRONG_VALUE: with_known_modes,
    NO_KEYRING: without_encryption,
    MAY_NOT_GRANT: written_proxy_grant,
    READ_ONLY_VARIABLE: persisted_only,
    sql_errors.WRONG_TYPE: as_text,
}
"""By the error of the server."""
