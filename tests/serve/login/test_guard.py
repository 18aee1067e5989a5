"""With a login nothing is answered to nobody, and every address of the service is behind it."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from isthmus.serve.login.addresses import OPEN
from isthmus.serve.login.guard import COOKIE
from isthmus.serve.login.login import OF_ONE_NAME
from isthmus.serve.login.users import Users
from isthmus.serve.pictures import identity
from isthmus.serve.store import Store
from make.served import client, picture
from make.users import BASIC, PASSWORDS, sign_in

OWN = {"probability": 0.4, "tirads": "TR4"}


def upload(service: TestClient) -> None:
    assert service.post("/pictures", files={"file": ("a.png", picture())}).status_code == 200


def new(key: str, content: bytes = picture(), **more: object) -> dict[str, object]:
    return {"key": key, "picture": identity(content), "box": ["20,30,150,140"], "own": OWN, **more}


def test_every_address_but_health_and_login_needs_one(guarded: TestClient) -> None:
    told = guarded.app.openapi()  # type: ignore[attr-defined]
    for path, methods in told["paths"].items():
        for method in methods:
            at = path.replace("{picture}", "0" * 64).replace("{frame}", "1").replace("{name}", "0" * 32)
            status = guarded.request(method, at).status_code
            assert (status != 401) == ((path, method) in OPEN), (method, path, status)
    assert guarded.get("/openapi.json").status_code == 401
    assert guarded.get("/page/main.js").status_code == 401
    assert guarded.get("/metrics").status_code == 401


def test_the_page_leads_to_the_login_and_back(guarded: TestClient) -> None:
    first = guarded.get("/", follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (303, "login")
    assert "password" in guarded.get("/login").text
    for name in ("login/login.js", "login/login.css", "style.css", "words.json", "words.js", "api.js", "icon.svg"):
        assert guarded.get(f"/page/{name}").status_code == 200, name
    assert sign_in(guarded).json()["name"] == "Ada"
    assert guarded.get("/", follow_redirects=False).status_code == 200
    assert guarded.get("/model").json()["user"] == "Ada"


def test_the_cookie_is_kept_from_scripts_and_other_sites(guarded: TestClient, bundle: Path, store: Store) -> None:
    told = sign_in(guarded).headers["set-cookie"]
    assert all(word in told for word in ("HttpOnly", "SameSite=strict", "Max-Age=43200", "Path=/"))
    assert "Secure" not in told
    with client(bundle, store=store.folder, login=True) as other:
        other.base_url = "https://127.0.0.1:8000"  # type: ignore[assignment]
        assert "Secure" in sign_in(other).headers["set-cookie"]


def test_who_signs_out_is_out_with_the_cookie_too(guarded: TestClient) -> None:
    sign_in(guarded)
    session = guarded.cookies[COOKIE]
    assert guarded.post("/logout").status_code == 200
    assert guarded.get("/model", headers={"Cookie": f"{COOKIE}={session}"}).status_code == 401


def test_programs_sign_in_with_each_request(guarded: TestClient) -> None:
    file = {"file": ("a.png", picture())}
    assert guarded.post("/predict", files=file, auth=BASIC).status_code == 200
    assert guarded.post("/predict", files=file, auth=("Ada", "wrong")).status_code == 401
    assert guarded.post("/predict", files=file, headers={"Authorization": "Basic !"}).status_code == 401
    refused = guarded.get("/model")
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert "www-authenticate" not in guarded.get("/model", headers={"Sec-Fetch-Mode": "cors"}).headers


def test_a_password_that_was_changed_no_longer_holds_for_programs(guarded: TestClient, store: Store) -> None:
    assert guarded.get("/model", auth=BASIC).status_code == 200
    Users(store.engine).add("Ada", "another one of four words")
    assert guarded.get("/model", auth=BASIC).status_code == 401


def test_after_too_many_attempts_also_the_right_password_waits(guarded: TestClient) -> None:
    statuses = [sign_in(guarded, password="wrong wrong wrong").status_code for _ in range(OF_ONE_NAME)]
    last = sign_in(guarded)
    assert (statuses, last.status_code) == ([401] * OF_ONE_NAME, 429)
    assert 0 < int(last.headers["retry-after"]) <= 15 * 60
    assert sign_in(guarded, "Bo").status_code == 200


def test_the_right_password_clears_the_wrong_ones(guarded: TestClient) -> None:
    for _ in range(3):
        for _ in range(OF_ONE_NAME - 1):
            assert sign_in(guarded, password="wrong wrong wrong").status_code == 401
        assert sign_in(guarded).status_code == 200


def test_a_name_that_nobody_has_is_refused_in_the_same_words(guarded: TestClient) -> None:
    one, other = sign_in(guarded, "Cy", "wrong wrong wrong"), sign_in(guarded, "Ada", "wrong wrong wrong")
    assert (one.status_code, one.json()) == (other.status_code, other.json())


def test_another_sites_page_cant_sign_anybody_in(guarded: TestClient) -> None:
    data = {"name": "Ada", "password": PASSWORDS["Ada"]}
    assert guarded.post("/login", data=data, headers={"Origin": "http://evil.example"}).status_code == 403


def test_the_readers_name_is_that_of_the_login(guarded: TestClient, store: Store) -> None:
    sign_in(guarded)
    upload(guarded)
    saved = guarded.post("/reads", json=new("key-0001"))
    assert (saved.status_code, saved.json()["reader"]) == (201, "Ada")
    assert guarded.post("/reads", json=new("key-0002", reader="Bo")).status_code == 403
    assert [one["id"] for one in guarded.get("/reads").json()["reads"]] == [saved.json()["id"]]
    assert guarded.get("/reads", headers={"X-Reader": "Bo"}).status_code == 403


def test_another_readers_reading_is_neither_shown_nor_used_nor_deleted(guarded: TestClient) -> None:
    sign_in(guarded)
    upload(guarded)
    name = guarded.post("/reads", json=new("key-0001")).json()["id"]
    sign_in(guarded, "Bo")
    assert guarded.get(f"/reads/{name}").status_code == 403
    assert guarded.get(f"/reads/{name}/picture").status_code == 403
    file = {"file": ("a.png", picture())}
    answer = guarded.post("/predict", files=file, data={"box": "20,30,150,140", "read": name})
    assert answer.status_code == 403
    changed = {"number": 1, "own": OWN, "reason": "not mine"}
    assert guarded.post(f"/reads/{name}/changes", json=changed).status_code == 403
    assert guarded.delete(f"/reads/pictures/{identity(picture())}").status_code == 403
    sign_in(guarded)
    assert guarded.delete(f"/reads/pictures/{identity(picture())}").json()["deleted"] == 1


def test_the_log_says_who_read_what_with_which_model(guarded: TestClient, store: Store) -> None:
    sign_in(guarded, password="wrong wrong wrong")
    sign_in(guarded)
    file = {"file": ("a.png", picture())}
    for to in ("/predict", "/explain", "/report"):
        assert guarded.post(to, files=file, data={"box": "20,30,150,140"}).status_code == 200
    events = store.events()
    done = [(one["reader"], one["action"]) for one in events]
    assert done == [("Ada", action) for action in ("sign-in refused", "signed in", "read", "explained", "reported")]
    assert {(one["picture"], one["model"]) for one in events[2:]} == {(identity(picture()), "tiny")}
    assert all(len(one["checksum"]) == 64 for one in events[2:])
