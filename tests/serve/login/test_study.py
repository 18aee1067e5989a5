"""In a study with a login the user is the reader, whatever name a request gives."""

from __future__ import annotations

from pathlib import Path

from isthmus.serve.store import Store
from make.planned import plan
from make.served import client
from make.users import sign_in


def test_the_user_is_the_reader(bundle: Path, store: Store, tmp_path: Path) -> None:
    path = plan(tmp_path / "planned")
    path.write_text(path.read_text().replace('"anna"', '"Ada"'), encoding="utf-8")
    with client(bundle, store=store.folder, login=True, study=path) as service:
        assert service.get("/study/next", headers={"X-Reader": "ben"}).status_code == 401
        sign_in(service, "Ada")
        assert service.get("/study/next").json()["reader"] == "Ada"
        assert service.get("/study/next", headers={"X-Reader": "ben"}).status_code == 403
        step = service.get("/study/next").json()["step"]
        read = {"nodule": step["nodule"], "mode": "before", "tirads": "TR4", "p_malignant": 0.4, "seconds": 1}
        assert service.post("/study/reads", json=read | {"reader": "ben"}).status_code == 403
        assert service.post("/study/reads", json=read).json()["step"]["mode"] == "after"
        sign_in(service, "Bo")
        assert service.get("/study/next").status_code == 403
