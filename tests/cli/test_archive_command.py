"""``isthmus predict ... --to TABLE``, as a user calls it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from isthmus.data.sources import open_source
from isthmus.errors import DataError, IsthmusError, UsageError
from make.archive import jpeg, make, write_images, write_manifest
from make.bundle import make as make_bundle
from make.commands import isthmus


def rows_of(path: Path) -> list[Mapping[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of an untrained network."""
    return make_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


def test_folder_manifest_and_shards_into_one_table(tiny: Path, tmp_path: Path) -> None:
    made, to = make(tmp_path), tmp_path / "out.csv"
    inputs = (made["folder"], made["manifest"], f"{made['shards']}/s-{{0..1}}.tar")
    result = isthmus("predict", *inputs, "--model", tiny, "--to", to, "--engine", "onnxruntime", "--json")
    assert result.exit_code == 0, result.exception
    said = json.loads(result.stdout)
    assert said | {"seconds": 0, "images_per_second": 0} == {
        "model": "tiny",
        "to": str(to),
        "images": 13,
        "rows": 13,
        "errors": 0,
        "first_error": "",
        "abstained": 0,
        "several_pages": 0,
        "resumed": 0,
        "foreign": 0,
        "seconds": 0,
        "images_per_second": 0,
        "engine": "onnxruntime",
        "passed_over": [],
        "disclaimer": "For research only; not a medical device.",
    }
    rows = {row["nodule"]: row for row in rows_of(to)}
    assert len(rows) == 13
    assert (rows["n1"]["image"], rows["n1"]["patient"], rows["n1"]["x1"]) == ("images/a/00001.jpg", "anna", "30")
    alone = isthmus("predict", made["folder"] / "a/00001.jpg", "--model", tiny, "--box", "4,4,30,30", "--json")
    p = json.loads(alone.stdout)["predictions"][0]["p_malignant"]
    assert float(rows["n1"]["p_malignant"]) == pytest.approx(p, abs=1e-5)


def test_what_cant_be_read_is_counted_and_the_exit_code_is_1(tiny: Path, tmp_path: Path) -> None:
    folder, to = write_images(tmp_path / "scans", 4), tmp_path / "out.csv"
    (folder / "a" / "00001.jpg").write_bytes(b"")
    result = isthmus("predict", folder, "--model", tiny, "--to", to)
    assert result.exit_code == 1
    assert "4 images read: 4 rows written to" in result.stdout
    assert "isthmus: 1 of 4 rows could not be read, see column error; first" in result.stderr
    assert "00001.jpg: is empty (0 bytes)" in result.stderr
    assert [bool(row["error"]) for row in rows_of(to)] == [True, False, False, False]


def test_score_reads_the_table(tiny: Path, tmp_path: Path) -> None:
    folder = write_images(tmp_path / "scans", 6)
    rows = [f"{path},,,,,,p{n},{'benign' if n % 2 else 'malignant'}" for n, path in enumerate(folder.rglob("*.jpg"))]
    manifest, to = write_manifest(tmp_path / "list.csv", rows), tmp_path / "out.csv"
    assert isthmus("predict", manifest, "--model", tiny, "--to", to).exit_code == 0
    result = isthmus("score", to, "--json")
    assert result.exit_code == 0, result.exception
    assert json.loads(result.stdout)["n"] == 6
    (folder / "a" / "00001.jpg").write_bytes(b"")
    assert isthmus("predict", manifest, "--model", tiny, "--to", to).exit_code == 1
    assert "column 'p_malignant' is empty" in str(isthmus("score", to).exception)


