"""The file of a study: TOML or JSON, refused with the field that is wrong."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from isthmus.errors import DataError
from isthmus.serve.studies.plan import Plan, PlannedNodule
from make.planned import plan


def given(nodule: PlannedNodule) -> tuple[float, float]:
    return 0.3 if nodule.p_malignant is None else nodule.p_malignant, nodule.threshold


def test_toml_and_json_are_the_same_study(tmp_path: Path) -> None:
    toml = plan(tmp_path)
    (tmp_path / "plan.json").write_text(json.dumps(tomllib.loads(toml.read_text())), encoding="utf-8")
    one, other = Plan.read(toml).study(given), Plan.read(tmp_path / "plan.json").study(given)
    assert one == other
    assert (one.design, len(one.nodules), one.readers[0].experience) == ("sequential", 3, "senior")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('label = "benign"', 'label = "unknown"', "nodules, number 2, label"),
        ("wrong_share = 0.5", "wrong_share = 2", "wrong_share"),
        ("seed = 1", "seed = 1\nwashout = 3", "washout"),
        ('name = "trial"', "", "name"),
        ("box = [20, 30, 150, 140]", "box = [20, 30, 150]", "box"),
        ('design = "sequential"', 'design = "sequential', "is not TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, before: str, after: str, says: str) -> None:
    path = plan(tmp_path)
    path.write_text(path.read_text().replace(before, after), encoding="utf-8")
    with pytest.raises(DataError, match=says):
        Plan.read(path)


def test_a_plan_that_isnt_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="can't be read"):
        Plan.read(tmp_path / "none.toml")


def test_a_plan_knows_its_study_also_where_the_model_read(tmp_path: Path) -> None:
    path = plan(tmp_path)
    path.write_text(path.read_text().replace("p_malignant = 0.2\n", ""), encoding="utf-8")
    read = Plan.read(path)
    study = read.study(given)
    assert study.nodule("b-two").p_malignant == 0.3
    assert read.is_of(study)
    path.write_text(path.read_text().replace('label = "benign"', 'label = "malignant"'), encoding="utf-8")
    assert not Plan.read(path).is_of(study)
