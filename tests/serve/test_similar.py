"""POST /similar: what the command has under `similar`, and a refusal where the model keeps no features."""

from __future__ import annotations

import json

from fastapi.testclient import TestClient

from golden.make_shipped_scores import frames
from isthmus.models import names
from make.commands import isthmus
from make.served import client, picture


def test_it_answers_as_the_command() -> None:
    path, box = next(iter(frames().values()))
    with client(names.find("tn5000-hfcn")) as one:
        sent = {"file": (path.name, path.read_bytes())}
        answer = one.post("/similar", files=sent, data={"box": str(box), "count": "3"}).json()
    told = isthmus("predict", path, "--box", box, "--similar=3", "--json", "--model", "tn5000-hfcn")
    assert answer["nodules"][0] == json.loads(told.stdout)["predictions"][0].get("similar")
    assert "not evidence" in answer["not_evidence"]


def test_a_model_without_features_says_so(service: TestClient) -> None:
    answer = service.post("/similar", files={"file": ("a.png", picture())})
    assert answer.status_code == 404
    assert "keeps no features" in answer.json()["error"]
