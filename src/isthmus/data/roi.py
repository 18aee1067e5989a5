"""Contour to box to RoI (Section IV-A.3, Fig. 7b)."""

from __future__ import annotations

from isthmus.errors import DataError
from isthmus.nodule import Box, Frame, Pixels


def roi_box(box: Box, frame: Frame, margin: float = 0.0) -> Box:
    """The nodule's box with ``margin`` added on each side, as a share of that side, kept inside the frame.

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


def crop(frame: Frame, box: Box) -> Pixels:
    """The pixels of a box that lies in the frame, RGB: uint8 (box height, box width, 3)."""
    pixels = frame.pixels[box.y0 : box.y1, box.x0 : box.x1]
    return pixels if pixels.ndim == 3 else pixels[:, :, None].repeat(3, axis=2)
