"""Numbers rounded to 8 bits: weights so that the errors of rounding cancel in what a layer gives."""

from __future__ import annotations

import torch
from torch.nn import functional

LEVELS = 127  # of a weight on either side of 0
SAMPLES = 20_000  # windows of the maps that a convolution sees, at most
MOST_INPUTS = 4096  # of a layer; the first fully connected one has 25,088 at 224 pixels, a matrix of 5 GB
DAMPING = 1e-3  # of the mean square of an input


def fitted(weight: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """The weights (outputs, ...) on the grid of ``round_weight``, for a layer that sees ``inputs`` (m, values).

    One value after the other is rounded, and what that changes in the layer's outputs on ``inputs`` is made good in
    the weights still to be rounded (Frantar et al., GPTQ, ICLR 2023). An output's largest weight stays, so that its
    scale does. A layer of more than 4096 inputs is rounded to the nearest.
    """
    left = weight.detach().flatten(1).double()
    if left.shape[1] > MOST_INPUTS:
        return round_weight(weight)
    scale = left.abs().amax(1).clamp_min(1e-12) / LEVELS
    largest, rounded = left.abs().argmax(1), torch.zeros_like(left)
    peaks = left.gather(1, largest[:, None])[:, 0]
    factor = _inverse_factor(inputs.double())
    for at in range(left.shape[1]):
        nearest = (left[:, at] / scale).round().clamp(-LEVELS, LEVELS) * scale
        rounded[:, at] = torch.where(largest == at, peaks, nearest)
        error = (left[:, at] - rounded[:, at]) / factor[at, at]
        left[:, at + 1 :] -= error[:, None] * factor[at, at + 1 :]
    return rounded.to(weight.dtype).reshape(weight.shape)


def windows(maps: torch.Tensor) -> torch.Tensor:
    """What a 3x3 convolution sees of maps (n, c, h, w) at evenly spread places, (m, 9 c)."""
    step = max(1, maps.shape[0] * maps.shape[2] * maps.shape[3] // SAMPLES)
    seen, place = [], 0
    for one in maps:
        cells = functional.unfold(one[None], 3, padding=1)[0].T
        seen.append(cells[place % step :: step])
        place += len(cells) + 1  # other cells of each map
    return torch.cat(seen)


def round_weight(weight: torch.Tensor) -> torch.Tensor:
    """The weights rounded to int8, with a scale for each output channel."""
    scale = weight.flatten(1).abs().amax(1).clamp_min(1e-12) / LEVELS
    scale = scale.view(-1, *[1] * (weight.ndim - 1))
    return (weight / scale).round() * scale


def round_activations(maps: torch.Tensor, exact: torch.Tensor) -> torch.Tensor:
    """The activations rounded to uint8, from 0 to the largest of ``exact``."""
    scale = float(exact.max()) / 255 or 1.0
    return (maps / scale).round().clamp(0, 255) * scale


def _inverse_factor(inputs: torch.Tensor) -> torch.Tensor:
    """The upper Cholesky factor of the inverse of the inputs' second moments."""
    moments = inputs.T @ inputs / len(inputs)
    moments += DAMPING * moments.diagonal().mean().clamp_min(1e-12) * torch.eye(len(moments), dtype=moments.dtype)
    factor: torch.Tensor = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(moments)), upper=True)
    return factor
