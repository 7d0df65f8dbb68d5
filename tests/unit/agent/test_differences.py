"""What is said of a copy that is not like its source."""

from __future__ import annotations

from mysql_operator.agent.dump import differences
from mysql_operator.agent.dump.accounts import GrantRow
from mysql_operator.agent.dump.definitions import Definition, Kind
from mysql_operator.agent.dump.holdings import Contents, Holdings


def a_server(
    *definitions: Definition,
    version: str = "9.7.4",
    rows: int = 2,
    digest: int = 7,
    grants: dict[str, tuple[GrantRow, ...]] | None = None,
) -> Holdings:
    held = Holdings(version, grants=grants or {})
    held.tables["shop", "t"] = Contents(rows, digest)
    for definition in definitions:
        held.add(definition)
    return held


def a_view(text: str = "CREATE VIEW v AS SELECT 1", *, mode: str = "") -> Definition:
    return Definition(Kind.VIEW, "shop", "v", text.encode(), (f"SET {mode}".encode(),))


def a_row(text: str, *, table: str = "user", on: str = "") -> GrantRow:
    return GrantRow(f"mysql.{table}", on, text)


def test_equal_servers_do_not_differ() -> None:
    assert differences.between(a_server(a_view()), a_server(a_view())) == []


def test_rows_are_compared_by_number_then_by_value() -> None:
    assert differences.between(a_server(), a_server(rows=1)) == [
        "table shop.t: 2 rows in the source, 1 in the copy"
    ]
    assert differences.between(a_server(), a_server(digest=8)) == [
        "table shop.t: 2 rows in both, with other values in the copy"
    ]


def test_a_definition_is_missing_other_or_new() -> None:
    empty, filled = a_server(), a_server(a_view())

    assert differences.between(filled, empty) == ["view shop.v: missing in the copy"]
    assert differences.between(empty, filled) == ["view shop.v: only in the copy"]
    assert differences.between(filled, a_server(a_view("CREATE VIEW v AS SELECT 2"))) == [
        "view shop.v: 'CREATE VIEW v AS SELECT 1' in the source,"
        " 'CREATE VIEW v AS SELECT 2' in the copy"
    ]


def test_settings_under_which_something_was_written_are_part_of_it() -> None:
    found = differences.between(a_server(a_view()), a_server(a_view(mode="ANSI")))

    assert found == ["view shop.v: 'SET' in the source, 'SET ANSI' in the copy"]


def test_a_charset_that_its_collation_names_is_no_difference() -> None:
    def table(column: str) -> Definition:
        return Definition(Kind.TABLE, "shop", "t", f"CREATE TABLE `t` (`v` {column})".encode())

    short = table("char(9) COLLATE utf8mb4_bin")
    long = table("char(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")

    assert differences.between(a_server(short), a_server(long)) == []
    assert differences.between(a_server(short), a_server(table("char(9) COLLATE latin1_bin")))


def test_accounts_are_compared_by_the_grant_tables_and_no_hash_is_shown() -> None:
    source = a_server(grants={"'a'@'%'": (a_row("secret"),), "'b'@'%'": ()})
    copy = a_server(grants={"'a'@'%'": (a_row("other"),), "'c'@'%'": ()})

    assert differences.between(source, copy) == [
        "account 'a'@'%': other rows in mysql.user",
        "account 'b'@'%': missing in the copy",
        "account 'c'@'%': only in the copy",
    ]


def test_a_stale_grant_on_what_is_not_there_is_no_difference_and_others_are() -> None:
    stale = frozenset({("'a'@'%'", "shop.gone")})
    on_gone = a_row("select", table="tables_priv", on="shop.gone")
    on_there = a_row("select", table="columns_priv", on="shop.there")
    source = a_server(grants={"'a'@'%'": (on_gone,)})
    with_more = a_server(grants={"'a'@'%'": (on_gone, on_there)})
    copy = a_server(grants={"'a'@'%'": ()})

    assert differences.between(source, copy, stale_grants=stale) == []
    assert differences.between(with_more, copy, stale_grants=stale) == [
        "account 'a'@'%': other rows in mysql.columns_priv"
    ]


def test_servers_of_two_series_write_the_same_differently() -> None:
    old = a_server(a_view(), version="8.0.36", digest=1)

    assert differences.between(old, a_server(a_view("CREATE VIEW `v` AS SELECT 1"))) == []
    assert differences.between(old, a_server()) == ["view shop.v: missing in the copy"]


def test_what_mysql_writes_in_two_ways_is_one_thing() -> None:
    once = a_view("CREATE VIEW v AS (select 1 where (`a` is not null))")
    twice = a_view("CREATE VIEW v AS (select 1 where (`a` is not null) and (`a` is not null))")
    other = a_view("CREATE VIEW v AS (select 1 where (`a` is not null) and (`b` is not null))")

    assert differences.between(a_server(once), a_server(twice)) == []
    assert differences.between(a_server(once), a_server(other)) != []


def test_zeros_at_the_end_of_a_decimal_are_no_difference_of_histograms() -> None:
    def a_histogram(buckets: str) -> Definition:
        return Definition(Kind.HISTOGRAM, "shop", "t.d", f'{{"buckets": {buckets}}}'.encode())

    there = a_server(a_histogram("[[2.50, 30.00, 1.0, 2]]"))

    assert differences.between(there, a_server(a_histogram("[[2.5, 30, 1.0, 2]]"))) == []
    assert differences.between(there, a_server(a_histogram("[[2.05, 30, 1.0, 2]]"))) != []
