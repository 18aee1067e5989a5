"""What a member of an ensemble sees of the RoI, by matrix products: engines read an antialiased resize otherwise."""

from __future__ import annotations

import torch
from torch import nn

from isthmus.net.ensemble import View, resized

BLOCKS = (
    8  # of output lines, at most: each needs a few input lines only, so that most of the matrix's zeros are left out
)


class Seen(nn.Module):
    """``net.ensemble.central`` for RoIs uint8 (n, s, s, 3): the view (n, 3, size, size), in 0 .. 255."""

    def __init__(self, whole: int, view: View) -> None:
        super().__init__()
        start = (whole - view.side) // 2
        self.part = slice(start, start + view.side)
        self.lines = None if view.side == view.size else Lines(view)

    def forward(self, roi: torch.Tensor) -> torch.Tensor:
        part = roi[:, self.part, self.part]
        if self.lines is None:
            return part.permute(0, 3, 1, 2).float()
        n, side = part.shape[:2]
        size = self.lines.size
        rows = self.lines(part.reshape(n, side, 3 * side))  # (n, size, across x colour)
        turned = rows.reshape(n, size, side, 3).permute(0, 2, 3, 1).reshape(n, side, 3 * size)
        columns: torch.Tensor = self.lines(turned)  # (n, size, colour x down)
        return columns.reshape(n, size, 3, size).permute(0, 2, 3, 1)


class Lines(nn.Module):
    """Brings ``side`` lines to ``size``: (n, side, m) becomes (n, size, m)."""

    weights: torch.Tensor
    inputs: torch.Tensor

    def __init__(self, view: View) -> None:
        super().__init__()
        self.size = view.size
        blocks = max(count for count in range(1, BLOCKS + 1) if view.size % count == 0)
        matrix = _matrix(view).reshape(blocks, view.size // blocks, view.side)
        needed = [torch.nonzero(block.any(0)).flatten() for block in matrix]
        self.length = max(int(lines[-1] - lines[0]) + 1 for lines in needed)
        starts = [min(int(lines[0]), view.side - self.length) for lines in needed]
        parts = [block[:, start : start + self.length] for block, start in zip(matrix, starts, strict=True)]
        self.register_buffer("weights", torch.stack(parts), persistent=False)
        inputs = torch.tensor(starts)[:, None] + torch.arange(self.length)
        self.register_buffer("inputs", inputs.flatten(), persistent=False)

    def forward(self, lines: torch.Tensor) -> torch.Tensor:
        n, _, width = lines.shape
        needed = lines.index_select(1, self.inputs).reshape(n, -1, self.length, width).float()
        return torch.matmul(self.weights, needed).reshape(n, self.size, width)


def _matrix(view: View) -> torch.Tensor:
    """(size, side): what ``central`` makes of unit lines is the weights of its resize, the same along both
    axes."""
    unit = torch.eye(view.side)
    return resized(unit[None, None], view.size, view.side)[0, 0]
