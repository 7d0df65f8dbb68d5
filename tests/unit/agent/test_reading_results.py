"""Values are cut out of what the server sends, wherever the network divides it."""

from __future__ import annotations

import pymysql
import pytest

from mysql_operator.agent.sql import wire

VALUES = [b"", b"a", b"b" * 250, b"c" * 251, b"d" * 70_000]
END = b"\x07\x00\x00\x09\xfe\x00\x00\x02\x00\x00\x00"


def packet(value: bytes) -> bytes:
    size = len(value)
    if size < 251:
        written = bytes([size]) + value
    elif size < 1 << 16:
        written = b"\xfc" + size.to_bytes(2, "little") + value
    else:
        written = b"\xfd" + size.to_bytes(3, "little") + value
    return len(written).to_bytes(3, "little") + b"\x01" + written


def cut(pieces: list[bytes]) -> tuple[list[bytes], bool]:
    values: list[bytes] = []
    left, ended = b"", False
    for piece in pieces:
        found, left, ended = wire._cut(left + piece)
        values += found
    return values, ended


@pytest.mark.parametrize("size", [1 << 20, 4096, 1])
def test_values_of_every_length_come_whole(size: int) -> None:
    sent = b"".join(map(packet, VALUES if size > 1 else VALUES[:4])) + END

    values, ended = cut([sent[at : at + size] for at in range(0, len(sent), size)])

    assert values == (VALUES if size > 1 else VALUES[:4])
    assert ended


def test_an_error_in_the_middle_is_raised() -> None:
    error = b"\xff\x16\x04#3D000No database selected"

    with pytest.raises(pymysql.MySQLError):
        cut([packet(b"a") + len(error).to_bytes(3, "little") + b"\x02" + error])
