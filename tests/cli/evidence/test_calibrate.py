"""``isthmus calibrate`` as a person and a script meet it: labelled predictions in, a bundle that reads by them out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from isthmus.bundle import open_bundle
from isthmus.cli.evidence.calibrate import KINDS
from isthmus.cross.decisions.calibrate import METHODS
from isthmus.data.pixels import read_frame
from isthmus.errors import BundleError, UsageError
from isthmus.infer.predictor import Predictor
from make import site as sites
from make.bundle import make as make_bundle
from make.commands import isthmus


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture(scope="module")
def table(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sites.write(tmp_path_factory.mktemp("site") / "p.csv", sites.rows(open_bundle(tiny), 500))


@pytest.fixture(scope="module")
def made(tiny: Path, table: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    to = tmp_path_factory.mktemp("made") / "here"
    done = isthmus("calibrate", tiny, table, "--to", to, "--prevalence", 0.1, "--json")
    assert done.exit_code == 0, done.exception
    return to, json.loads(done.stdout)


def test_json_says_what_was_fitted_on_what(made: tuple[Path, dict[str, object]]) -> None:
    to, answer = made
    decision = open_bundle(to).decision
    assert answer["decision"] == json.loads(json.dumps(answer["decision"]))
    assert answer["decision"]["thresholds"] == decision.thresholds
    assert (answer["n"], answer["groups"], sum(answer["counts"].values())) == (500, 250, 500)
    assert (decision.prevalence and decision.prevalence.here) == 0.1
    assert answer["disclaimer"]
    assert {"before", "after", "change", "conformal", "log_loss", "method", "bundle", "to"} <= answer.keys()


def test_the_new_bundle_reads_by_the_new_decision(
    made: tuple[Path, dict[str, object]], tiny: Path, phantom: Path
) -> None:
    frame = read_frame(phantom / "1_1.jpg")
    old, new = Predictor.load(tiny).predict(frame), Predictor.load(made[0])
    found = new.predict(frame)
    assert found.whole == old.whole
    fused = np.array([old.probability])  # the tiny bundle has no calibration
    assert found.probability == pytest.approx(float(new.bundle.decision.probability(fused)[0]))
    assert old.label_set is None
    assert found.as_json()["set"] is not None
    read = json.loads(isthmus("predict", phantom / "1_1.jpg", "--model", made[0], "--json").stdout)
    assert read["predictions"][0]["set"] == found.as_json()["set"]


def test_a_person_reads_before_and_after(tiny: Path, table: Path, tmp_path: Path) -> None:
    done = isthmus("calibrate", tiny, table, "--to", tmp_path / "new", "--method", "platt")
    assert done.exit_code == 0, done.exception
    for part in ("log loss", "Brier score", "calibration error", "before", "cross-fitted", "sensitivity-95", "Sets at"):
        assert part in done.stdout
    assert "500 nodules in 250 groups" in done.stdout
    assert "grouped by column 'patient'" in done.stderr


def test_no_group_and_no_trace_of_the_model_are_noted(tiny: Path, tmp_path: Path) -> None:
    bare = sites.write(tmp_path / "p.csv", sites.rows(open_bundle(tiny)), ("nodule", "label", "p_malignant"))
    done = isthmus("calibrate", tiny, bare, "--to", tmp_path / "new")
    assert done.exit_code == 0, done.exception
    assert "no column of groups" in done.stderr
    assert "nothing in" in done.stderr


def test_where_nothing_is_gained_stderr_says_so(tiny: Path, tmp_path: Path) -> None:
    bundle = open_bundle(tiny)
    first = sites.write(tmp_path / "first.csv", sites.rows(bundle, 2000, seed=1))
    assert isthmus("calibrate", tiny, first, "--to", tmp_path / "one", "--method", "platt").exit_code == 0
    one = open_bundle(tmp_path / "one")
    second = sites.write(tmp_path / "second.csv", sites.rows(one, 300, seed=2))
    done = isthmus("calibrate", tmp_path / "one", second, "--to", tmp_path / "two")
    assert done.exit_code == 0, done.exception
    assert "nothing speaks for the new calibration" in done.stderr or "within what chance makes" in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--prevalence", "0"), "--prevalence: 0 is no share between 0 and 1"),
        (("--prevalence", "nan"), "--prevalence: nan is no share"),
        (("--prevalence", "10"), "--prevalence: 10 is no share"),
        (("--coverage", "1"), "--coverage: 1 is no share"),
    ],
)
def test_impossible_shares_are_wrong_use(
    options: tuple[str, str], message: str, tiny: Path, table: Path, tmp_path: Path
) -> None:
    done = isthmus("calibrate", tiny, table, "--to", tmp_path / "new", *options)
    assert isinstance(done.exception, UsageError)
    assert message in str(done.exception)
    assert not (tmp_path / "new").exists()


def test_what_is_there_is_not_written_over(tiny: Path, table: Path, tmp_path: Path) -> None:
    taken = shutil.copytree(tiny, tmp_path / "taken")
    done = isthmus("calibrate", tiny, table, "--to", taken)
    assert isinstance(done.exception, BundleError)
    assert open_bundle(Path(taken)).decision == open_bundle(tiny).decision
    assert isinstance(isthmus("calibrate", tiny, table, "--to", tiny).exception, UsageError)


def test_the_help_names_every_method() -> None:
    assert KINDS == METHODS
