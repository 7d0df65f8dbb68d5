"""What is secret is neither told nor written to a disk."""

from __future__ import annotations

import re

import pytest

from tests.scripts import stories
from tests.scripts.sandbox import Instance

OLD_HASH = b"*94BDCEBE19083CE2A1F959FD02F964C7AF4CFC29"


@pytest.mark.parametrize(
    "written", [rb"ALSO \1", b"ALSO AS '" + OLD_HASH + b"'", b"ALSO AS 'word'", b"AND BY 'word'"]
)
def test_an_error_does_not_quote_the_hash_of_a_password(shop: Instance, written: bytes) -> None:
    shop.run("restore")
    shop.sql("CREATE USER reader IDENTIFIED BY 'word'")
    dump = stories.backed_up(shop)
    stories.begin_again(shop)
    stories.rewrite(dump, lambda text: re.sub(rb"AS (0x[0-9A-F]+)", written, text))

    outcome = shop.run("restore")

    assert "ERROR 1064" in outcome.result["message"], outcome.output
    assert "near '" in outcome.result["message"]
    assert not re.search(r"[0-9A-F]{16}|word'", outcome.output)


def test_long_here_documents_stay_in_memory(shop: Instance) -> None:
    program = (
        ". /opt/mysql-operator/lib.sh; printf -v long %99999s; readlink /proc/self/fd/0 <<<$long"
    )

    output = shop.start("bash", "-c", program + "; env").wait().output

    assert output.startswith("/run/mysqld/")
    assert "TMPDIR" not in output
