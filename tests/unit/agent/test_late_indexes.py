"""Which indexes are made when the rows are in, and which must be there from the beginning."""

from __future__ import annotations

from mysql_operator.agent.dump import late_indexes

END = ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"


def a_table(*lines: str, name: str = "t", end: str = END) -> bytes:
    return f"CREATE TABLE `{name}` (\n{f',{chr(10)}'.join(lines)}\n{end}".encode()


def added(create: bytes, *others: bytes) -> str | None:
    split = late_indexes.split(create, late_indexes.needed([create, *others]))
    return None if split is None else split.added.decode()


ID = "  `id` int NOT NULL"
PRIMARY = "  PRIMARY KEY (`id`)"


def test_plain_indexes_come_later_in_their_order() -> None:
    create = a_table(ID, PRIMARY, "  UNIQUE KEY `u` (`v`)", "  KEY `a` (`v`(9) DESC,`w`)",
                     "  KEY `b` (`x`) USING BTREE")  # fmt: skip

    split = late_indexes.split(create, frozenset())

    assert split is not None
    assert split.create == a_table(ID, PRIMARY, "  UNIQUE KEY `u` (`v`)")
    assert split.added == b"ADD KEY `a` (`v`(9) DESC,`w`), ADD KEY `b` (`x`) USING BTREE"


def test_nothing_moves_behind_an_index_that_stays() -> None:
    functional = "  KEY `f` ((`v` + 1))"

    assert added(a_table(ID, PRIMARY, "  KEY `a` (`v`)", functional)) is None
    assert added(a_table(ID, PRIMARY, functional, "  KEY `a` (`v`)")) == "ADD KEY `a` (`v`)"


def test_what_a_counter_or_a_foreign_key_needs_is_there_from_the_beginning() -> None:
    child = a_table(ID, PRIMARY, "  KEY `k` (`parent`)",
        "  CONSTRAINT `c` FOREIGN KEY (`parent`) REFERENCES `p` (`code`)")  # fmt: skip
    parent = a_table(ID, PRIMARY, "  KEY `k` (`code`)", name="p")
    counter = a_table("  `id` int NOT NULL AUTO_INCREMENT", "  KEY `id` (`id`)")

    assert added(child) is None
    assert added(parent) == "ADD KEY `k` (`code`)"
    assert added(parent, child) is None
    assert added(counter) is None


def test_other_engines_make_theirs_at_once() -> None:
    assert added(a_table(ID, PRIMARY, "  KEY `a` (`v`)", end=") ENGINE=MyISAM")) is None


def test_a_constraint_behind_an_index_keeps_its_place() -> None:
    create = a_table(ID, "  KEY `a` (`v`)", "  CONSTRAINT `c` CHECK ((`v` > 0))")

    split = late_indexes.split(create, frozenset())

    assert split is not None
    assert split.create == a_table(ID, "  CONSTRAINT `c` CHECK ((`v` > 0))")


def test_a_table_that_no_alter_table_changes_any_more_keeps_its_indexes() -> None:
    end = f"{END} SECONDARY_ENGINE=RAPID"

    assert added(a_table(ID, PRIMARY, "  KEY `a` (`v`)", end=end)) is None
