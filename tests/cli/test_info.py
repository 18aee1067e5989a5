"""``isthmus info`` says what there is, and needs nothing heavy for it."""

from __future__ import annotations

import json
import subprocess
import sys

from click.testing import CliRunner

from isthmus.cli.info import info
from isthmus.cross.protocols import PROTOCOLS
from isthmus.data.labels import POLICIES
from isthmus.data.sources import SOURCES
from isthmus.models.names import names
from isthmus.nodule import DISCLAIMER
from isthmus.recipes import ENSEMBLES, RECIPES


def test_json() -> None:
    result = CliRunner().invoke(info, ["--json"])
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert found["recipes"] == {name: recipe.fingerprint for name, recipe in RECIPES.items()}
    assert {name: len(every) for name, every in found["ensembles"].items()} == {"quick": 2}
    assert found["data_sets"].keys() == SOURCES.keys()
    assert found["label_policies"].keys() == POLICIES.keys()
    assert found["label_policies"]["benign-2-3-4a"] == {"benign": ["2", "3", "4a"], "malignant": ["4b", "4c", "5"]}
    assert found["protocols"] == {name: one.description for name, one in PROTOCOLS.items()}
    assert found["models"] == [*names()]
    assert found["packages"]["core"]["numpy"]
    assert {"torch", "timm"} <= found["packages"]["train"].keys()
    assert found["disclaimer"] == DISCLAIMER


def test_text_names_all_of_it() -> None:
    result = CliRunner().invoke(info)
    assert result.exit_code == 0
    for name in (*RECIPES, *ENSEMBLES, *SOURCES, *POLICIES, *PROTOCOLS, "fourconv", "torch", DISCLAIMER):
        assert name in result.stdout


def test_nothing_heavy_is_imported() -> None:
    script = "import sys; from isthmus.cli.info import gathered; gathered(); print([*sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    for package in ("torch", "timm", "onnxruntime", "sklearn", "matplotlib"):
        assert f"'{package}'" not in loaded
