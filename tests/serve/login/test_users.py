"""Users: a password opens only its own name's door, and is nowhere to be read."""

from __future__ import annotations

import pytest

from isthmus.errors import UsageError
from isthmus.serve.login.users import Users
from isthmus.serve.store import DATABASE, Store
from make.users import PASSWORDS


def test_a_password_is_its_users_alone(store: Store) -> None:
    users = Users(store.engine)
    assert [users.knows(name, PASSWORDS["Ada"]) for name in ("Ada", "Bo", "ada", "nobody", "")] == [True, *[False] * 4]
    assert not users.knows("Ada", "")


def test_another_password_ends_the_first(store: Store) -> None:
    users = Users(store.engine)
    before = users.stamp("Ada")
    assert users.add("Ada", "another one of four words") is False
    assert (users.knows("Ada", PASSWORDS["Ada"]), users.stamp("Ada") == before) == (False, False)


def test_who_is_removed_signs_in_no_more(store: Store) -> None:
    users = Users(store.engine)
    users.remove("Ada")
    assert (users.names(), users.knows("Ada", PASSWORDS["Ada"]), users.stamp("Ada")) == (("Bo",), False, None)
    with pytest.raises(UsageError, match="Bo"):
        users.remove("Ada")


@pytest.mark.parametrize(
    ("name", "password"), [("Cy", "short"), ("Cy", "x" * 1001), ("", "x" * 20), ("a:b", "x" * 20), ("a\nb", "x" * 20)]
)
def test_what_cant_be_a_user_is_refused_with_the_reason(store: Store, name: str, password: str) -> None:
    with pytest.raises(UsageError):
        Users(store.engine).add(name, password)


def test_no_password_is_in_the_files(store: Store) -> None:
    content = b"".join(path.read_bytes() for path in store.folder.glob(f"{DATABASE}*"))
    assert b"$argon2id$" in content
    assert not any(password.encode() in content for password in PASSWORDS.values())
