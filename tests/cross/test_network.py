"""Cross-validation of a network end to end, on made data."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from isthmus import files
from isthmus.bundle import LearnedFrom
from isthmus.cross.fold import Fold
from isthmus.cross.network import cross
from isthmus.cross.plan import Plan
from isthmus.cross.protocols import BY_IMAGE
from isthmus.cross.results import write_results
from isthmus.cross.run import CrossValidation
from isthmus.cross.scorecard import cross_scorecard
from isthmus.data.dataset import DataSet
from isthmus.data.prepare import prepare_all
from isthmus.data.sources import open_source
from isthmus.errors import SplitError, UsageError
from isthmus.learn.beginning import Beginning
from isthmus.learn.votes import probabilities
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Label
from isthmus.phantom.write import write_phantom
from isthmus.recipes import ISTHMUS
from make.runs import as_before

TINY = ISTHMUS.changed(name="tiny", size=32, hidden=8, epochs=2, batch_size=8, precision="fp32")
PLAN = Plan(TINY, folds=2, seed=3)
STILL = TINY.changed(epochs=1, learning_rate=1e-9, averaging=0.0, probe=1)
SOURCE = HybridNet(STILL.network, STILL.preparation.size).eval()


def begun_from(net: HybridNet) -> Beginning:
    return Beginning("elsewhere", STILL, dict(net.state_dict()), (LearnedFrom("folders", "given", "0123456789ab"),))


BEGUN = Plan(STILL, folds=2, seed=3, beginning=begun_from(SOURCE))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    root = tmp_path_factory.mktemp("phantom") / "p"
    write_phantom(root, patients=14, seed=1)
    return open_source("phantom", root)


@pytest.fixture(scope="module")
def whole(data: DataSet, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CrossValidation]:
    to = tmp_path_factory.mktemp("whole") / "run"
    return to, cross(data, PLAN, to)


def told(fold: Fold) -> dict[str, object]:
    """A fold but for its seconds."""
    about = asdict(fold) | {"seconds": 0}
    about["history"] = [{**epoch, "seconds": 0} for epoch in about["history"]]
    return about


def test_every_labelled_nodule_is_judged_once_by_a_model_that_never_saw_its_group(
    data: DataSet, whole: tuple[Path, CrossValidation]
) -> None:
    _, result = whole
    assert sorted(row.nodule for row in result.rows) == sorted(nodule.id for nodule in data.labelled)
    by_id = {nodule.id: nodule for nodule in data.labelled}
    for row in result.rows:
        nodule = by_id[row.nodule]
        assert (row.image, row.patient, row.label) == (nodule.image, nodule.patient, nodule.label)
        assert row.group == result.groups[row.image]
        omega = TINY.network.omega
        assert row.probability == pytest.approx(omega * row.whole + (1 - omega) * row.crops, abs=1e-5)
    first, second = ({row.group for row in fold.rows} for fold in result.folds)
    assert not first & second


def test_a_folds_figures_add_up(data: DataSet, whole: tuple[Path, CrossValidation]) -> None:
    for number, fold in enumerate(whole[1].folds):
        assert (fold.number, fold.repeat) == (number, 0)
        assert fold.learned_from + fold.chosen_on + len(fold.rows) == len(data.labelled)
        assert (fold.leak.n, fold.leak.same_patient, fold.leak.same_image) == (len(fold.rows), 0, 0)
        assert len(fold.history) == TINY.learning.epochs
        assert {row.fold for row in fold.rows} == {number}


def test_a_finished_run_is_read_back_and_nothing_is_trained_again(
    data: DataSet, whole: tuple[Path, CrossValidation]
) -> None:
    to, result = whole
    again = cross(data, PLAN, to, report=lambda fold, epoch: pytest.fail("trained again"))
    assert again.folds == result.folds
    assert not list(to.rglob("checkpoint*"))


def test_a_run_of_before_is_taken_up_again_and_written_with_the_names_of_now(
    data: DataSet, whole: tuple[Path, CrossValidation], tmp_path: Path
) -> None:
    to = tmp_path / "run"
    shutil.copytree(whole[0], to)
    as_before(to)
    again = cross(data, PLAN, to, report=lambda fold, epoch: pytest.fail("trained again"))
    before = {"box": None, "votes": (), "operating_point": "", "label_set": None}
    assert again.rows == tuple(replace(row, **before) for row in whole[1].rows)
    write_results(again, cross_scorecard(again), to)
    header, *rows = (to / "predictions.csv").read_text(encoding="utf-8").splitlines()
    assert header.split(",")[6:] == ["p_malignant", "p_whole", "p_crops"]
    assert len(rows) == len(whole[1].rows)


def test_a_run_taken_up_again_decodes_nothing_and_searches_for_nothing(
    data: DataSet, whole: tuple[Path, CrossValidation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to, calls = tmp_path / "run", []

    def interrupt(fold: int, epoch: object) -> None:
        calls.append(fold)
        if fold == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cross(data, PLAN, to, report=interrupt)
    assert len(list((to / "rois").glob("*.npy"))) == 1
    for name in ("isthmus.data.audit.known_duplicates.find_duplicates", "isthmus.data.prepare.read_picture"):
        monkeypatch.setattr(name, lambda *_: pytest.fail("done again"))
    again = cross(data, PLAN, to)
    assert [told(fold) for fold in again.folds] == [told(fold) for fold in whole[1].folds]
    assert again.duplicates == whole[1].duplicates
    assert not (to / "rois").exists()  # a finished run needs them no more


def test_runs_may_share_a_folder_of_rois(data: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = replace(PLAN, recipe=TINY.changed(epochs=1))
    cross(data, plan, tmp_path / "one", rois=tmp_path / "rois")
    monkeypatch.setattr("isthmus.data.prepare.read_picture", lambda *_: pytest.fail("decoded again"))
    other = replace(plan, recipe=plan.recipe.changed(alpha=0.8))
    cross(data, other, tmp_path / "other", rois=tmp_path / "rois")
    assert len(list((tmp_path / "rois").iterdir())) == 1


@pytest.mark.parametrize("harm", ["deleted", "cut short", "something else"])
def test_only_the_fold_that_is_missing_is_trained_and_to_the_same_predictions(
    data: DataSet, whole: tuple[Path, CrossValidation], harm: str
) -> None:
    to, result = whole
    path = to / "folds" / "01" / "fold.json"
    text = path.read_text(encoding="utf-8")
    if harm == "deleted":
        path.unlink()
    else:
        path.write_text(text[:100] if harm == "cut short" else '{"rows": [{"nodule": 1}]}', encoding="utf-8")
    trained: list[int] = []
    again = cross(data, PLAN, to, report=lambda fold, epoch: trained.append(fold))
    assert trained == [1] * TINY.learning.epochs
    assert [told(fold) for fold in again.folds] == [told(fold) for fold in result.folds]


def killed_in(fold: int, epoch: int, root: str, to: str) -> None:
    """Cross-validates, and is killed behind this epoch of this fold."""
    from isthmus.learn import train

    train.fit.__kwdefaults__["checkpoint_seconds"] = 0

    def die(at_fold: int, at: object) -> None:
        if (at_fold, at.epoch) == (fold, epoch):  # type: ignore[attr-defined]
            os.kill(os.getpid(), signal.SIGKILL)

    cross(open_source("phantom", Path(root)), PLAN, Path(to), report=die)


@pytest.mark.slow
def test_killed_within_a_fold_and_taken_up_again(
    data: DataSet, whole: tuple[Path, CrossValidation], tmp_path: Path
) -> None:
    process = multiprocessing.get_context("spawn").Process(
        target=killed_in, args=(1, 2, str(data.root), str(tmp_path / "run"))
    )
    process.start()
    process.join(300)
    assert process.exitcode == -signal.SIGKILL
    process.close()
    trained: list[tuple[int, int]] = []
    result = cross(data, PLAN, tmp_path / "run", report=lambda fold, epoch: trained.append((fold, epoch.epoch)))
    assert trained == [(1, 2)]  # fold 0 was finished, and fold 1 had saved its first epoch
    assert [told(fold) for fold in result.folds] == [told(fold) for fold in whole[1].folds]


def test_another_recipe_or_plan_into_the_same_folder_is_refused(
    data: DataSet, whole: tuple[Path, CrossValidation]
) -> None:
    to, _ = whole
    with pytest.raises(UsageError, match=r"holds another run \(alpha 0\.6 there, 0\.8 now\)"):
        cross(data, replace(PLAN, recipe=TINY.changed(alpha=0.8)), to)
    with pytest.raises(UsageError, match="seed 3 there, 4 now"):
        cross(data, replace(PLAN, seed=4), to)


@pytest.fixture(scope="module")
def begun(data: DataSet, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CrossValidation, list[str]]:
    to, notes = tmp_path_factory.mktemp("begun") / "run", list[str]()
    return to, cross(data, BEGUN, to, device="cpu", note=notes.append), notes


def test_every_fold_begins_from_the_weights_that_are_given(
    begun: tuple[Path, CrossValidation, list[str]], whole: tuple[Path, CrossValidation]
) -> None:
    """At a learning rate of next to nothing the whole RoI is read as by the network that they began from."""
    to, result, notes = begun
    rois = prepare_all(result.data.labelled, STILL.preparation)
    expected = dict(zip((one.id for one in result.data.labelled), probabilities(SOURCE, rois).whole, strict=True))
    for row in result.rows:
        assert row.whole == pytest.approx(expected[row.nodule], abs=1e-5)
    assert notes == [begun_from(SOURCE).taken_over(STILL)]
    write_results(result, card := cross_scorecard(result), to)
    manifest = json.loads((to / "manifest.json").read_text(encoding="utf-8"))
    record = json.loads(files.json_text(card.as_json()))["beginning"]
    assert manifest["identity"]["beginning"] == f"{record['model']} {record['digest']}" == str(BEGUN.beginning)
    assert manifest["beginning"] == record
    assert record["learned_from"] == [{"data": "folders", "policy": "given", "fingerprint": "0123456789ab"}]
    assert cross_scorecard(whole[1]).as_json()["beginning"] is None


def test_a_run_that_began_elsewhere_is_another_run(
    data: DataSet, begun: tuple[Path, CrossValidation, list[str]], whole: tuple[Path, CrossValidation]
) -> None:
    again = cross(data, BEGUN, begun[0], report=lambda fold, epoch: pytest.fail("trained again"))
    assert again.folds == begun[1].folds
    other = begun_from(HybridNet(STILL.network, STILL.preparation.size))
    assert begun_from(SOURCE).digest != other.digest
    for plan in (replace(BEGUN, beginning=None), replace(BEGUN, beginning=other)):
        with pytest.raises(UsageError, match=r"holds another run \(beginning 'elsewhere [0-9a-f]{16}' there"):
            cross(data, plan, begun[0])
    with pytest.raises(UsageError, match=r"\(beginning 'none' there, 'elsewhere [0-9a-f]{16}' now\)"):
        cross(data, replace(PLAN, beginning=begun_from(SOURCE)), whole[0])


def test_a_beginning_that_learned_from_these_nodules_is_refused_before_anything_is_written(
    data: DataSet, tmp_path: Path
) -> None:
    learned_from = (LearnedFrom(data.kind, data.policy, data.fingerprint()),)
    plan = replace(BEGUN, beginning=replace(begun_from(SOURCE), learned_from=learned_from))
    with pytest.raises(UsageError, match="every fold would test what its network has seen"):
        cross(data, plan, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_protocol_by_image_is_one_split_a_repeat_and_counts_its_leaks(data: DataSet, tmp_path: Path) -> None:
    plan = Plan(TINY.changed(epochs=1), protocol=BY_IMAGE, repeats=2)
    assert plan.parts == 2
    result = cross(data, plan, tmp_path / "run")
    assert [(fold.number, fold.repeat) for fold in result.folds] == [(0, 0), (1, 1)]
    for fold in result.folds:
        assert len(fold.rows) / len(data.labelled) == pytest.approx(0.25, abs=0.1)
        tested = {row.image for row in fold.rows}
        learnt = {nodule.patient for nodule in data.labelled if nodule.image not in tested}
        assert fold.leak.same_patient == sum(row.patient in learnt for row in fold.rows) > 0


def test_what_cannot_be_split_is_refused_before_anything_is_written(data: DataSet, tmp_path: Path) -> None:
    with pytest.raises(SplitError, match="parts asked for"):
        cross(data, replace(PLAN, folds=12), tmp_path / "run")
    benign = tuple(nodule for nodule in data.nodules if nodule.label is Label.BENIGN)
    with pytest.raises(SplitError, match="there is no malignant one"):
        cross(replace(data, nodules=benign), PLAN, tmp_path / "run")
    assert not (tmp_path / "run").exists()
