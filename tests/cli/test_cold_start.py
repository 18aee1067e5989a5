"""What one prediction imports: nothing that it doesn't use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARIES = {"PIL", "click", "isthmus", "numpy", "onnxruntime", "safetensors", "tomli_w"}
OURS = {
    "isthmus.bundle",
    "isthmus.cli",
    "isthmus.cli.main",
    "isthmus.cli.options",
    "isthmus.cli.predict",
    "isthmus.cli.talk",
    "isthmus.data",
    "isthmus.data.labels",
    "isthmus.data.pixels",
    "isthmus.data.prepare",
    "isthmus.data.reading",
    "isthmus.data.roi",
    "isthmus.data.sources",
    "isthmus.errors",
    "isthmus.files",
    "isthmus.nodule",
    "isthmus.recipe",
    "isthmus.runtime",
    "isthmus.runtime.kinds",
    "isthmus.runtime.onnx_runtime",
    "isthmus.runtime.start",
}
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
    return foreign - {"_distutils_hack", "__main__"}, {one for one in said["loaded"] if one.startswith("isthmus.")}


@pytest.mark.parametrize("more", [(), ("--json",), ("--box", "100,90,200,200")])
def test_one_prediction(phantom: Path, model: Path, more: tuple[str, ...]) -> None:
    libraries, ours = loaded("predict", phantom / "1_1.jpg", "--model", model, "--engine", "onnxruntime", *more)
    assert libraries <= LIBRARIES
    assert {one for one in ours if not one.startswith("isthmus.infer")} <= OURS
    unused = ("archive", "items", "manifest", "parts", "pipeline", "ray_backend", "shards", "table", "walk")
    assert not {f"isthmus.infer.{one}" for one in unused} & ours


def test_help(phantom: Path) -> None:
    assert loaded("--help") == ({"click", "isthmus"}, {"isthmus.cli", "isthmus.cli.main", "isthmus.errors"})


def test_a_csv_needs_neither_arrow_nor_ray_nor_opencv(phantom: Path, model: Path, tmp_path: Path) -> None:
    command = ("predict", phantom, "--model", model, "--engine", "onnxruntime", "--to", tmp_path / "out.csv")
    libraries, _ = loaded(*command)
    assert libraries <= LIBRARIES | {"rich", "markdown_it", "mdurl", "pygments"}
