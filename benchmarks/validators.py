"""What dciodvfy, dsrdump, dcmpschk and highdicom say of our answers to every ultrasound file of pydicom, as a table.

python benchmarks/validators.py     needs Debian's dicom3tools and dcmtk, and pydicom-data
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import highdicom
import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut, pixel_array

from isthmus.data.pixels import read_frame
from isthmus.decision import Calibration, Decision
from isthmus.dicom.finding import Finding, Grade, Model
from isthmus.dicom.outputs import write_outputs
from isthmus.dicom.source_header import quiet
from isthmus.nodule import Box, Pixels
from isthmus.prediction import Passage, Prediction

MODEL = Model(
    "tn5000", "0.1.0", "5a" * 32, Decision({"sensitivity-90": 0.3}, "sensitivity-90", Calibration("platt", (1.1, -0.2)))
)
KINDS = {"report": "SR", "capture": "SC", "presentation": "PR", "segmentation": "SEG"}


@dataclass(frozen=True)
class Verdict:
    """What the validators say of one answer: ``errors`` of dciodvfy that are ours, how many repeat an illegal UID of
    the source, warnings, and what failed otherwise."""

    kind: str
    errors: tuple[str, ...]
    inherited: int
    warnings: int
    failed: tuple[str, ...]


def ultrasound_files() -> Iterator[Path]:
    """Every ultrasound file with pixels of pydicom and pydicom-data that is on this disk."""
    folders = [Path(pydicom.__file__).parent / "data"]
    if (store := find_spec("data_store")) and store.origin:
        folders.append(Path(store.origin).parent)
    for path in sorted({path for folder in folders for path in folder.rglob("*") if path.is_file()}):
        try:
            with quiet():
                dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=["Modality", "Rows"])
        except (pydicom.errors.InvalidDicomError, OSError, ValueError, AttributeError, NotImplementedError):
            continue
        if dataset.get("Modality") == "US" and dataset.get("Rows"):
            yield path


def shown(dataset: Dataset, frame: int = 1) -> Pixels:
    """A frame, uint8, good enough to draw on: as pydicom decodes it, by our decoder where the file is compressed."""
    if (path := getattr(dataset, "filename", None)) and dataset.file_meta.TransferSyntaxUID.is_compressed:
        return read_frame(Path(path), page=frame).pixels
    values = pixel_array(dataset, index=frame - 1)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        values = apply_color_lut(values, dataset)
    values = values if values.dtype == np.uint8 else (values.astype(np.uint32) >> 8)
    return values.astype(np.uint8)


def answered(dataset: Dataset, folder: Path, frame: int = 1) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Answers a picture: one nodule read, with all that can be said, and one that the gate refuses. The files, and why
    others aren't there."""
    w, h = int(dataset.Columns), int(dataset.Rows)
    box = Box(w // 3, h // 3, w // 2, h * 2 // 3)
    accepted = Prediction(
        "n", "scan", 0.7315, 0.7, 0.71, 0.3, box, (0.6, 0.7), operating_point="sensitivity-90", gate=Passage()
    )
    refused = Prediction("n", "scan", 0.2, 0.2, 0.2, 0.3, gate=Passage(("it is upside down",)))
    findings = [
        Finding(
            accepted,
            dataset,
            frame,
            size_mm=(12.3, 9.1),
            grade=Grade("acr-2017", "TR4", 4, {"shape": "wider-than-tall"}),
            crops=((w / 3, h / 3, w / 2, h / 2), (w / 3, h / 2, w / 2, h * 2 / 3)),
            side="left",
        ),
        Finding(refused, dataset, frame, "右叶结节", ((w * 0.1, h * 0.1), (w * 0.3, h * 0.1), (w * 0.2, h * 0.3))),
    ]
    made = write_outputs(folder, findings, {(dataset.SOPInstanceUID, frame): shown(dataset, frame)}, MODEL)
    return tuple(path for path in made.files if path.suffix == ".dcm"), made.left_out


def judged(path: Path, source: Dataset) -> Verdict:
    """What the validators say of one answer to ``source``."""
    lines = _said("dciodvfy", path)
    errors = [line for line in lines if line.startswith("Error")]
    own_uids = [str(source.get(f"{name}InstanceUID")) for name in ("Study", "Series", "SOP")]
    inherited = [
        line for line in errors if "Illegal root for UID" in line and any(f'"{uid}"' in line for uid in own_uids)
    ]
    kind = path.name.partition(".")[0].partition("-")[0]
    failed = [line for line in _failures(path, kind) if line]
    own = tuple(line for line in errors if line not in inherited)
    return Verdict(KINDS[kind], own, len(inherited), sum(line.startswith("Warning") for line in lines), tuple(failed))


def dciodvfy_errors(path: Path) -> list[str]:
    """What dciodvfy calls an error in a file."""
    return [line for line in _said("dciodvfy", path) if line.startswith("Error")]


def _failures(path: Path, kind: str) -> Iterator[str]:
    if kind == "report":
        done = subprocess.run(["dsrdump", path], capture_output=True)
        if done.returncode or b"E: " in done.stdout + done.stderr:
            yield f"dsrdump: {done.stderr.decode('utf-8', 'replace')[-300:]}"
    with quiet():
        if kind == "presentation" and "Test passed." not in (text := _checked(path)):
            yield f"dcmpschk: {text[-300:]}"
        if kind == "report" and not highdicom.sr.srread(path).content.get_planar_roi_measurement_groups():
            yield "highdicom: no groups"
        elif kind == "segmentation" and not highdicom.seg.segread(path).number_of_segments:
            yield "highdicom: no segments"
        elif kind == "capture" and highdicom.imread(path).get_frame(1).shape[-1] != 3:
            yield "highdicom: no colour"


def _checked(path: Path) -> str:
    """What dcmpschk says of a presentation state under other names: it knows no UTF-8, and fails one without a name."""
    state = pydicom.dcmread(path)
    state.PatientName, state.ReferringPhysicianName = "Name^Of", "Name^Other"
    with tempfile.NamedTemporaryFile(suffix=".dcm") as file:
        state.save_as(file.name)
        return "\n".join(_said("dcmpschk", file.name))


def _said(*command: object) -> Sequence[str]:
    done = subprocess.run([str(one) for one in command], capture_output=True)
    return (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()


def main() -> None:
    """Prints the table as Markdown; exit code 1 where anything of ours is wrong."""
    warnings.simplefilter("ignore")
    print("| file | SR | SC | PR | SEG |\n|---|---|---|---|---|")
    wrong = 0
    for path in ultrasound_files():
        source = pydicom.dcmread(path)
        with tempfile.TemporaryDirectory() as folder:
            files, _ = answered(source, Path(folder))
            verdicts = {one.kind: one for one in (judged(file, source) for file in files)}
        wrong += sum(len(one.errors) + len(one.failed) for one in verdicts.values())
        cells = [_cell(verdicts.get(kind)) for kind in KINDS.values()]
        print(f"| {path.name} | {' | '.join(cells)} |")
    print(f"\n{wrong} errors of ours.")
    sys.exit(bool(wrong))


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not allowed"
    text = f"{len(verdict.errors)} errors" if not verdict.failed else f"failed: {verdict.failed[0]}"
    return f"{text}, {verdict.inherited} of the source's UIDs" if verdict.inherited else text


if __name__ == "__main__":
    main()
