"""Baselines: each finds what it is meant to find, none looks at what it must not."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from isthmus.baselines.features import box_features, descriptor_features
from isthmus.baselines.table import BASELINES, predicted
from isthmus.data.split import Indices
from isthmus.errors import SplitError
from isthmus.judge.metrics import Floats, Labels, auc
from isthmus.nodule import Box, ImageRef, Nodule
from isthmus.progress import silent
from make.ddti import ellipse

N = 60
LABELS: Labels = np.arange(N) % 2
TRAIN, TEST = np.arange(40), np.arange(40, N)


def nodule(number: int, across: float = 12, down: float = 9, path: Path = Path("none"), **given: str) -> Nodule:
    contour = tuple((float(x), float(y)) for x, y in ellipse(200, 200, across, down, points=40))
    name = str(number)
    return Nodule(name, name, name, ImageRef(path), Box.around(contour), contour, descriptors=given)


def random_features(columns: int = 5, seed: int = 0) -> Floats:
    features = np.random.default_rng(seed).normal(size=(N, columns))
    features[::7, 0] = np.nan
    return features


def codes(seed: int = 0) -> Floats:
    return np.random.default_rng(seed).integers(0, 3, (N, 4)).astype(np.float64)


def of(name: str, features: Floats, labels: Labels = LABELS, seed: int = 0) -> Floats:
    return predicted(BASELINES[name], features, labels, TRAIN, TEST, seed)


def suitable(name: str) -> Floats:
    """Features such as the baseline's classifier takes."""
    return {"descriptors": codes(), "frozen-trunk": np.nan_to_num(random_features())}.get(name, random_features())


def test_the_table_is_the_contracts() -> None:
    assert list(BASELINES) == ["majority", "box", "descriptors", "texture", "frozen-trunk", "border"]
    assert len({baseline.title for baseline in BASELINES.values()}) == 6
    assert all(baseline.about.endswith(".") and baseline.version >= 1 for baseline in BASELINES.values())


@pytest.mark.parametrize("name", BASELINES)
def test_it_travels_to_another_process(name: str) -> None:
    assert pickle.loads(pickle.dumps(BASELINES[name])) == BASELINES[name]


@pytest.mark.parametrize("name", BASELINES)
def test_probabilities_of_the_test_nodules_in_their_order(name: str) -> None:
    p = of(name, suitable(name))
    assert p.shape == (20,)
    assert ((p >= 0) & (p <= 1)).all()
    backwards = predicted(BASELINES[name], suitable(name), LABELS, TRAIN, TEST[::-1])
    np.testing.assert_allclose(backwards[::-1], p)


@pytest.mark.parametrize("name", BASELINES)
def test_the_labels_of_the_test_nodules_are_never_looked_at(name: str) -> None:
    other = LABELS.copy()
    other[TEST] = 1 - other[TEST]
    np.testing.assert_array_equal(of(name, suitable(name)), of(name, suitable(name), other))


@pytest.mark.parametrize("name", BASELINES)
def test_the_features_of_the_other_test_nodules_change_nothing(name: str) -> None:
    other = suitable(name)
    other[TEST[1:]] = other[TEST[1:]][::-1] + 1
    assert of(name, suitable(name))[0] == of(name, other)[0]


@pytest.mark.parametrize("name", ["box", "descriptors", "texture", "frozen-trunk", "border"])
def test_the_labels_of_the_training_nodules_matter(name: str) -> None:
    other = LABELS.copy()
    other[TRAIN] = 1 - other[TRAIN]
    assert not np.array_equal(of(name, suitable(name)), of(name, suitable(name), other))


@pytest.mark.parametrize("name", BASELINES)
def test_the_seed_decides(name: str) -> None:
    np.testing.assert_array_equal(of(name, suitable(name), seed=3), of(name, suitable(name), seed=3))


def test_trees_of_another_seed_differ() -> None:
    assert not np.array_equal(of("texture", random_features(), seed=3), of("texture", random_features(), seed=4))


@pytest.mark.parametrize("name", BASELINES)
def test_malignant_is_the_positive_class(name: str) -> None:
    features = np.repeat(LABELS[:, None], 2, axis=1).astype(np.float64)
    p = of(name, features)
    assert auc(LABELS[TEST], p) == (0.5 if name == "majority" else 1.0)


