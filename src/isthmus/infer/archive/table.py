"""The table of an archive: a row a region, with its prediction or why it could not be read."""

from __future__ import annotations

from isthmus.infer.archive.items import Item, Region
from isthmus.prediction import SIDES, Prediction
from isthmus.text import printable

# Column -> what it holds. ``label`` and ``tirads`` are what the archive says, empty where it says nothing;
# ``operating_point`` is the name of the verdict's threshold; ``error`` why a row has no numbers; ``pages`` how many the
# image has, of which the first was read; ``set`` the labels not ruled out, empty where the bundle gives no sets;
# ``gate`` is "accepted", or why the verdict is "abstain", empty where the bundle has no gate.
COLUMNS = {
    "nodule": str,
    "image": str,
    "patient": str,
    "x0": int,
    "y0": int,
    "x1": int,
    "y1": int,
    "label": str,
    "tirads": str,
    "p_malignant": float,
    "p_whole": float,
    "p_crops": float,
    "verdict": str,
    "operating_point": str,
    "error": str,
    "pages": int,
    "set": str,
    "gate": str,
}

LONGEST = 1 << 16  # characters of a cell: the csv module reads no more than twice as many

Cells = tuple[str, ...]  # a row, by place


def cells_of(item: Item, region: Region, answer: Prediction | str) -> Cells:
    """The row of a region: its prediction, or why it could not be read, with empty numbers."""
    row = {"nodule": region.nodule, "image": item.image, "patient": region.patient}
    row |= {"label": region.label, "tirads": region.tirads}
    if isinstance(answer, Prediction):
        row |= answer.as_cells()
    else:
        row["error"] = " ".join(answer.split())
        row |= {side: str(getattr(region.box, side)) for side in SIDES if region.box}
    return tuple(printable(row.get(column, ""))[:LONGEST] for column in COLUMNS)
