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
STRIP = 64  # rows that are looked at together


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
    return _rgb(Image.fromarray(np.ascontiguousarray(frame.pixels[box.y0 : box.y1, box.x0 : box.x1])))


def prepare(frame: Frame, box: Box, preparation: Preparation) -> Pixels:
    """The RoI of ``box`` as the network takes it: RGB uint8, (size, size, 3).

    ``stretch`` brings both sides to ``size``, as we read the paper (decision 10); ``letterbox`` keeps the nodule's
    proportions, which tell taller-than-wide from wide, and pads with black; ``square`` keeps them and has the real
    surroundings, the image mirrored at its edges where the window leaves it (decision 50). A ``view`` of less than all
    paints the rest grey. Raises DataError for a box outside the frame.
    """
    seen = frame if preparation.view == "all" else _painted(frame, box, preparation)
    around = window(box, frame, preparation)
    width, height = _resized(around.width, around.height, preparation)
    roi = _shown(seen, around, width, height)
    if preparation.resize != "letterbox":
        return _rgb(roi)
    canvas = Image.new(roi.mode, (preparation.size, preparation.size))
    canvas.paste(roi, ((preparation.size - width) // 2, (preparation.size - height) // 2))
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


def _shown(frame: Frame, box: Box, width: int, height: int) -> Image.Image:
    """The pixels of a window, resized; where it leaves the frame, those of the frame mirrored at its edges.

    Only a square leaves it. Of one Pillow resizes the rows, then the columns, so that the rows are mirrored in between
    to the same result, and each is resized once (decision 78).
    """
    columns, rows = _needed(box.x0, box.x1, frame.width), _needed(box.y0, box.y1, frame.height)
    part = Image.fromarray(np.ascontiguousarray(one_if_equal(frame.pixels[rows, columns])))
    if not box.fits(frame.width, frame.height):
        wide = _mirrored(part, box.x0 - columns.start, box.width)
        narrow = wide.resize((width, wide.height), Image.Resampling.BILINEAR)
        part = _mirrored(narrow, box.y0 - rows.start, box.height, down=True)
    return part.resize((width, height), Image.Resampling.BILINEAR)


def _needed(start: int, stop: int, length: int) -> slice:
    """Which of ``length`` pixels in a row show in a window start .. stop - 1 whose middle lies among them.

    So the mirror shows what the window shows anyway, and at most the pixel beside it.
    """
    return slice(max(start, 0), min(max(stop, 1 - start), length))


def _mirrored(image: Image.Image, start: int, length: int, down: bool = False) -> Image.Image:
    """``length`` columns, or rows, from ``start`` on, of an image that is mirrored at its edges for ever.

    The pixel at an edge isn't repeated: of three, 2 1 0 1 2 1 0.
    """
    side = image.height if down else image.width
    if (start, length) == (0, side):
        return image
    flipped = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM if down else Image.Transpose.FLIP_LEFT_RIGHT)
    made = Image.new(image.mode, (image.width, length) if down else (length, image.height))
    period = max(side - 1, 1)  # each image's first pixel lies on the last of the one before
    for number in range(start // period, (start + length - 1) // period + 1):
        at = number * period - start
        made.paste(flipped if number % 2 else image, (0, at) if down else (at, 0))
    return made


def one_if_equal(pixels: Pixels) -> Pixels:
    """Of three channels that are equal one: all would be resized to the same, in three times the time."""
    if pixels.ndim == 3 and all(_are_equal(pixels[top : top + STRIP]) for top in range(0, len(pixels), STRIP)):
        return pixels[..., 0]
    return pixels


def _are_equal(pixels: Pixels) -> bool:
    """Whether every pixel's red, green and blue are the same; by neighbouring bytes, as channels take longer."""
    values = pixels.reshape(-1)
    differs = values[1:] != values[:-1]
    differs[2::3] = False  # blue and the next pixel's red
    return not differs.any()


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