def test_majority_says_the_share_of_the_training_nodules() -> None:
    labels = (np.arange(N) % 4 == 0).astype(np.int64)
    labels[TEST] = 1
    features = BASELINES["majority"].features([nodule(i) for i in range(N)], silent)
    assert of("majority", features, labels).tolist() == [0.25] * 20


@pytest.mark.parametrize("name", BASELINES)
def test_one_label_only_is_refused(name: str) -> None:
    train: Indices = np.arange(0, 40, 2)
    with pytest.raises(SplitError, match=r"the 20 training nodules don't have both labels. Give"):
        predicted(BASELINES[name], suitable(name), LABELS, train, TEST)


@pytest.mark.parametrize("name", ["box", "texture", "border"])
def test_a_feature_missing_throughout_says_nothing(name: str) -> None:
    p = of(name, np.full((N, 3), np.nan))
    np.testing.assert_allclose(p, 0.5, atol=1e-6)


def test_box_tells_big_from_small() -> None:
    sizes = np.random.default_rng(1).uniform(10, 30, N) + 30 * LABELS
    features = box_features([nodule(i, size, size) for i, size in enumerate(sizes)])
    assert auc(LABELS[TEST], of("box", features)) == 1.0


def test_box_tells_taller_than_wide() -> None:
    draw = np.random.default_rng(2)
    nodules = [
        nodule(i, *(size, size * 0.7)[:: -1 if label else 1])
        for i, (label, size) in enumerate(zip(LABELS, draw.uniform(10, 90, N), strict=True))
    ]
    assert auc(LABELS[TEST], of("box", box_features(nodules))) > 0.95


def test_nodules_without_a_contour_are_predicted_among_others() -> None:
    nodules = [nodule(i, 10 + 20 * label) for i, label in enumerate(LABELS)]
    bare = [Nodule(n.id, n.image, n.patient, n.picture, n.box) if int(n.id) % 3 else n for n in nodules]
    assert auc(LABELS[TEST], of("box", box_features(bare))) == 1.0


def test_descriptors_tell_what_the_reader_wrote() -> None:
    written = ["spiculated", "microlobulated"], ["smooth", "well defined"]
    nodules = [nodule(i, margins=written[1 - label][i // 2 % 2]) for i, label in enumerate(LABELS)]
    assert auc(LABELS[TEST], of("descriptors", descriptor_features(nodules))) == 1.0


def test_missing_is_a_category_and_a_word_unknown_to_training_is_none() -> None:
    nodules = [nodule(i, **({"composition": "solid"} if label else {})) for i, label in enumerate(LABELS)]
    nodules[50] = nodule(50, composition="spongiform", echogenicity="isoechogenicity")
    features = descriptor_features(nodules)
    assert features.shape == (N, 4)
    assert np.isnan(features[:, 2:]).all()
    p = of("descriptors", features)
    benign = np.delete(p[::2], 5)
    assert benign.max() < p[10] < p[1::2].min()


@pytest.mark.parametrize(("name", "finds"), [("texture", "inside"), ("border", "outside")])
def test_each_finds_texture_where_it_looks_and_only_there(tmp_path: Path, name: str, finds: str) -> None:
    pytest.importorskip("skimage", reason="scikit-image is not installed")
    found = {}
    for place in ("inside", "outside"):
        nodules = [nodule(i, 20, 20, pictured(tmp_path, i, place)) for i in range(N)]
        found[place] = auc(LABELS[TEST], of(name, BASELINES[name].features(nodules, silent)))
    assert found[finds] == 1.0
    # The box's corners are outside the contour, so that texture sees a little of the outside.
    assert name == "texture" or found["inside"] < 0.8


def pictured(folder: Path, number: int, place: str) -> Path:
    """An image of fine noise, smoother inside or outside a disk about (200, 200) if the nodule is malignant."""
    noise = np.random.default_rng(number + 1000 * (place == "inside")).integers(0, 256, (300, 300))
    smooth = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1) + np.roll(noise, (1, 1), (0, 1))) // 4
    rows, columns = np.indices(noise.shape)
    inside = (rows - 200) ** 2 + (columns - 200) ** 2 <= 20**2
    changed = (inside if place == "inside" else ~inside) & bool(LABELS[number])
    path = folder / f"{place}{number}.png"
    Image.fromarray(np.where(changed, smooth, noise).astype(np.uint8)).save(path)
    return path
