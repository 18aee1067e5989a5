"""What a bundle fills in of the forms, and what it leaves to the author."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from isthmus.bundle import Bundle, open_bundle
from isthmus.bundle_files import sha256
from isthmus.cross.prediction_table import PredictionTable
from isthmus.evidence.judged import Evidence, evidence
from isthmus.evidence.nodules import of_table
from isthmus.models.shipped import open_model
from isthmus.recipe import Recipe
from isthmus.report.evidence.forms.model_answers import model_answers
from isthmus.report.evidence.forms.write import forms
from make.bundle import TINY, make
from make.evidence import rows, write


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return open_bundle(make(tmp_path_factory.mktemp("bundle") / "small"))


@pytest.fixture
def judged(tmp_path: Path) -> Evidence:
    return evidence(of_table(PredictionTable.read(write(tmp_path / "p.csv", rows()))))


def told(bundle: Bundle, learned: bool = False) -> dict[str, str]:
    return {key: value for key, value, _ in model_answers(bundle, learned)}


def test_recipe_and_weights_of_one_network(small: Bundle) -> None:
    one = told(small)
    assert "64 x 64 pixels" in one["input"]
    assert "10 % of its sides" in one["input"]
    assert sha256(small.weights)[:12] in one["architecture"]
    assert "boundary crops" in one["architecture"]
    assert one["beginning"] == "fourconv random"
    assert one["ensemble"] == "none: one network"
    assert one["imbalance"] == "cross-entropy weighted: malignant 3, benign 2"


def test_every_network_of_an_ensemble(small: Bundle) -> None:
    deep = Recipe().changed(backbone="vgg19", head="average", pretrained=True, crops="none", epochs=7)
    one = told(replace(small, members=(TINY, deep, deep)))
    assert one["ensemble"] == "mean of 3 networks"
    assert one["beginning"] == "fourconv random; or vgg19 of ImageNet"
    assert "7 epochs" in one["training"]


def test_a_bundle_of_the_user_says_nothing_of_licence_and_reference(small: Bundle) -> None:
    assert not {"licence", "reference", "citation", "failures"} & told(small, learned=True).keys()


def test_labels_of_the_training_data_are_not_those_of_other_data() -> None:
    shipped = open_model("tn5000")
    assert "reference" not in told(shipped, learned=False)
    one = told(shipped, learned=True)
    assert one["reference"] == "pathology"
    assert "28455641" in one["citation"]
    assert one["licence"] == "Apache-2.0"
    assert "1 077 benign and 2 770 malignant" in one["learned"].replace("\u202f", " ")


def test_forms_are_fuller_with_the_model_and_carry_its_name(judged: Evidence, small: Bundle) -> None:
    plain, fuller = forms(judged), forms(replace(judged, model=small))
    for name in plain:
        assert fuller[name].count("| for the author |") <= plain[name].count("| for the author |")
    assert fuller["claim.md"].count("| for the author |") < plain["claim.md"].count("| for the author |")
    assert fuller["model_card.md"].startswith("# Model card: small on p.csv")
    assert "| Name | small | name of the bundle |" in fuller["model_card.md"]


def test_metrics_name_the_weights(judged: Evidence, small: Bundle) -> None:
    assert judged.as_json()["model"]["reason"]
    assert replace(judged, model=small).as_json()["model"]["weights_sha256"] == sha256(small.weights)
