"""Which answers to the question of a drill say yes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from mysql_operator.agent import questions


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (-1, "-1"),
        (0.5, "0.5"),
        (Decimal("0.001"), "0.001"),
        ("yes", "yes"),
        ("0.0", "0.0"),
        (" ", " "),
        (date(2026, 11, 27), "2026-11-27"),
        (b"\x01", "0x01"),
        (b"text", "text"),
    ],
)
def test_what_is_there_and_not_zero_is_a_yes(value: Any, text: str) -> None:
    assert questions.answer_of(value) == questions.Answer(text, is_true=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (0, "0"),
        (0.0, "0.0"),
        (Decimal("0.00"), "0.00"),
        ("", ""),
        ("0", "0"),
        (b"", ""),
        (b"0", "0"),
        (b"\0\0", "0x0000"),
    ],
)
def test_nothing_and_zero_are_a_no(value: Any, text: str) -> None:
    assert questions.answer_of(value) == questions.Answer(text, is_true=False)


def test_a_long_answer_and_a_long_question_are_cut() -> None:
    assert len(questions.answer_of("x" * 10_000).text) == 200
    assert questions.quoted("SELECT\n  1\n") == "SELECT 1"
    assert questions.quoted("SELECT " + "1 + " * 1000).endswith("…")


def test_the_password_of_the_account_is_in_no_text_of_it() -> None:
    asker = questions.Asker()

    assert asker.password not in repr(asker)
    assert len({questions.Asker().password for _ in range(5)}) == 5
