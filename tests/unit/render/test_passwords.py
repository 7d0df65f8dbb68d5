"""The operator's copy of the passwords."""

from __future__ import annotations

import pytest

from mysql_operator.errors import SpecError
from mysql_operator.render import passwords
from mysql_operator.render.passwords import Passwords


def versions_of(
    given: Passwords, *, operator: str = "generated", salt: str = "salt"
) -> passwords.Versions:
    return passwords.versions(passwords.secret_data(given, operator=operator, salt=salt))


def test_a_version_changes_with_its_password_and_with_nothing_else() -> None:
    before = versions_of(Passwords("root", "user"))
    after = versions_of(Passwords("root", "other"))

    assert before.root == after.root
    assert before.user != after.user


def test_the_server_takes_the_operators_own_password_at_its_start_too() -> None:
    before, after = versions_of(Passwords("root")), versions_of(Passwords("root"), operator="new")

    assert before.root != after.root
    assert before.user == after.user


def test_a_version_cannot_be_computed_without_the_salt() -> None:
    assert versions_of(Passwords("root")).root != versions_of(Passwords("root"), salt="pepper").root


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
