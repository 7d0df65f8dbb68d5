"""The operator's copy of the passwords."""

from __future__ import annotations

import pytest

from mysql_operator.errors import SpecError
from mysql_operator.render import passwords
from mysql_operator.render.passwords import Passwords


def test_a_version_changes_with_its_password_and_with_nothing_else() -> None:
    before = passwords.versions(passwords.secret_data(Passwords("root", "user"), "salt"))
    after = passwords.versions(passwords.secret_data(Passwords("root", "other"), "salt"))

    assert before.root == after.root
    assert before.user != after.user


def test_a_version_cannot_be_computed_without_the_salt() -> None:
    one = passwords.versions(passwords.secret_data(Passwords("root"), "salt"))
    two = passwords.versions(passwords.secret_data(Passwords("root"), "pepper"))

    assert one.root != two.root


def test_no_version_where_there_is_no_password() -> None:
    assert passwords.versions({}) == passwords.Versions(root="", user="")


def test_passwords_are_not_in_a_representation() -> None:
    assert "hunter2" not in repr(Passwords("hunter2", "hunter2"))


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"", "1 to 128"), (b"x" * 129, "1 to 128"), (b"secret\n", "line break"), (b"\xff", "UTF-8")],
)
def test_a_secret_that_is_no_password_is_refused_without_showing_it(
    content: bytes, word: str
) -> None:
    with pytest.raises(SpecError, match=word) as refusal:
        passwords.checked(content, "key password of Secret s")

    assert "secret\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "password", ["it's", 'a"b', "back\\slash", "d$llar", "p%rcent", "Grüße 🦭"]
)
def test_every_other_character_is_allowed(password: str) -> None:
    assert passwords.checked(password.encode(), "here") == password
