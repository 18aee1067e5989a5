"""Batch norm by the statistics of all processes' examples: on any device, in any precision, for uneven shares.

torch's SyncBatchNorm takes no tensors on the CPU. Here torch's kernels for one process compute over the maps, and
processes exchange a few numbers per channel.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import distributed, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm

Statistics = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class GlobalBatchNorm(nn.Module):
    """``norm`` with its weights, running statistics and, for timm's, the activation after it; ``norm`` itself in
    evaluation mode."""

    def __init__(self, norm: _BatchNorm) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        norm = self.norm
        if not self.training:
            read: torch.Tensor = norm(maps)
            return read
        with torch.no_grad():
            mean, variance, count = statistics(maps)
            self._update_running(mean, variance * count / (count - 1))
        normal: torch.Tensor = _Normalise.apply(maps, norm.weight, norm.bias, mean, variance, count, norm.eps)
        for behind in ("drop", "act"):
            if hasattr(norm, behind):
                normal = getattr(norm, behind)(normal)
        return normal

    def _update_running(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        momentum = self.norm.momentum or 0.1
        for running, now in ((self.norm.running_mean, mean), (self.norm.running_var, variance)):
            if running is not None:
                running.lerp_(now, momentum)
        if self.norm.num_batches_tracked is not None:
            self.norm.num_batches_tracked.add_(1)


def total(tensor: torch.Tensor) -> torch.Tensor:
    """The sum of a tensor over all processes, the same bits in each."""
    summed = tensor.clone()
    distributed.all_reduce(summed)
    return summed


def statistics(maps: torch.Tensor) -> Statistics:
    """Mean and variance a channel over all processes' maps (n, c, h, w), and how many cells of a channel they are."""
    kind = _computed_in(maps)
    channels, rank = maps.shape[1], distributed.get_rank()
    # One line per process: its mean is subtracted before anything is squared.
    lines = torch.zeros(distributed.get_world_size(), 2 * channels + 1, dtype=kind, device=maps.device)
    if maps.numel():
        unused = lines.new_zeros(2, channels)  # their precision is that of the result
        moments = torch.batch_norm_update_stats(maps, unused[0], unused[1], 0.0)
        lines[rank] = torch.cat([*moments, lines.new_tensor([maps.numel() / channels])])
    lines = total(lines)
    means, variances, counts = lines[:, :channels], lines[:, channels:-1], lines[:, -1:]
    count = counts.sum()
    mean = (counts * means).sum(0) / count
    return mean, (counts * (variances + (means - mean).square())).sum(0) / count, count


class _Normalise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        maps: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        mean: torch.Tensor,
        variance: torch.Tensor,
        count: torch.Tensor,
        eps: float,
    ) -> torch.Tensor:
        ctx.save_for_backward(maps, weight, mean, variance, count)
        ctx.eps = eps
        return functional.batch_norm(maps, mean, variance, weight, bias, training=False, eps=eps)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """The gradient with mean and variance constant, plus the one through mean and variance."""
        maps, weight, mean, variance, count = ctx.saved_tensors
        if maps.numel():
            constant, of_weight, of_bias = torch.ops.aten.native_batch_norm_backward(
                gradient, maps, weight, mean, variance, None, None, False, ctx.eps, [True, True, True]
            )
        else:
            constant, of_weight, of_bias = gradient, torch.zeros_like(weight), torch.zeros_like(weight)
        through_variance, through_mean = total(torch.stack([of_weight, of_bias])) / count
        scale = (variance + ctx.eps).rsqrt()
        slope = -weight * scale.square() * through_variance
        level = -weight * scale * through_mean - slope * mean
        shape, kind = [1, -1, *[1] * (maps.ndim - 2)], _computed_in(maps)
        whole = torch.addcmul(constant.to(kind), maps.to(kind), slope.view(shape)).add_(level.view(shape))
        return whole.to(gradient.dtype), of_weight, of_bias, None, None, None, None


def _computed_in(maps: torch.Tensor) -> torch.dtype:
    return torch.promote_types(maps.dtype, torch.float32)
