"""Where the feature maps are cropped: boundary (BFC) and random (RFC) feature cropping (Section III-C, Fig. 6)."""

from __future__ import annotations

import math

import torch

Corner = tuple[int, int]  # top row and left column of a crop, in cells of the feature map


def crop_side(side: int, alpha: float) -> int:
    """alpha times the side of the map, rounded half up, at least 1.

    >>> [crop_side(14, alpha) for alpha in (0.5, 0.6, 0.7, 0.8, 0.9)]
    [7, 8, 10, 11, 13]
    """
    return max(1, math.floor(alpha * side + 0.5 + 1e-9))


def crop_count(alpha: float, height: float, width: float, step_height: float, step_width: float) -> float:
    """N of Eq. (2), the full grid of window positions: (1 + (1 - alpha) h / S_h) (1 + (1 - alpha) w / S_w).

    Its brackets don't balance in the text that we have; so read it gives the 4 of Section III-C.2.

    >>> crop_count(0.5, 14, 14, 7, 7)
    4.0
    """
    return (1 + (1 - alpha) * height / step_height) * (1 + (1 - alpha) * width / step_width)


def boundary_corners(height: int, width: int, alpha: float, steps: int = 1) -> tuple[Corner, ...]:
    """BFC: the window slid along the map's edge in ``steps`` slides a side, then the central window.

    With one slide, S = (1 - alpha) side, that is four corners and the centre: the paper's five (Fig. 6b).
    Windows that fall on the same cells are taken once, so small maps can give fewer.

    >>> boundary_corners(14, 14, 0.6)
    ((0, 0), (0, 6), (6, 0), (6, 6), (3, 3))
    """
    rows = _slides(height - crop_side(height, alpha), steps)
    columns = _slides(width - crop_side(width, alpha), steps)
    edge = [(r, c) for r in rows for c in columns if r in (rows[0], rows[-1]) or c in (columns[0], columns[-1])]
    centre = (rows[-1] // 2, columns[-1] // 2)
    return tuple(dict.fromkeys([*edge, centre]))


def random_corners(
    height: int, width: int, alpha: float, count: int, generator: torch.Generator | None = None
) -> tuple[Corner, ...]:
    """RFC: ``count`` windows anywhere on the map, the same for all images of a batch (Fig. 6a)."""
    rows, columns = (
        torch.randint(side - crop_side(side, alpha) + 1, (count,), generator=generator, device="cpu")
        for side in (height, width)
    )
    return tuple(zip(rows.tolist(), columns.tolist(), strict=True))


def cut(maps: torch.Tensor, corners: tuple[Corner, ...], alpha: float) -> torch.Tensor:
    """The crops of a batch of maps: (n, c, h, w) becomes (n * N, c, alpha h, alpha w), image by image."""
    high, wide = crop_side(maps.shape[2], alpha), crop_side(maps.shape[3], alpha)
    crops = torch.stack([maps[:, :, r : r + high, c : c + wide] for r, c in corners], dim=1)
    return crops.flatten(0, 1)


def _slides(room: int, steps: int) -> list[int]:
    return [math.floor(room * step / steps + 0.5) for step in range(steps + 1)]
