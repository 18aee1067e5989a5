"""Baselines that should be at chance: judged, and called by name where they are not."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.cross.chance import AT_CHANCE, refuse_missing, shortcuts
from isthmus.data.split import folds
from isthmus.errors import UsageError
from isthmus.nodule import Box, ImageRef, Label, Nodule


def nodules(folder: Path, larger: int) -> list[Nodule]:
    """Nodules in noise; a malignant one's box is ``larger`` by so many pixels."""
    draw, made = np.random.default_rng(0), []
    for number in range(60):
        path = folder / f"{number:03}.png"
        Image.fromarray(draw.integers(0, 256, (80, 80), np.uint8)).save(path)
        label = Label(int(draw.random() < 0.5))
        side = int(draw.integers(20, 30)) + larger * label
        made.append(
            Nodule(path.stem, path.stem, path.stem, ImageRef(path), Box(10, 10, 10 + side, 10 + side), label=label)
        )
    return made


@pytest.mark.parametrize(("larger", "expected"), [(20, ["box"]), (0, [])])
def test_the_one_that_tells_the_label_is_called(larger: int, expected: list[str], tmp_path: Path) -> None:
    made = nodules(tmp_path, larger)
    groups = {one.image: one.image for one in made}
    judged = shortcuts(made, folds(made, groups, 2), groups)
    assert [one.name for one in judged] == list(AT_CHANCE) == ["border", "box", "order", "calipers"]
    assert all(one.auc.n == 60 for one in judged)
    assert [one.name for one in judged if one.tells and one.name != "border"] == expected
    record = judged[1].as_json()
    assert record["baseline"] == "box"
    assert record["tells"] is bool(larger)


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(UsageError, match="border needs skimage, which is not installed"):
        refuse_missing()
