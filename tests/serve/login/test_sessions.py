"""Sessions: signed, over by themselves, ended early, and worthless with another password or another secret."""

from __future__ import annotations

import time

import pytest

from isthmus.serve.login.sessions import Sessions, secret_of
from isthmus.serve.login.users import Users
from isthmus.serve.store import Store


def sessions(store: Store) -> Sessions:
    return Sessions(store.engine, Users(store.engine), secret_of(store.folder))


def test_a_session_names_its_user_also_after_a_restart(store: Store) -> None:
    session = sessions(store).begin("Ada")
    assert sessions(store).user(session) == "Ada"


@pytest.mark.parametrize("session", ["", "nonsense", "a.b", "e30.x", "\udcff"])
def test_what_nobody_gave_out_is_nobodys(store: Store, session: str) -> None:
    assert sessions(store).user(session) is None


def test_a_changed_one_and_one_of_another_secret(store: Store) -> None:
    one = sessions(store)
    session = one.begin("Ada")
    other = Sessions(store.engine, Users(store.engine), b"another")
    assert (one.user("A" + session), one.user(session[:-1]), one.user(other.begin("Ada"))) == (None, None, None)


def test_it_is_over_after_its_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    one = sessions(store)
    session = one.begin("Ada")
    later = time.time() + one.seconds + 1
    monkeypatch.setattr("isthmus.serve.login.sessions.time.time", lambda: later)
    assert one.user(session) is None


def test_it_ends_when_it_is_ended_and_others_dont(store: Store) -> None:
    one = sessions(store)
    first, second = one.begin("Ada"), one.begin("Ada")
    one.end(first)
    one.end(first)
    assert (one.user(first), one.user(second)) == (None, "Ada")


def test_it_ends_with_the_password_and_the_user(store: Store) -> None:
    one, users = sessions(store), Users(store.engine)
    first, second = one.begin("Ada"), one.begin("Bo")
    users.add("Ada", "another one of four words")
    users.remove("Bo")
    assert (one.user(first), one.user(second)) == (None, None)


def test_the_secret_is_its_owners_alone(store: Store) -> None:
    secret_of(store.folder)
    assert (store.folder / "secret").stat().st_mode & 0o077 == 0
