"""A bundle is written whole or not at all, by one process, and an interrupted training continues."""

from __future__ import annotations

from pathlib import Path

import pytest

from isthmus.bundle import HISTORY, open_bundle
from isthmus.data.sources import open_source
from isthmus.errors import BundleError
from isthmus.export.write import claimed, train_bundle, work_folder
from isthmus.learn.checkpoint import Epoch
from make.training import TINY

RECIPE = TINY.changed(epochs=2, patience=0, precision="fp32")


def test_a_folder_that_holds_something_is_refused_and_stays(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BundleError, match="already holds something"), claimed(tmp_path, "training"):
        pytest.fail("claimed")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_claim_without_work_leaves_nothing(tmp_path: Path) -> None:
    with claimed(tmp_path / "model", "training"):
        assert work_folder(tmp_path / "model").is_dir()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_interrupted_training_leaves_no_bundle_and_continues(phantom: Path, tmp_path: Path) -> None:
    data, to = open_source("phantom", phantom), tmp_path / "model"

    def stop(epoch: Epoch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_bundle(data, RECIPE, to, device="cpu", report=stop)
    assert not to.exists()
    assert work_folder(to).is_dir()
    bundle = train_bundle(data, RECIPE, to, device="cpu")
    assert not work_folder(to).exists()
    assert open_bundle(to).recipe == RECIPE
    assert len((to / HISTORY).read_text(encoding="utf-8").splitlines()) == 1 + 2
    counted = [sum(part.values()) for part in bundle.provenance.nodules.values()]
    assert sum(counted) == len(data.labelled)
    with pytest.raises(BundleError, match="already holds something"):
        train_bundle(data, RECIPE, to, device="cpu")


def test_a_bundle_learns_from_every_nodule_where_none_is_set_aside(phantom: Path, tmp_path: Path) -> None:
    data = open_source("phantom", phantom)
    recipe = RECIPE.changed(epochs=1, validation=0, choose_by="last", threshold="half")
    bundle = train_bundle(data, recipe, tmp_path / "model", device="cpu")
    counted = {name: sum(part.values()) for name, part in bundle.provenance.nodules.items()}
    assert counted == {"training": len(data.labelled), "validation": 0}
    assert bundle.decision.thresholds == {"half": 0.5}
    proof = bundle.provenance.engines["onnxruntime"]
    assert proof.passed
    assert proof.n == min(256, len(data.labelled))