def test_a_data_set_comes_through_the_same_pipeline(phantom: Path, tiny: Path, tmp_path: Path) -> None:
    to = tmp_path / "out.parquet"
    command = ("predict", phantom, "--as", "phantom", "--model", tiny, "--engine", "onnxruntime", "--json")
    assert isthmus(*command, "--to", to).exit_code == 0
    said = json.loads(isthmus(*command, "--to", tmp_path / "out.csv").stdout)
    nodules = open_source("phantom", phantom).nodules
    assert said["rows"] == len(nodules)
    assert [row["nodule"] for row in rows_of(tmp_path / "out.csv")] == [nodule.id for nodule in nodules]
    manifest = write_manifest(
        tmp_path / "list.csv",
        [
            f"{n.picture.path},{n.box},{n.id},{n.patient},{'' if n.label is None else n.label},{n.tirads}"
            for n in nodules
        ],
        "path,x0,y0,x1,y1,nodule,patient,label,tirads",
    )
    assert {row["tirads"] for row in rows_of(tmp_path / "out.csv")} == {nodule.tirads for nodule in nodules}
    assert isthmus("predict", manifest, "--model", tiny, "--engine", "onnxruntime", "--to", tmp_path / "m.csv")
    numbers = [{name: cell for name, cell in row.items() if name != "image"} for row in rows_of(tmp_path / "m.csv")]
    assert numbers == [
        {name: cell for name, cell in row.items() if name != "image"} for row in rows_of(tmp_path / "out.csv")
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nowhere", "--to", "out.csv"), "nowhere: no such file or folder"),
        (("nowhere/*.jpg", "--to", "out.csv"), "matches no image"),
        (("scans", "--to", "out.xlsx"), "neither .csv nor .parquet"),
        (("scans", "--to", "out.csv", "--box", "1,2,3,4"), "--box is for FILEs"),
        (("scans", "--to", "out.csv", "--labels", "benign-2-3"), "go with --as"),
        (("scans", "scans", "--to", "out.csv", "--as", "ddti"), "a data set is one ROOT"),
        (("scans", "--as", "ddti"), "--as needs --to"),
        (("scans", "--backend", "ray"), "--backend ray needs --to"),
        (("scans", "--to", "out.csv", "--address", "10.0.0.1:6379"), "--address goes with --backend ray"),
        (("scans", "--to", "out.csv", "--engine", "abacus"), "abacus"),
    ],
)
def test_wrong_use_is_one_line(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_images(tmp_path / "scans", 1)
    result = isthmus("predict", *arguments, "--model", tiny)
    assert isinstance(result.exception, IsthmusError)
    assert told in str(result.exception)
    assert "\n" not in str(result.exception)
    assert isinstance(result.exception, DataError) == (arguments[0] != "scans") or isinstance(
        result.exception, UsageError
    )
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(("extra", "arguments"), [("pyarrow", ["--to", "o.parquet"]), ("ray", ["--backend", "ray"])])
def test_an_extra_that_is_missing_is_named(tiny: Path, tmp_path: Path, extra: str, arguments: list[str]) -> None:
    write_images(tmp_path / "scans", 1)
    code = "import sys; sys.modules[sys.argv.pop(1)] = None\nfrom isthmus.cli.main import run\nrun()"
    command = [sys.executable, "-c", code, extra, "predict", "scans", "--model", tiny, "--to", "o.csv", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"pip install 'isthmus[{'archive' if extra == 'pyarrow' else extra}]'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_the_real_ddti_as_files_and_as_a_data_set(ddti_root: Path, tiny: Path, tmp_path: Path) -> None:
    command = ("--model", tiny, "--engine", "onnxruntime", "--json")
    said = json.loads(isthmus("predict", ddti_root / "*.jpg", *command, "--to", tmp_path / "files.csv").stdout)
    assert (said["images"], said["rows"], said["errors"]) == (480, 480, 0)
    result = isthmus("predict", ddti_root, "--as", "ddti", *command, "--to", tmp_path / "nodules.csv")
    rows = rows_of(tmp_path / "nodules.csv")
    assert [row["nodule"] for row in rows] == [one.id for one in open_source("ddti", ddti_root).nodules]
    assert [row["error"] for row in rows] == [""] * json.loads(result.stdout)["rows"]


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_to_the_same_bytes(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    content = [jpeg(number) for number in range(16)]
    for number in range(4000):
        (tmp_path / "scans" / f"{number:05}.jpg").write_bytes(content[number % 16])
    command = [sys.executable, "-m", "isthmus", "predict", "scans", "--model", tiny, "--json", "--to"]
    subprocess.run([*command, "whole.csv"], cwd=tmp_path, check=True, capture_output=True)
    parts = tmp_path / "out.csv.parts"
    killed = 0
    for wanted in (1, 2):
        with subprocess.Popen([*command, "out.csv"], cwd=tmp_path, stdout=subprocess.PIPE) as run:
            while run.poll() is None and len(list(parts.glob("[0-9]*.csv"))) < wanted:
                time.sleep(0.01)
            killed += run.poll() is None
            os.kill(run.pid, signal.SIGKILL)
    assert killed == 2
    done = subprocess.run([*command, "out.csv"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert 2 * 1024 <= json.loads(done.stdout)["resumed"] < 4000
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not parts.exists()
