"""The phantom: simulated thyroid nodules in DDTI's format, so that everything runs without a patient's data.

`speckle` is the physics, `anatomy` the neck, `features` the nodule and its reading, `patients` the frames; this module
writes the cases. Its purpose and limits are in docs/decisions/0022-phantom.md.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image

from isthmus import files
from isthmus.errors import UsageError
from isthmus.nodule import DISCLAIMER, Pixels, Point
from isthmus.phantom.features import TALLER, category
from isthmus.phantom.patients import FRAME_WIDTH, Patient, Picture, draw_patient, picture
from isthmus.progress import Progress, silent

SETTINGS, TRUTH = "phantom.json", "truth.csv"
TRUTH_COLUMNS = ("nodule", "image", "patient", "truth", "points", "tirads")
JPEG_QUALITY = 90
CUT_AT = 2500  # characters of an annotation, as in DDTI


@dataclass(frozen=True)
class Case:
    """One case: its TI-RADS, its pictures, and the ``<svg>`` text of each."""

    patient: Patient
    tirads: str
    pictures: tuple[Picture, ...]
    annotations: tuple[str, ...]

    @property
    def number(self) -> int:
        return self.patient.number


def write_phantom(
    root: Path, patients: int = 60, seed: int = 0, progress: Progress = silent, faults: bool = False
) -> None:
    """Writes simulated cases to ``root``: ``<case>.xml``, ``<case>_<image>.jpg``, ``truth.csv``, ``phantom.json``.

    The same seed gives the same bytes, and a patient's don't depend on how many there are. ``faults`` adds six cases
    with DDTI's faults behind the sound ones. ``truth.csv`` comes last: a folder without it was interrupted, and the
    same call completes it. Raises UsageError for a folder that holds anything else, or for a number out of range;
    StorageError.
    """
    if patients < 1 or seed < 0:
        raise UsageError("a phantom needs at least 1 patient and a seed of 0 or more", where="phantom")
    _claim(root, {"patients": patients, "seed": seed, "faults": faults, "disclaimer": DISCLAIMER})
    numbers = range(patients + len(FAULTS) if faults else patients)
    truth: list[Sequence[object]] = [TRUTH_COLUMNS]
    for index in progress(numbers, "simulating"):
        case = _sound(seed, index)
        if index >= patients:
            case = FAULTS[index - patients](case, _sound(seed, 0))
        _write_case(root, case)
        truth += _truth(case)
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(truth)
    files.write_text(root / TRUTH, table.getvalue())


def _claim(root: Path, settings: Mapping[str, object]) -> None:
    text = json.dumps(settings, indent=2) + "\n"
    files.make_folder(root)
    if any(root.iterdir()):
        settings_file = root / SETTINGS
        if not settings_file.is_file() or settings_file.read_text(encoding="utf-8", errors="replace") != text:
            raise UsageError(
                "already holds something else", where=str(root), remedy="Give a new folder, or one of the same phantom."
            )
    files.write_text(root / SETTINGS, text)


def _sound(seed: int, index: int) -> Case:
    patient = draw_patient(seed, index)
    pictures = tuple(picture(patient, seed, frame) for frame in range(patient.frames))
    annotations = tuple(_annotation([_region(points) for points in shot.polygons]) for shot in pictures)
    return Case(patient, category(patient.leading.points), pictures, annotations)


def _write_case(root: Path, case: Case) -> None:
    for number, shot in enumerate(case.pictures, 1):
        _write_jpeg(root / f"{case.number}_{number}.jpg", shot.pixels)
    files.write_text(root / f"{case.number}.xml", _xml(case))


def _write_jpeg(path: Path, pixels: Pixels) -> None:
    with files.whole_file(path) as temporary:
        Image.fromarray(pixels).save(temporary, "JPEG", quality=JPEG_QUALITY)


def _truth(case: Case) -> list[Sequence[object]]:
    return [
        (
            f"{case.number}_{image}-{nodule}",
            f"{case.number}_{image}",
            case.number,
            features.truth,
            features.points,
            case.tirads,
        )
        for image in range(1, len(case.pictures) + 1)
        for nodule, features in enumerate(case.patient.nodules, 1)
    ]


def _xml(case: Case) -> str:
    """The case file, element by element as DDTI has it."""
    leading, patient = case.patient.leading, case.patient
    fields: dict[str, object] = {
        "number": patient.number,
        "age": patient.age,
        "sex": patient.sex,
        **leading.descriptors,
    }
    fields |= {
        "tirads": case.tirads,
        "reportbacaf": "",
        "reporteco": "taller than wide" if leading.aspect > TALLER else "",
    }
    head = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())
    marks = "".join(
        f"<mark><image>{number}</image><svg>{escape(annotation)}</svg></mark>"
        for number, annotation in enumerate(case.annotations, 1)
    )
    return f"<case>{head}{marks}</case>"


def _region(points: Sequence[Point], kind: str = "freehand") -> dict[str, object]:
    return {"points": [{"x": x, "y": y} for x, y in points], "annotation": {}, "regionType": kind}


def _annotation(regions: Sequence[Mapping[str, object]]) -> str:
    return json.dumps(list(regions))


# DDTI's faults. Each takes a sound case and the first case of the phantom.


def truncate(case: Case, first: Case) -> Case:
    """An annotation cut at 2,500 characters, inside its second polygon."""
    points = case.pictures[0].polygons[0]
    unsteady = [(x + (number % 2), y) for number, (x, y) in enumerate(points * 6)]
    return _annotate(case, _annotation([_region(points), _region(unsteady)])[:CUT_AT])


def empty(case: Case, first: Case) -> Case:
    """An empty annotation."""
    return _annotate(case, "")


def add_arrow(case: Case, first: Case) -> Case:
    """An arrow beside the polygons: two points that are no nodule."""
    regions = [_region(points) for points in case.pictures[0].polygons]
    return _annotate(case, _annotation([*regions, _region(((120, 300), (150, 280)), "arrow")]))


def move_outside(case: Case, first: Case) -> Case:
    """A polygon partly outside its picture."""
    points = case.pictures[0].polygons[0]
    right = max(x for x, _ in points)
    moved = [(x + FRAME_WIDTH - right + 12, y) for x, y in points]
    return _annotate(case, _annotation([_region(moved)]))


def copy_first(case: Case, first: Case) -> Case:
    """The first case's first image under another number, with another TI-RADS."""
    other = "5" if first.tirads in ("2", "3", "4a") else "2"
    patient = replace(case.patient, nodules=first.patient.nodules)
    return Case(patient, other, first.pictures[:1], first.annotations[:1])


def remove_tirads(case: Case, first: Case) -> Case:
    """A case without a TI-RADS."""
    return replace(case, tirads="")


FAULTS = (truncate, empty, add_arrow, move_outside, copy_first, remove_tirads)


def _annotate(case: Case, annotation: str) -> Case:
    return replace(case, annotations=(annotation, *case.annotations[1:]))
