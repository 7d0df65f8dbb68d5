"""What users add to a server beside schemas and accounts, written as statements of ours.

There is no SHOW CREATE for these; the catalogue says all that is needed. Everything is quoted.
"""

from __future__ import annotations

from collections.abc import Iterator

from mysql_operator.agent.dump.definitions import Definition, Kind, settings
from mysql_operator.agent.sql import catalog, quoting, wire
from mysql_operator.agent.sql.sessions import Session

# Identifiers that MySQL keeps for EPSG and for itself; the rest is for users.
_RESERVED_SRIDS = ((0, 32767), (60_000_000, 69_999_999), (2_000_000_000, 2_147_483_647))

# The operator loads it in each server that can be cloned.
_OUR_PLUGINS = frozenset(("clone", "mysql_clone"))

_RETURNS = {0: "STRING", 1: "REAL", 2: "INTEGER", 4: "DECIMAL"}

_TIME_ZONES = {
    "time_zone": ("time_zone_id", "use_leap_seconds"),
    "time_zone_leap_second": ("transition_time", "correction"),
    "time_zone_name": ("name", "time_zone_id"),
    "time_zone_transition": ("time_zone_id", "transition_time", "transition_type_id"),
    "time_zone_transition_type": (
        *("time_zone_id", "transition_type_id", "`offset`", "is_dst", "abbreviation"),
    ),
}
_ZONES_AT_ONCE = 10_000

_CLOSES_THE_SERVER = frozenset(
    ("read_only", "super_read_only", "offline_mode", "event_scheduler", "innodb_read_only")
)
"""Persisted variables that would stop the restore that sets them: in force from the next start."""


def before_rows(session: Session) -> Iterator[Definition]:
    """What tables and accounts may need."""
    yield from _time_zones(session)
    yield from _plugins(session)
    yield from _tablespaces(session)
    yield from _reference_systems(session)
    yield from _servers(session)


def after_rows(session: Session) -> Iterator[Definition]:
    """What is left."""
    yield from _loadable_functions(session)
    yield from _resource_groups(session)
    yield from _histograms(session)
    yield from _read_only_schemas(session)
    yield from _components(session)
    yield from _persisted(session)


def _definition(kind: Kind, name: str, statement: str, schema: str = "") -> Definition:
    return Definition(kind, schema, name, statement.encode(), (settings(),))


def _time_zones(session: Session) -> Iterator[Definition]:
    """What somebody has loaded into the server's own tables: a new server knows no zone by name."""
    statements: list[bytes] = []
    for table, columns in _TIME_ZONES.items():
        written = ", ', ', ".join(f"QUOTE({column})" for column in columns)
        question = f"SELECT CONCAT('(', {written}, ')') FROM mysql.{table} ORDER BY 1"
        rows = [row for some in wire.values(session, question) for row in some]
        insert = f"INSERT INTO mysql.{table} ({', '.join(columns)}) VALUES\n".encode()
        for first in range(0, len(rows), _ZONES_AT_ONCE):
            statements.append(insert + b",\n".join(rows[first : first + _ZONES_AT_ONCE]))
    if statements:
        *before, last = statements
        emptied = [f"DELETE FROM mysql.{table}".encode() for table in _TIME_ZONES]
        yield Definition(Kind.TIME_ZONES, "mysql", "", last, (settings(), *emptied, *before))


def forget_time_zones(session: Session) -> None:
    """Make a server again one that knows no zone by name."""
    for table in _TIME_ZONES:
        session.run(f"DELETE FROM mysql.{table}")


def _plugins(session: Session) -> Iterator[Definition]:
    for name, library in session.rows("SELECT name, dl FROM mysql.plugin ORDER BY 1"):
        if name not in _OUR_PLUGINS:
            install = f"INSTALL PLUGIN {quoting.name(name)} SONAME {quoting.text(library)}"
            yield _definition(Kind.PLUGIN, name, install)


def _tablespaces(session: Session) -> Iterator[Definition]:
    catalogue = "innodb_tablespaces" if session.version >= (8, 0) else "innodb_sys_tablespaces"
    encryption = "s.encryption" if session.version >= (8, 0) else "'N'"
    growth = "s.autoextend_size" if session.version >= (8, 0, 23) else "0"
    question = (
        f"SELECT s.name, f.file_name, s.page_size, s.zip_page_size, {encryption}, {growth}"
        f" FROM information_schema.{catalogue} s"
        " JOIN information_schema.files f ON f.tablespace_name = s.name"
        " WHERE s.space_type = 'General' AND s.name <> 'mysql' ORDER BY 1"
    )
    for name, path, page, zipped, encrypted, extension in session.rows(question):
        # In the data directory whatever it was: another server has other folders.
        file = quoting.text(str(path).rsplit("/", 1)[-1])
        block = f" FILE_BLOCK_SIZE = {int(zipped or page)}"
        block += f" AUTOEXTEND_SIZE = {int(extension)}" if extension else ""
        secret = " ENCRYPTION = 'Y'" if encrypted == "Y" else ""
        create = f"CREATE TABLESPACE {quoting.name(name)} ADD DATAFILE {file}{block}{secret}"
        yield _definition(Kind.TABLESPACE, name, f"{create} ENGINE = InnoDB")


