"""What one prediction imports: nothing that it doesn't use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from isthmus.cli.work import HOMES

LIBRARIES = {
    "PIL",
    "annotated_types",
    "click",
    "isthmus",
    "numpy",
    "onnxruntime",
    "pydantic",
    "pydantic_core",
    "safetensors",
    "tomli_w",
    "typing_extensions",
    "typing_inspection",
}
OURS = {
    "isthmus.bundle",
    "isthmus.bundle_files",
    "isthmus.cli",
    "isthmus.cli.bars",
    "isthmus.cli.main",
    "isthmus.cli.options",
    "isthmus.cli.predict",
    "isthmus.cli.reading",
    "isthmus.cli.reading.archive",
    "isthmus.cli.reading.files",
    "isthmus.cli.reading.reports",
    "isthmus.cli.talk",
    "isthmus.cli.targets",
    "isthmus.cli.work",
    "isthmus.data",
    "isthmus.data.decode_memory",
    "isthmus.data.file_kinds",
    "isthmus.data.grouping",
    "isthmus.data.image_modes",
    "isthmus.data.labels",
    "isthmus.data.pixels",
    "isthmus.data.prepare",
    "isthmus.data.dataset",
    "isthmus.data.dicom_files",
    "isthmus.data.sources",
    "isthmus.decision",
    "isthmus.dicom",
    "isthmus.dicom.regions",
    "isthmus.description",
    "isthmus.errors",
    "isthmus.files",
    "isthmus.judge",
    "isthmus.judge.probability",
    "isthmus.judge.probability.prevalence",
    "isthmus.models",
    "isthmus.models.names",
    "isthmus.models.shipped",
    "isthmus.nodule",
    "isthmus.part",
    "isthmus.prediction",
    "isthmus.progress",
    "isthmus.recipe",
    "isthmus.recipes",
    "isthmus.runtime",
    "isthmus.runtime.checked",
    "isthmus.runtime.kinds",
    "isthmus.runtime.onnx_runtime",
    "isthmus.runtime.parity",
    "isthmus.runtime.probe",
    "isthmus.runtime.processor",
    "isthmus.runtime.start",
    "isthmus.stopping",
    "isthmus.text",
}
# Options take their help from these, or read a file.
LIGHT = {"isthmus.data.grouping", "isthmus.data.tables", "isthmus.files", "isthmus.tirads.descriptors"}
LOADED_LATER = {*HOMES.values()} - LIGHT
HELPS = """
import json, sys
from click.testing import CliRunner
from isthmus.cli.main import VERBS, main
found = {}
for verb in VERBS:
    before = set(sys.modules)
    CliRunner().invoke(main, [verb, "--help"], catch_exceptions=False)
    found[verb] = [name for name in set(sys.modules) - before if getattr(sys.modules[name], "__file__", None)]
print(json.dumps(found))
"""
COMMAND = """
import json, sys
from isthmus.cli.main import run
try:
    run()
except SystemExit as stop:
    loaded = [module for module in sys.modules if getattr(sys.modules[module], "__file__", None)]
    print(json.dumps({"code": stop.code, "loaded": loaded}), file=sys.stderr)
"""


def loaded(*arguments: object) -> tuple[set[str], set[str]]:
    """The libraries that a command imports, and our own modules."""
    command = [sys.executable, "-c", COMMAND, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(done.stderr.splitlines()[-1])
    assert said["code"] == 0, done.stderr
    foreign = {module.partition(".")[0] for module in said["loaded"]} - sys.stdlib_module_names
    foreign = {one for one in foreign if not one.startswith("_sysconfigdata")}
    return foreign - {"_distutils_hack", "__main__"}, {one for one in said["loaded"] if one.startswith("isthmus.")}


@pytest.mark.parametrize("more", [(), ("--json",), ("--box", "100,90,200,200")])
def test_one_prediction(phantom: Path, model: Path, more: tuple[str, ...]) -> None:
    libraries, ours = loaded("predict", phantom / "1_1.jpg", "--model", model, "--engine", "onnxruntime", *more)
    assert libraries <= LIBRARIES
    assert {one for one in ours if not one.startswith("isthmus.infer")} <= OURS
    unused = ("archive", "items", "manifest", "parts", "pipeline", "ray_backend", "shards", "table", "walk")
    assert not {f"isthmus.infer.{one}" for one in unused} & ours


def test_what_starts_an_engine_ahead_needs_none_of_what_opens_a_bundle(phantom: Path) -> None:
    code = "import isthmus.cli.predict, isthmus.infer.ahead, isthmus.runtime.onnx_runtime, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pydantic", "isthmus.bundle", "isthmus.recipe", "PIL", "safetensors"} & set(done.stdout.split())


def test_help(phantom: Path) -> None:
    libraries, ours = loaded("--help")
    assert libraries == {"click", "isthmus"}
    said = {"isthmus.cli.talk", "isthmus.stopping", "isthmus.text"}
    assert ours == {"isthmus.cli", "isthmus.cli.main", "isthmus.errors", *said}


def test_the_help_of_every_verb_imports_nothing_that_it_does_not_show() -> None:
    done = subprocess.run([sys.executable, "-c", HELPS], capture_output=True, text=True, check=True)
    for verb, names in json.loads(done.stdout).items():
        libraries = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
        assert libraries <= {"click", "isthmus", "tomli_w"}, verb
        assert not set(names) & LOADED_LATER, verb


def test_a_csv_needs_neither_arrow_nor_ray_nor_opencv(phantom: Path, model: Path, tmp_path: Path) -> None:
    command = ("predict", phantom, "--model", model, "--engine", "onnxruntime", "--to", tmp_path / "out.csv")
    libraries, _ = loaded(*command)
    assert libraries <= LIBRARIES | {"rich", "markdown_it", "mdurl", "pygments"}
