"""How the value of a column is written into an INSERT so that it comes back bit for bit. Pure.

mysqldump prints FLOAT with six digits and converts text to one character set. Here the server turns
every short value into its literal (in C, beside other work), neighbours at once; what may be too
long for `max_allowed_packet` comes as it is and becomes a literal here.

What SQL cannot carry: inside JSON the type of a scalar that is not JSON's own. A DATE comes back
as text and prints the same. A DECIMAL comes back as a DOUBLE and may print otherwise (12.30 as
12.3), so it is written as that if the two are equal; where digits would be lost, the comparison of
the dump with its source fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from mysql_operator.agent.sql import quoting

_NUMBERS = frozenset(("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "numeric"))
# By number: an index that names no member (the empty value of a bad INSERT) has no text.
_BY_NUMBER = frozenset(("bit", "enum", "set"))
_TIMES = frozenset(("date", "datetime", "time", "year"))
_TEXTS = frozenset(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"))
_PLAIN_CHARSETS = frozenset(("utf8mb4", "utf8mb3", "utf8", "ascii"))

_UNBOUNDED = frozenset(("json", "geometry"))

_LONGEST_PART = 1 << 20
_LONGEST_NUMBER = 100

Render = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Column:
    """A column of a table, as information_schema describes it."""

    name: str
    data_type: str
    charset: str | None = None
    octets: int | None = None
    generated: bool = False
    virtual: bool = False
    is_measured: bool = False
    """Whether `octets` is the length of the longest value that is there."""


@dataclass(frozen=True)
class Part:
    """One column of the SELECT: literals of one or more columns, or one value as it is."""

    expression: str
    render: Render | None = None
    derived: bool = False
    """Counts for the comparison, but not for the INSERT: the server computes it."""


@dataclass(frozen=True)
class Shape:
    """How the rows of one table are read and written."""

    columns: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def select_list(self) -> str:
        """What is selected; a table without a stored column still has rows."""
        return ", ".join(part.expression for part in self.parts) or "''"

    @property
    def is_whole(self) -> bool:
        """Whether the server writes the whole row as one value."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return only is not None and only.render is None and not only.derived

    def literals(self, row: Sequence[bytes | None]) -> tuple[bytes, bytes]:
        """Write a row for the INSERT, and what the server derived from it."""
        inserted: list[bytes] = []
        derived: list[bytes] = []
        for part, value in zip(self.parts, row, strict=False):
            written = b"NULL" if value is None else part.render(value) if part.render else value
            (derived if part.derived else inserted).append(written)
        return b",".join(inserted), b",".join(derived)


def shape(columns: Sequence[Column], *, longest_packet: int, offsets: bool) -> Shape:
    """How to read and write rows of these columns.

    `offsets`: the server takes `+00:00` at the end of a timestamp (8.0.19), so a value is one
    moment whatever the time zone of the session that loads it.
    """
    longest = min(longest_packet, _LONGEST_PART) // 2
    stored = [column for column in columns if not column.generated]
    derived = [column for column in columns if column.generated and not column.virtual]
    parts = _parts(stored, longest, offsets=offsets)
    parts += [
        Part(part.expression, part.render, derived=True)
        for part in _parts(derived, longest, offsets=offsets)
    ]
    return Shape(tuple(column.name for column in stored), tuple(parts))


def _parts(columns: Sequence[Column], longest: int, *, offsets: bool) -> list[Part]:
    parts: list[Part] = []
    together: list[str] = []
    size = 0
    for column in columns:
        length = _longest_literal(column)
        if together and (length is None or size + length > longest):
            parts.append(_joined(together))
            together, size = [], 0
        if length is None or length > longest:
            parts.append(Part(_value(column), _render(column)))
        else:
            together.append(_literal(column, offsets=offsets))
            size += length
    return [*parts, _joined(together)] if together else parts


def _joined(expressions: Sequence[str]) -> Part:
    values = ", ',', ".join(f"IFNULL({expression}, 'NULL')" for expression in expressions)
    return Part(f"CONCAT({values})")


def _longest_literal(column: Column) -> int | None:
    """Bytes of its longest literal; None where there is no bound worth the name."""
    kind = column.data_type
    if kind in _NUMBERS or kind in _BY_NUMBER or kind in _TIMES:
        return _LONGEST_NUMBER
    if kind in ("float", "double", "timestamp"):
        return _LONGEST_NUMBER
    if column.octets is None or (kind in _UNBOUNDED and not column.is_measured):
        return None
    return 20 + 2 * column.octets


def may_be_long(column: Column) -> bool:
    """Whether its definition lets in values that are too long for the server to write them."""
    length = _longest_literal(column)
    return length is None or length > _LONGEST_PART // 2


def _literal(column: Column, *, offsets: bool) -> str:
    quoted = quoting.name(column.name)
    kind = column.data_type
    if kind in _NUMBERS:
        return quoted
    if kind in _BY_NUMBER:
        return f"({quoted} + 0)"
    if kind == "float":
        # As DOUBLE, or it would have six digits; in quotes, or a negative zero would lose its sign.
        return f"CONCAT('''', {quoted} * 1e0, '''')"
    if kind == "double" or kind in _TIMES or (kind == "timestamp" and not offsets):
        return f"CONCAT('''', {quoted}, '''')"
    if kind == "timestamp":  # an offset is refused for the zero date
        return f"CONCAT('''', {quoted}, IF({quoted} = 0, '''', '+00:00'''))"
    if kind == "json" or (kind in _TEXTS and column.charset in _PLAIN_CHARSETS):
        return f"REPLACE(QUOTE(CAST({_value(column)} AS BINARY)), '\\r', '\\\\r')"
    introducer = f"_{column.charset} " if kind in _TEXTS else ""
    return f"CONCAT('{introducer}X''', HEX({quoted}), '''')"


def _value(column: Column) -> str:
    """A column; a JSON document as it is once it has been written as text and read again."""
    quoted = quoting.name(column.name)
    if column.data_type != "json":
        return quoted
    read_again = f"CAST(CAST({quoted} AS CHAR) AS JSON)"
    return f"IF({quoted} = {read_again}, {read_again}, {quoted})"


def _render(column: Column) -> Render:
    if column.data_type == "json":
        return quoting.literal
    if column.data_type not in _TEXTS:
        return quoting.binary
    if column.charset in _PLAIN_CHARSETS:
        return quoting.literal
    return partial(_in_charset, f"_{column.charset} ".encode())


def _in_charset(introducer: bytes, value: bytes) -> bytes:
    return introducer + quoting.binary(value)