def _reference_systems(session: Session) -> Iterator[Definition]:
    if session.version < (8, 0):
        return
    found = session.rows(
        "SELECT srs_id, srs_name, definition, organization, organization_coordsys_id, description"
        " FROM information_schema.st_spatial_reference_systems ORDER BY 1"
    )
    for srid, name, definition, organization, number, description in found:
        if any(first <= srid <= last for first, last in _RESERVED_SRIDS):
            continue
        create = f"CREATE SPATIAL REFERENCE SYSTEM {int(srid)} NAME {quoting.text(name)}"
        if organization is not None:
            create += f" ORGANIZATION {quoting.text(organization)} IDENTIFIED BY {int(number)}"
        create += f" DEFINITION {quoting.text(definition)}"
        if description is not None:
            create += f" DESCRIPTION {quoting.text(description)}"
        yield _definition(Kind.REFERENCE_SYSTEM, str(srid), create)


def _servers(session: Session) -> Iterator[Definition]:
    found = session.rows(
        "SELECT server_name, wrapper, host, db, username, password, socket, owner, port"
        " FROM mysql.servers ORDER BY 1"
    )
    words = ("HOST", "DATABASE", "USER", "PASSWORD", "SOCKET", "OWNER")
    for name, wrapper, *values, port in found:
        options = [f"{word} {quoting.text(v)}" for word, v in zip(words, values, strict=True) if v]
        options.append(f"PORT {int(port)}")
        create = f"CREATE SERVER {quoting.name(name)} FOREIGN DATA WRAPPER {quoting.name(wrapper)}"
        yield _definition(Kind.SERVER, name, f"{create} OPTIONS ({', '.join(options)})")


def _loadable_functions(session: Session) -> Iterator[Definition]:
    for name, returns, library, kind in session.rows("SELECT name, ret, dl, type FROM mysql.func"):
        aggregate = "AGGREGATE " if kind == "aggregate" else ""
        create = f"CREATE {aggregate}FUNCTION {quoting.name(name)} RETURNS {_RETURNS[returns]}"
        statement = f"{create} SONAME {quoting.text(library)}"
        yield _definition(Kind.LOADABLE_FUNCTION, name, statement)


def _resource_groups(session: Session) -> Iterator[Definition]:
    if session.version < (8, 0, 3):
        return
    found = session.rows(
        "SELECT resource_group_name, resource_group_type, resource_group_enabled, vcpu_ids,"
        " thread_priority FROM information_schema.resource_groups"
        " WHERE resource_group_name NOT IN ('USR_default', 'SYS_default') ORDER BY 1"
    )
    for name, kind, enabled, processors, priority in found:
        cores = processors.decode() if isinstance(processors, bytes) else str(processors)
        create = f"CREATE RESOURCE GROUP {quoting.name(name)} TYPE = {kind} VCPU = {cores}"
        state = "ENABLE" if enabled else "DISABLE"
        statement = f"{create} THREAD_PRIORITY = {int(priority)} {state}"
        yield _definition(Kind.RESOURCE_GROUP, name, statement)


def _histograms(session: Session) -> Iterator[Definition]:
    if session.version < (8, 0, 31):  # USING DATA
        return
    found = session.rows(
        "SELECT schema_name, table_name, column_name, histogram"
        " FROM information_schema.column_statistics ORDER BY 1, 2, 3"
    )
    for schema, table, column, histogram in found:
        update = f"ANALYZE NO_WRITE_TO_BINLOG TABLE {quoting.name(schema, table)}"
        update += (
            f" UPDATE HISTOGRAM ON {quoting.name(column)} USING DATA {quoting.text(histogram)}"
        )
        yield _definition(Kind.HISTOGRAM, f"{table}.{column}", update, schema)


def _read_only_schemas(session: Session) -> Iterator[Definition]:
    if session.version < (8, 0, 22):
        return
    found = session.rows(
        "SELECT schema_name FROM information_schema.schemata_extensions"
        " WHERE options LIKE '%READ ONLY=1%' ORDER BY 1"
    )
    for (schema,) in found:
        yield _definition(
            Kind.READ_ONLY, schema, f"ALTER DATABASE {quoting.name(schema)} READ ONLY = 1"
        )


def _components(session: Session) -> Iterator[Definition]:
    if not catalog.table_exists(session, "mysql", "component"):
        return
    for (urn,) in session.rows("SELECT component_urn FROM mysql.component ORDER BY component_id"):
        yield _definition(Kind.COMPONENT, urn, f"INSTALL COMPONENT {quoting.text(urn)}")


def _persisted(session: Session) -> Iterator[Definition]:
    if session.version < (8, 0):
        return
    found = session.rows(
        "SELECT variable_name, variable_value FROM performance_schema.persisted_variables"
        " ORDER BY 1"
    )
    for name, value in found:
        how = "PERSIST_ONLY" if name in _CLOSES_THE_SERVER else "PERSIST"
        variable = ".".join(quoting.name(part) for part in name.split("."))
        yield _definition(Kind.PERSISTED, name, f"SET {how} {variable} = {quoting.setting(value)}")
