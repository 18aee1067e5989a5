"""Contour to box to RoI to array: the one preparation, shared by training and reading (Section IV-A.3, Fig. 7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PIL import Image

from isthmus.data.pixels import read_picture
from isthmus.errors import DataError
from isthmus.nodule import Box, Frame, ImageRef, Nodule, Pixels, Point
from isthmus.progress import Progress, silent
from isthmus.recipe import Preparation

PAINT = 64  # about the mean grey of a sonogram


def roi_box(box: Box, frame: Frame, margin: float = 0.0) -> Box:
    """The nodule's box with ``margin`` added on each side, as a share of that side, clipped to the frame.

    Raises DataError where the box itself lies wholly or partly outside the frame.
    """
    if not box.fits(frame.width, frame.height):
        raise DataError(
            f"box {box} leaves the image, which is {frame.width} x {frame.height} pixels",
            where=frame.origin,
            remedy="Give x0,y0,x1,y1 in pixels of this image.",
        )
    across, down = round(margin * box.width), round(margin * box.height)
    return Box(box.x0 - across, box.y0 - down, box.x1 + across, box.y1 + down).clipped(frame.width, frame.height)


def window(box: Box, frame: Frame, preparation: Preparation) -> Box:
    """What the network sees of the image: the rectangle that ``prepare`` resizes, in image pixels.

    ``stretch`` and ``letterbox``: the box with its margins, clipped to the image. ``square``: a square of
    (1 + 2 margin) times the box's longer side, its centre the box's to half a pixel; it may leave the image. Raises
    DataError where the box itself leaves the image.
    """
    return _window(box, frame, preparation.resize, preparation.margin)


def _window(box: Box, frame: Frame, resize: str, margin: float) -> Box:
    if resize != "square":
        return roi_box(box, frame, margin)
    return square(roi_box(box, frame), margin)


def square(box: Box, margin: float) -> Box:
    """A square of (1 + 2 margin) times the box's longer side, its centre the box's to half a pixel.

    >>> square(Box(10, 10, 30, 20), 0.25)
    Box(x0=5, y0=0, x1=35, y1=30)
    """
    side = round((1 + 2 * margin) * max(box.width, box.height))
    x0, y0 = (box.x0 + box.x1 - side) // 2, (box.y0 + box.y1 - side) // 2
    return Box(x0, y0, x0 + side, y0 + side)


def crop(frame: Frame, box: Box) -> Pixels:
    """The pixels of a box that lies in the frame, RGB: uint8 (box height, box width, 3)."""
    return _rgb(_cut(frame, box))


def prepare(frame: Frame, box: Box, preparation: Preparation) -> Pixels:
    """The RoI of ``box`` as the network takes it: RGB uint8, (size, size, 3).

    ``stretch`` brings both sides to ``size``, as we read the paper (decision 10); ``letterbox`` keeps the nodule's
    proportions, which tell taller-than-wide from wide, and pads with black; ``square`` keeps them and has the real
    surroundings, the image mirrored at its edges where the window leaves it (decision 50). A ``view`` of less than all
    paints the rest grey. Raises DataError for a box outside the frame.
    """
    seen = frame if preparation.view == "all" else _painted(frame, box, preparation)
    roi = _cut(seen, window(box, frame, preparation))
    if preparation.resize != "letterbox":
        return _rgb(roi.resize((preparation.size, preparation.size), Image.Resampling.BILINEAR))
    width, height = _resized(roi.width, roi.height, preparation)
    canvas = Image.new(roi.mode, (preparation.size, preparation.size))
    shrunk = roi.resize((width, height), Image.Resampling.BILINEAR)
    canvas.paste(shrunk, ((preparation.size - width) // 2, (preparation.size - height) // 2))
    return _rgb(canvas)


def placed(points: Sequence[Point], box: Box, frame: Frame, preparation: Preparation) -> npt.NDArray[np.float64]:
    """Where the RoI of ``box`` shows points of the image: (n, 2) as x, y in the RoI's pixels. Raises DataError."""
    seen = window(box, frame, preparation)
    width, height = _resized(seen.width, seen.height, preparation)
    x, y = np.array(points, np.float64).reshape(-1, 2).T
    across = (x - seen.x0) / seen.width * width + (preparation.size - width) // 2
    down = (y - seen.y0) / seen.height * height + (preparation.size - height) // 2
    return np.stack([across, down], axis=1)


