"""The operator's copy of the passwords."""

from __future__ import annotations

import pytest

from mysql_operator.errors import SpecError
from mysql_operator.render import passwords
from mysql_operator.render.passwords import Passwords

NEW = passwords.Versions(root="new-root", user="new-user")


def the_copy(
    given: Passwords,
    live: dict[str, str] | None = None,
    *,
    operator: str = "generated",
    new: passwords.Versions = NEW,
) -> dict[str, str]:
    return passwords.secret_data(given, live or {}, operator=operator, new=new)


FIRST = passwords.Versions(root="first-root", user="first-user")
LIVE = the_copy(Passwords("root", "user"), new=FIRST)


def versions_after(
    given: Passwords, live: dict[str, str] = LIVE, **changes: str
) -> tuple[str, str]:
    found = passwords.versions(the_copy(given, live, **changes))
    return found.root, found.user


def test_a_version_changes_with_its_password_and_with_nothing_else() -> None:
    assert versions_after(Passwords("root", "user")) == ("first-root", "first-user")
    assert versions_after(Passwords("root", "other")) == ("first-root", "new-user")
    assert versions_after(Passwords("other", "user")) == ("new-root", "first-user")
    assert versions_after(Passwords("root")) == ("first-root", "")


def test_the_server_takes_the_operators_own_password_at_its_start_too() -> None:
    assert versions_after(Passwords("root", "user"), operator="lost") == ("new-root", "first-user")


def test_a_copy_that_is_as_it_should_be_is_not_written_again() -> None:
    assert the_copy(Passwords("root", "user"), LIVE) == LIVE
    assert passwords.can_log_in(LIVE)


@pytest.mark.parametrize(
    "edit",
    [{"root-password": "nonsense"}, {"user-password": "nonsense"}, {"more": "of it"}],
)
def test_a_copy_that_somebody_edits_is_put_back_with_its_versions(edit: dict[str, str]) -> None:
    assert the_copy(Passwords("root", "user"), {**LIVE, **edit}) == LIVE


@pytest.mark.parametrize("key", ["root-password.version", "root-password.checksum"])
@pytest.mark.parametrize("word", ["", "another"])
def test_a_version_that_is_not_bound_to_its_password_is_made_anew(key: str, word: str) -> None:
    assert versions_after(Passwords("root", "user"), {**LIVE, key: word}) == (
        "new-root",
        "first-user",
    )


def test_a_version_tells_nothing_of_its_password_to_who_has_read_an_older_copy() -> None:
    for password in ("guess", "another guess"):
        copy = the_copy(Passwords(password), LIVE)

        assert passwords.versions(copy).root == NEW.root


# A Secret of an operator that salted digests, as that operator wrote and published it.

SALTED = {
    "root-password": "root",
    "operator-password": "generated",
    "user-password": "user",
    "salt": "0123456789abcdef",
}
DIGESTS = ("0bde991fa7f1fff1", "6cacf8ff2cff5530")


def test_an_older_copy_is_taken_over_without_a_restart_and_loses_its_salt() -> None:
    taken_over = the_copy(Passwords("root", "user"), SALTED)

    assert passwords.can_log_in(SALTED)
    assert versions_after(Passwords("root", "user"), SALTED) == DIGESTS
    assert (passwords.versions(SALTED).root, passwords.versions(SALTED).user) == DIGESTS
    assert "salt" not in taken_over
    assert the_copy(Passwords("root", "user"), taken_over) == taken_over
    assert versions_after(Passwords("other", "user"), taken_over) == ("new-root", DIGESTS[1])


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
