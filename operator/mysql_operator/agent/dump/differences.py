"""Two servers compared: what the second lacks, has besides, or has differently. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mysql_operator.agent.dump.definitions import Definition, Kind
from mysql_operator.agent.dump.holdings import Contents, Holdings
from mysql_operator.agent.sql.sessions import version_of

# Their text says what the grant tables say, in an order and form of each version.
_BY_GRANT_TABLES = frozenset((Kind.ACCOUNT, Kind.GRANT))

# What the server writes in two ways for one and the same thing.
_UNSTEADY = {
    # `CHARACTER SET` before a COLLATE that says it: written or not by how the column was made.
    Kind.TABLE: (re.compile(r" CHARACTER SET (\w+)(?= COLLATE \1_)"), ""),
    # The zeros at the end of a DECIMAL get lost.
    Kind.HISTOGRAM: (
        re.compile(r'\\?"last-updated\\?": \\?"[^"]*"|(\.\d*[1-9])0+(?=[,\]])|\.0+(?=[,\]])'),
        r"\1",
    ),
    # What MySQL makes of INTERSECT, once more each time that the view is made.
    Kind.VIEW: (re.compile(r"(\([^()]* is not null\))(?: and \1)+"), r"\1"),
}


NO_GRANTS: frozenset[tuple[str, str]] = frozenset()


def between(
    source: Holdings, copy: Holdings, *, stale_grants: frozenset[tuple[str, str]] = NO_GRANTS
) -> list[str]:
    """Say in plain words how a copy differs from its source; nothing where it is equal.

    `stale_grants`: account and subject of grants on what is not there, on neither server.

    Between servers of two series the same table is written differently, so there only the names
    and the numbers of rows are compared.
    """
    same_series = _series(source) == _series(copy)
    found = [*_of_rows(source, copy, by_value=same_series)]
    found += _of_definitions(source, copy, by_text=same_series)
    if same_series:
        found += _of_grants(source, copy, stale_grants)
    return found


def _series(held: Holdings) -> tuple[int, int]:
    return version_of(held.server_version)[:2]


def _of_rows(source: Holdings, copy: Holdings, *, by_value: bool) -> Iterator[str]:
    for path, there in sorted(source.tables.items()):
        here = copy.tables.get(path, Contents())
        title = ".".join(path)
        if here.rows != there.rows:
            yield f"table {title}: {there.rows} rows in the source, {here.rows} in the copy"
        elif by_value and here.digest != there.digest:
            yield f"table {title}: {there.rows} rows in both, with other values in the copy"


def _of_definitions(source: Holdings, copy: Holdings, *, by_text: bool) -> Iterator[str]:
    for key, there in source.definitions.items():
        here = copy.definitions.get(key)
        if there.kind in _BY_GRANT_TABLES:
            continue
        if here is None:
            yield f"{there.title}: missing in the copy"
        elif by_text and _text(here) != _text(there):
            yield f"{there.title}: {_first_difference(there, here)}"
    for key, here in copy.definitions.items():
        if key not in source.definitions and here.kind not in _BY_GRANT_TABLES:
            yield f"{here.title}: only in the copy"


def _text(definition: Definition) -> list[str]:
    texts = [statement.decode(errors="replace") for statement in definition.statements]
    how = _UNSTEADY.get(definition.kind)
    return texts if how is None else [how[0].sub(how[1], text) for text in texts]


def _first_difference(there: Definition, here: Definition) -> str:
    lines = "\n".join(_text(there)).splitlines()
    others = "\n".join(_text(here)).splitlines()
    for line, other in zip(lines, others, strict=False):
        if line != other:
            return f"{_short(line)!r} in the source, {_short(other)!r} in the copy"
    return f"{len(lines)} lines in the source, {len(others)} in the copy"


def _short(line: str) -> str:
    return line.strip() if len(line) <= 160 else f"{line.strip()[:160]}…"


def _of_grants(
    source: Holdings, copy: Holdings, stale: frozenset[tuple[str, str]]
) -> Iterator[str]:
    for account, there in sorted(source.grants.items()):
        here = copy.grants.get(account)
        if here is None:
            yield f"account {account}: missing in the copy"
            continue
        differing = (set(there) - set(here)) | (set(here) - set(there))
        # Which table, but no value: one of them is the hash of a password.
        tables = {row.table for row in differing if (account, row.subject) not in stale}
        if tables:
            yield f"account {account}: other rows in {', '.join(sorted(tables))}"
    for account in sorted(set(copy.grants) - set(source.grants)):
        yield f"account {account}: only in the copy"
