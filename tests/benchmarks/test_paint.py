"""A bundle is asked what it makes of calipers, with a control, and not on what it learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import paint
from isthmus.data.prepare import prepare_all
from isthmus.data.sources import open_source
from isthmus.infer.predictor import Predictor
from isthmus.judge.delong import auc_within
from make.bundle import make as make_bundle


def test_it_reads_every_nodule_twice(phantom: Path, tmp_path: Path) -> None:
    predictor = Predictor.load(make_bundle(tmp_path / "tiny"))
    data = open_source("phantom", phantom)
    seen = paint.effect(data, predictor)
    labels = [int(nodule.label or 0) for nodule in data.labelled]
    p = paint.read(prepare_all(data.labelled, predictor.bundle.recipe.preparation), predictor)
    assert seen.every.n == seen.shown.n + seen.absent.n == len(labels)
    assert seen.every.as_they_are.value == auc_within(labels, p).value
    assert seen.absent.painted is not None
    assert not np.isnan(seen.absent.painted.value)
