"""TN5000: 5,000 thyroid nodules in ultrasound, labelled by pathology. Pascal VOC, as ``voc`` reads it.

Format: ``JPEGImages/<number>.jpg``, ``Annotations/<number>.xml`` with one ``<object>``, B-mode, one nodule an image.
No patients are named, and neighbouring numbers may show one nodule.

Classes: 0 benign (28 %), 1 malignant (72 %).

Split: the authors', at random, in ``ImageSets/Main``: train (70 %), val (10 %) and test (20 %). It decides nothing
here; a nodule has its list in the descriptor "lists".

Citation: Zhang, Liu, Han, Niu, Sun, "TN5000: An Ultrasound Image Dataset for Thyroid Nodule Detection and
Classification", Scientific Data 12 (2025), data doi 10.6084/m9.figshare.28455641.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from isthmus.data import pixels
from isthmus.data.dataset import DataSet, Decode
from isthmus.data.labels import NO_CLASSES, Classes
from isthmus.data.readers import voc
from isthmus.errors import UsageError
from isthmus.nodule import Label
from isthmus.progress import Progress, silent
from isthmus.text import word

CLASSES: Classes = {"0": Label.BENIGN, "1": Label.MALIGNANT}


def read(
    root: Path,
    progress: Progress = silent,
    classes: Classes = NO_CLASSES,
    decode: Decode = pixels.read_picture,
) -> DataSet:
    """Reads TN5000, or a part of it, under ``root``; ``classes`` adds to what 0 and 1 mean.

    Raises DataError as ``voc.read`` does, and UsageError where ``classes`` contradicts 0 or 1.
    """
    for name, label in classes.items():
        if label not in (None, CLASSES.get(word(name), label)):
            raise UsageError(
                f"{name!r} can't mean {label}: in TN5000 0 is benign and 1 malignant",
                where="--classes",
                remedy="Leave it out, or read the folder as voc.",
            )
    return replace(voc.read(root, progress, {**CLASSES, **classes}, decode), kind="tn5000")