def _resized(width: int, height: int, preparation: Preparation) -> tuple[int, int]:
    """What a window of ``width`` x ``height`` becomes in the RoI."""
    if preparation.resize != "letterbox":
        return preparation.size, preparation.size
    scale = preparation.size / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _painted(frame: Frame, box: Box, preparation: Preparation) -> Frame:
    """The frame with the window that has no margin painted over, or all but it.

    Before the window is cut, as a mirrored nodule is one, too. Of a square window it is a square, which doesn't tell
    the box's proportions.
    """
    bare = _window(box, frame, preparation.resize, margin=0.0).clipped(frame.width, frame.height)
    inside = np.s_[bare.y0 : bare.y1, bare.x0 : bare.x1]
    painted = frame.pixels.copy() if preparation.view == "outside" else np.full_like(frame.pixels, PAINT)
    painted[inside] = PAINT if preparation.view == "outside" else frame.pixels[inside]
    return replace(frame, pixels=painted)


def _cut(frame: Frame, box: Box) -> Image.Image:
    """The pixels of a box; where it leaves the frame, those of the frame mirrored at its edges."""
    if box.fits(frame.width, frame.height):
        return Image.fromarray(np.ascontiguousarray(frame.pixels[box.y0 : box.y1, box.x0 : box.x1]))
    rows, columns = _mirrored(box.y0, box.y1, frame.height), _mirrored(box.x0, box.x1, frame.width)
    left, right = columns.min(), columns.max() + 1  # cut before anything is copied
    return Image.fromarray(frame.pixels[:, left:right].take(rows, axis=0).take(columns - left, axis=1))


def _mirrored(start: int, stop: int, length: int) -> npt.NDArray[np.intp]:
    """Which of ``length`` pixels in a row stands at each place of start .. stop - 1, were they mirrored for ever.

    The pixel at an edge isn't repeated: of three, 2 1 0 1 2 1 0.
    """
    period = max(2 * (length - 1), 1)
    at = np.arange(start, stop) % period
    return np.minimum(at, period - at)


def _rgb(image: Image.Image) -> Pixels:
    """Grey becomes RGB when it is small: each channel would be resized to the same."""
    return np.asarray(image.convert("RGB"))


def prepare_all(nodules: Sequence[Nodule], preparation: Preparation, progress: Progress = silent) -> Pixels:
    """The RoIs of all nodules, uint8 (n, size, size, 3); each picture is decoded once. Raises DataError."""
    rois = np.empty((len(nodules), preparation.size, preparation.size, 3), np.uint8)
    for index, roi in each_prepared(nodules, preparation, progress):
        rois[index] = roi
    return rois


def each_prepared(
    nodules: Sequence[Nodule], preparation: Preparation, progress: Progress = silent
) -> Iterator[tuple[int, Pixels]]:
    """The position and the RoI of every nodule, picture by picture. Raises DataError."""
    for index, frame in each_frame(nodules, "preparing RoIs", progress):
        yield index, prepare(frame, nodules[index].box, preparation)


def each_frame(nodules: Sequence[Nodule], doing: str, progress: Progress = silent) -> Iterator[tuple[int, Frame]]:
    """The position and the image of every nodule, each picture decoded once. Raises DataError."""
    by_picture: dict[ImageRef, list[int]] = {}
    for index, nodule in enumerate(nodules):
        by_picture.setdefault(nodule.picture, []).append(index)
    for picture, indices in progress(list(by_picture.items()), doing):
        frame = read_picture(picture)
        for index in indices:
            yield index, frame
