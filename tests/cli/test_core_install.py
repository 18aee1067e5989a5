"""What the core install promises works without the libraries of its extras."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Of the extra `train`; timm, onnx and others come with torch.
MISSING = (
    "torch",
    "torchvision",
    "timm",
    "lightning_fabric",
    "onnx",
    "onnxscript",
    "matplotlib",
    "jinja2",
    "reportlab",
    "openvino",
)
COMMAND = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {MISSING!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name.partition(".")[0])
sys.meta_path.insert(0, Refuse())
from isthmus.cli.main import run
run()
"""


def core(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", COMMAND, *map(str, arguments)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("core") / "p.csv"
    rows = (
        f"{('benign', 'malignant')[at % 2]},{0.3 + 0.4 * (at % 2) - 0.3 * (at % 5 == 0)},{at // 2}\n"
        for at in range(60)
    )
    path.write_text("label,p,group\n" + "".join(rows))
    return path


def test_every_verb_of_the_core(phantom: Path, model: Path, table: Path, tmp_path: Path) -> None:
    for arguments in (
        ("phantom", "--to", tmp_path / "data", "--patients", 2),
        ("look", tmp_path / "data", "--as", "phantom"),
        ("audit", tmp_path / "data", "--as", "phantom"),
        ("predict", phantom / "1_1.jpg", "--model", model, "--engine", "onnxruntime"),
        ("predict", phantom, "--model", model, "--engine", "onnxruntime", "--to", tmp_path / "read.csv"),
        ("score", table),
        ("calibrate", model, table, "--p", "p", "--to", tmp_path / "calibrated"),
        ("models",),
        ("info",),
    ):
        done = core(*arguments)
        assert done.returncode in (0, 1), (arguments, done.stderr)  # 1: look finds a fault
        assert done.stdout, arguments


@pytest.mark.parametrize("more", [(), ("--to", "page.md")])
def test_what_needs_an_extra_names_it_before_it_measures(more: tuple[str, ...], model: Path, tmp_path: Path) -> None:
    chosen = ("--model", model) if more else ()
    done = core("bench", *chosen, *(tmp_path / one if one.endswith(".md") else one for one in more))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1, done.stderr
    assert "pip install 'isthmus[train]'" in done.stderr


def test_a_report_needs_the_extra_and_says_so_before_it_reads(tmp_path: Path) -> None:
    done = core("report", tmp_path / "nowhere.csv", "--to", tmp_path / "to")
    assert done.returncode == 2
    assert "pip install 'isthmus[train]'" in done.stderr
    assert "nowhere" not in done.stderr


def test_what_draws_pages_is_of_the_extra() -> None:
    names = {"core": PROJECT["dependencies"], "train": PROJECT["optional-dependencies"]["train"]}
    drawing = {room: [one for one in all_ if one.startswith(("matplotlib", "jinja2"))] for room, all_ in names.items()}
    assert not drawing["core"]
    assert len(drawing["train"]) == 2
