"""`isthmus export`: the same weights, exported anew."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np

from isthmus.bundle import ABOUT, HISTORY, open_bundle
from isthmus.errors import BundleError
from isthmus.infer.engines import open_engine
from make.commands import isthmus
from make.described import about

KIND = ("--as", "phantom")


def test_the_weights_stay_and_every_engine_is_proved_anew(phantom: Path, model: Path, tmp_path: Path) -> None:
    to = tmp_path / "again"
    done = isthmus("export", phantom, *KIND, "--model", model, "--to", to, "--feature-map", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    before, after = open_bundle(model), open_bundle(to)
    assert (after.weights.read_bytes(), after.recipe, after.decision.threshold) == (
        before.weights.read_bytes(),
        before.recipe,
        before.decision.threshold,
    )
    assert set(found["engines"]) == set(after.provenance.engines)
    assert after.provenance.fingerprint == before.provenance.fingerprint
    rois = np.zeros((2, after.recipe.preparation.size, after.recipe.preparation.size, 3), np.uint8)
    read = open_engine(after, "onnxruntime").read(rois)
    np.testing.assert_allclose(read.fused, open_engine(before, "onnxruntime").read(rois).fused, atol=1e-6)
    assert read.maps is not None
    assert read.maps.shape[:2] == (2, 128)


def test_it_renews_an_older_bundle_and_refuses_a_taken_folder(phantom: Path, model: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(model, old)
    described = about(old)
    del described["sha256"], described["decision"]
    described["threshold"] = open_bundle(model).decision.threshold
    for proof in described["provenance"]["engines"].values():
        del proof["max_vote_difference"], proof["probe_verdicts_changed"]
    (old / ABOUT).write_text(json.dumps(described | {"format": 2}), encoding="utf-8")
    assert "isthmus export DATA --as phantom" in str(isthmus("predict", phantom / "1_1.jpg", "--model", old).exception)
    done = isthmus("export", phantom, *KIND, "--model", old, "--to", tmp_path / "b")
    assert "onnxruntime: differs from torch by" in done.stdout
    renewed, before = open_bundle(tmp_path / "b"), open_bundle(model)
    assert f"it says {before.decision.threshold!r}" in done.stderr
    assert (renewed.decision.threshold, renewed.recipe, renewed.weights.read_bytes()) == (
        before.decision.threshold,
        before.recipe,
        before.weights.read_bytes(),
    )
    assert HISTORY not in before.files or HISTORY in renewed.files
    again = isthmus("export", phantom, *KIND, "--model", model, "--to", tmp_path / "b")
    assert isinstance(again.exception, BundleError)
    assert "already holds something" in str(again.exception)
