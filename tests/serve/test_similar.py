"""POST /similar: what the command has under `similar`, and a refusal where the model keeps no features."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from golden.make_shipped_scores import frames
from isthmus.data.pixels import read_picture
from isthmus.data.prepare import prepare
from isthmus.data.sources import open_source
from isthmus.errors import DataError
from isthmus.export import write
from isthmus.models import names
from make.commands import isthmus
from make.served import client, picture
from make.training import TINY


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


def test_without_training_data_there_is_no_picture(service: TestClient) -> None:
    answer = service.get("/similar/0.png")
    assert answer.status_code == 404
    assert "no training data" in answer.json()["error"]


def test_pictures_come_of_the_training_data_alone(
    phantom: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "FEWEST", 10)
    root = tmp_path / "data"
    shutil.copytree(phantom, root)
    data = open_source("phantom", root)
    bundle = write.train_bundle(data, TINY.changed(epochs=1, patience=0), tmp_path / "model", device="cpu")
    with client(bundle.folder, training_data=root) as one:
        shown = one.get("/similar/3.png")
        assert shown.headers["content-type"] == "image/png"
        nodule = data.labelled[3]
        expected = prepare(read_picture(nodule.picture), nodule.box, bundle.recipe.preparation)
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(shown.content))), expected)
        assert one.get("/similar/100000.png").status_code == 404
        shutil.copyfile(data.labelled[-1].picture.path, nodule.picture.path)  # another picture under its name
        changed = one.get("/similar/3.png")
        assert changed.status_code == 404
        assert "has changed" in changed.json()["error"]
    with pytest.raises(DataError, match="is not the data"), client(bundle.folder, training_data=root):
        pass
