"""Which parts of a RoI an answer depends on: each is covered in turn, and read again (Zeiler and Fergus, ECCV 2014)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from isthmus.nodule import Pixels

Floats = npt.NDArray[np.floating]
Cells = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Reader = Callable[[Pixels], Floats]  # RoIs, uint8 (n, size, size, 3), to log-odds of malignant, (n,)

CELLS = 10  # of a map, a side
PATCH = 2  # cells of a patch, a side
PLACES = CELLS - PATCH + 1
BLUR = 0.1  # standard deviation of what covers, as a share of the RoI's side
NEAREST_TO_0 = 1e-7  # of P in log-odds


def log_odds(p: Floats) -> Cells:
    """logit P, of a P no nearer to 0 or 1 than single precision tells apart."""
    kept = np.clip(np.asarray(p, np.float64), NEAREST_TO_0, 1 - NEAREST_TO_0)
    return np.log(kept) - np.log1p(-kept)


def occlusion(read: Reader, roi: Pixels) -> Cells:
    """How far the log-odds of malignant fall where each cell of a RoI, uint8 (size, size, 3), is covered: (CELLS,
    CELLS). Above 0 a cell speaks for malignant. A square patch of PATCH cells a side slides by one cell; a cell has
    the mean over the patches that cover it."""
    cover = blurred(roi)
    patches = patches_of(roi.shape[0])
    values = read(np.stack([roi, *(covered(roi, cover, patch) for patch in patches)]))
    return averaged((values[0] - values[1:]).reshape(PLACES, PLACES))


def blurred(roi: Pixels) -> Pixels:
    """What covers: the RoI without its detail, so that a patch has no edge and the grey of its place."""
    return np.asarray(Image.fromarray(roi).filter(ImageFilter.GaussianBlur(BLUR * roi.shape[0])))


def covered(roi: Pixels, cover: Pixels, part: Mask) -> Pixels:
    """The RoI with ``part`` of it, (size, size), replaced by ``cover``."""
    return np.where(part[..., None], cover, roi)


def patches_of(size: int) -> Sequence[Mask]:
    """Every place of the patch in a RoI, row by row: (size, size) each."""
    places = range(PLACES)
    return [of_cells(_square(row, column), size) for row in places for column in places]


def _square(row: int, column: int) -> Mask:
    cells = np.zeros((CELLS, CELLS), bool)
    cells[row : row + PATCH, column : column + PATCH] = True
    return cells


def of_cells(cells: Mask, size: int) -> Mask:
    """The pixels of these cells, (CELLS, CELLS): (size, size)."""
    at = cell_of(size)
    return cells[np.ix_(at, at)]


def cell_of(size: int) -> npt.NDArray[np.int64]:
    """The cell that each row, or column, of a RoI is in, (size,)."""
    return (np.arange(size) * CELLS) // size


def averaged(drops: Cells) -> Cells:
    """From a value a patch, (PLACES, PLACES), to each cell's mean over the patches on it, (CELLS, CELLS)."""
    total, count = np.zeros((2, CELLS, CELLS))
    for row in range(PLACES):
        for column in range(PLACES):
            total[row : row + PATCH, column : column + PATCH] += drops[row, column]
            count[row : row + PATCH, column : column + PATCH] += 1
    return total / count


def summed(pixels: Floats) -> Cells:
    """A value a pixel, (size, size), in the cells of a map: the sums of patches, averaged as ``occlusion`` does."""
    at = cell_of(pixels.shape[0])
    cells = np.zeros((CELLS, CELLS))
    np.add.at(cells, (at[:, None], at[None]), pixels)
    sums = [cells[_square(row, column)].sum() for row in range(PLACES) for column in range(PLACES)]
    return averaged(np.reshape(sums, (PLACES, PLACES)))


def shown(cells: Cells, size: int) -> npt.NDArray[np.float32]:
    """A map in the pixels of a RoI, (size, size), with smooth transitions between cells."""
    image = Image.fromarray(np.asarray(cells, np.float32))
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR), np.float32)
