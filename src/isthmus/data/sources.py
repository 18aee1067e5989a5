"""The table of the kinds of data set that can be read: one line for each, and one file in `readers`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from isthmus.data.dataset import DataSet, Decode
from isthmus.data.file_kinds import not_read
from isthmus.data.labels import DEFAULT_POLICY, GIVEN, Classes, labelled, policy_named
from isthmus.errors import DataError, UsageError
from isthmus.progress import Progress, silent


@dataclass(frozen=True)
class Source:
    """A kind of data set: the module that reads it, its default label policy, its layout, and its title in a report.

    A source whose policy is ``given`` comes with labels, under class names that a reader maps to labels.
    """

    module: str
    policy: str
    about: str
    title: str

    def read(self, root: Path, progress: Progress, classes: Classes, decode: Decode | None = None) -> DataSet:
        """Calls the module's ``read``. It is loaded only now, since OpenCV and XML take their time."""
        how = {"decode": decode} if decode else {}
        data: DataSet = importlib.import_module(f"isthmus.data.readers.{self.module}").read(
            root, progress, classes, **how
        )
        return data


SOURCES: Mapping[str, Source] = {
    "ddti": Source("ddti", DEFAULT_POLICY, "DDTI: <case>.xml beside <case>_<image>.jpg", "DDTI"),
    "phantom": Source("ddti", DEFAULT_POLICY, "made data in DDTI's own format: isthmus phantom", "simulated nodules"),
    "tn5000": Source("tn5000", GIVEN, "TN5000: Pascal VOC, 0 benign and 1 malignant by pathology", "TN5000"),
    "voc": Source("voc", GIVEN, "Pascal VOC: JPEGImages, Annotations, ImageSets/Main if any", "a Pascal VOC data set"),
    "coco": Source("coco", GIVEN, "COCO: a .json with images, annotations and categories", "a COCO data set"),
    "folders": Source(
        "folders",
        GIVEN,
        "images in benign/ and malignant/, or a nodules.csv, with masks if any",
        "a folder of images",
    ),
    "dicom": Source(
        "dicom", GIVEN, "DICOM files, patients by PatientID, nodules by a nodules.csv", "a folder of DICOM"
    ),
}


def title_of(kind: str) -> str:
    """What a report calls data of this kind; the kind itself where it is unknown."""
    return SOURCES[kind].title if kind in SOURCES else kind


def open_source(
    kind: str,
    root: Path,
    policy: str | None = None,
    progress: Progress = silent,
    classes: Classes | None = None,
    decode: Decode | None = None,
) -> DataSet:
    """Reads the data set of ``kind`` at ``root`` and labels its nodules by ``policy``.

    ``classes`` maps the data set's class names to labels, such as ``{"0": Label.BENIGN}``; benign and malignant are
    known. ``decode`` reads the pictures in place of ``pixels.read_picture``. Raises UsageError for an
    unknown kind, a policy that is unknown or doesn't suit the kind, or class names where there are none; DataError for
    a folder that is missing or holds no image, or unknown class names.
    """
    if kind not in SOURCES:
        raise UsageError(f"no data set kind {kind!r}", where="--as", remedy=f"Use one of {', '.join(SOURCES)}.")
    source = SOURCES[kind]
    policy = policy or source.policy
    _check_policy(kind, source, policy)
    data = source.read(root, progress, classes or {}, decode)
    if not data.images and not data.broken:
        unnamed = sum(fault.kind == "no-annotation" for fault in data.faults)
        but = f" that an annotation names, only others ({unnamed})" if unnamed else not_read(root)
        raise DataError(f"holds no image{but}", where=str(root), remedy=f"Expected {source.about}.")
    return replace(data, kind=kind, policy=policy, nodules=labelled(data.nodules, policy))


def _check_policy(kind: str, source: Source, policy: str) -> None:
    if policy != GIVEN:
        policy_named(policy)
    if policy == source.policy or GIVEN not in (policy, source.policy):
        return
    carries = (
        "carries its own labels, no TI-RADS" if source.policy == GIVEN else "carries TI-RADS, no labels of its own"
    )
    raise UsageError(f"policy {policy!r} doesn't suit {kind}: it {carries}", where="--labels", remedy="Leave it out.")
