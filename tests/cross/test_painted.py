"""A cross-validation that also reads nodules with calipers after painting these over."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.cross.network import cross
from isthmus.cross.plan import Plan
from isthmus.cross.predictions import FoldPrediction
from isthmus.cross.results import write_results
from isthmus.cross.run import CrossValidation
from isthmus.cross.scorecard import cross_scorecard
from isthmus.data.dataset import DataSet
from isthmus.data.sources import open_source
from isthmus.errors import DataError, UsageError
from isthmus.judge.calipers import caliper_effect
from isthmus.phantom.write import write_phantom
from isthmus.recipe import PAPER
from isthmus.recipes import ISTHMUS
from make.commands import SMALL, isthmus
from make.crossing import page, result

TINY = ISTHMUS.changed(name="tiny", size=32, hidden=8, epochs=1, batch_size=8, precision="fp32")
PLAN = Plan(TINY, folds=2, painted=True)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    """Every second picture has white crosses left and right of its nodules."""
    root = tmp_path_factory.mktemp("phantom") / "p"
    write_phantom(root, patients=14, seed=1)
    plain = open_source("phantom", root)
    for image in plain.images[::2]:
        pixels = np.asarray(Image.open(image.picture.path)).copy()
        for nodule in plain.nodules:
            if nodule.image == image.id:
                for x in (nodule.box.x0, nodule.box.x1):
                    y = (nodule.box.y0 + nodule.box.y1) // 2
                    pixels[y - 20 : y + 20, x - 20 : x + 20] //= 3
                    pixels[y : y + 2, x - 7 : x + 9] = pixels[y - 7 : y + 9, x : x + 2] = 230
        Image.fromarray(pixels).save(image.picture.path, quality=95)
    return open_source("phantom", root)


@pytest.fixture(scope="module")
def crossed(data: DataSet, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CrossValidation]:
    to = tmp_path_factory.mktemp("runs") / "run"
    return to, cross(data, PLAN, to)


def test_nodules_with_calipers_are_read_without_and_the_others_as_a_control(
    data: DataSet, crossed: tuple[Path, CrossValidation]
) -> None:
    marked = {image.id for image in data.images[::2]}
    rows = crossed[1].rows
    assert {row.image for row in rows if row.painted is not None} == marked
    assert all(row.painted is None for row in rows if row.image not in marked)
    assert any(row.painted != row.probability for row in rows if row.painted is not None)
    assert all((row.control is None) == (row.painted is not None) for row in rows)
    assert any(row.control != row.probability for row in rows if row.control is not None)


def test_the_first_reading_is_what_it_is_without_the_second(
    data: DataSet, crossed: tuple[Path, CrossValidation], tmp_path: Path
) -> None:
    plain = cross(data, replace(PLAN, painted=False), tmp_path / "plain")
    assert plain.rows == tuple(replace(row, painted=None, control=None) for row in crossed[1].rows)
    assert cross_scorecard(plain).calipers is None


def test_a_finished_run_is_read_back_and_another_is_refused(
    data: DataSet, crossed: tuple[Path, CrossValidation], tmp_path: Path
) -> None:
    to, first = crossed
    again = cross(data, PLAN, to, report=lambda fold, epoch: pytest.fail("trained again"))
    assert again.rows == first.rows
    with pytest.raises(UsageError, match=r"holds another run \(painted True there, False now\)"):
        cross(data, replace(PLAN, painted=False), to)
    cross(data, replace(PLAN, painted=False), tmp_path / "plain")
    with pytest.raises(UsageError, match=r"holds another run \(painted False there, True now\)"):
        cross(data, PLAN, tmp_path / "plain")


def test_the_scorecard_and_the_table_have_both(crossed: tuple[Path, CrossValidation]) -> None:
    to, first = crossed
    card = cross_scorecard(first)
    write_results(first, card, to)
    rows = list(csv.DictReader((to / "predictions.csv").read_text(encoding="utf-8").splitlines()))
    painted, control = ([float(row[name] or "nan") for row in rows] for name in ("p_painted", "p_control"))
    labels, p = [row["label"] == "malignant" for row in rows], [float(row["p_malignant"]) for row in rows]
    assert card.calipers == caliper_effect(np.array(labels, int), p, painted, [row["group"] for row in rows], control)
    stored = json.loads((to / "scorecard.json").read_text(encoding="utf-8"))["calipers"]
    assert stored["all"]["n"] == stored["with"]["n"] + stored["without"]["n"] == len(rows)
    assert stored["with"]["difference"]["value"] == pytest.approx(
        stored["with"]["auc"]["value"] - stored["with"]["auc_painted"]["value"]
    )
    assert stored["without"]["auc_painted"]["value"] is not None


def test_a_plan_without_it_has_the_name_that_it_had() -> None:
    assert "painted" not in Plan(PAPER).settings
    assert Plan(PAPER, painted=True).settings == {**Plan(PAPER).settings, "painted": True}


def test_the_page_shows_them_only_where_they_were_measured() -> None:
    plain = result()
    folds = tuple(
        replace(
            fold,
            rows=tuple(replace(row, painted=row.probability if at % 2 else None) for at, row in enumerate(fold.rows)),
        )
        for fold in plain.folds
    )
    painted = replace(plain, folds=folds, plan=replace(plain.plan, painted=True))
    assert "Calipers" not in page(plain)
    assert "painted over" in page(painted)


def test_a_row_refuses_what_is_no_probability() -> None:
    row = result().rows[0]
    for name in ("painted", "control"):
        with pytest.raises(DataError, match=rf"p_{name} = 1\.5 is not a probability"):
            replace(row, **{name: 1.5})
        read_twice = replace(row, **{name: 0.25})
        assert FoldPrediction.from_json(json.loads(json.dumps(read_twice.as_json()))) == read_twice
    of_before = {name: value for name, value in row.as_json().items() if name not in ("p_painted", "p_control")}
    assert FoldPrediction.from_json(of_before) == row


def test_the_command_prints_both(data: DataSet, tmp_path: Path) -> None:
    shown = isthmus("cross", data.root, "--as", "phantom", "--to", tmp_path / "run", "--folds", 2, *SMALL, "--painted")
    assert shown.exit_code == 0, shown.exception
    assert "calipers" in shown.stdout
    assert "as they are less painted over" in shown.stdout
