"""The network in int8, calibrated on training RoIs.

Activations are quantised a tensor at a time, weights an output channel at a time (onnxruntime's quantiser). Before
that, two steps bring P(malignant) nearer to fp32: channels are scaled to similar ranges (`equalise`); then weights are
rounded so that their errors cancel, and the mean error that is left is added to the biases (`fit_to_int8`). Figures:
docs/decisions/0048-int8-stays-ours.md and 0072-forms-of-the-network.md.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast

import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torch import nn
from torch.nn import functional

from isthmus.export.compact import drop_notes
from isthmus.export.folded import Block, Folded
from isthmus.export.onnx import export_folded
from isthmus.export.rounding import fitted, round_activations, windows
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Pixels
from isthmus.runtime.kinds import INPUT

CALIBRATED_ON = 512  # RoIs, at most: a nodule brighter than all of them is clipped
BATCH = 8
MIGRATION = 0.7  # how much of a channel's range goes into the next weights: 0 none, 1 all
QUANTISED = ("Conv", "Gemm", "MatMul", "MaxPool", "Relu", "Reshape", "Concat", "Slice", "Unsqueeze")

Convolution = nn.Conv2d | nn.ConvTranspose2d


def export_int8(net: HybridNet, size: int, rois: Pixels, path: Path) -> None:
    """Writes the network in int8 as ONNX, its ranges taken from RoIs, uint8 (n, size, size, 3).

    The first convolution (three channels in, and the most to lose) and the last fully connected layer stay in fp32.
    """
    rois = rois[:CALIBRATED_ON]
    folded = Folded(net, pool_first=True, shared=False)
    plain = folded.blocks and isinstance(folded.attention, nn.Identity)
    if plain and (folded.cropping is None or isinstance(folded.cropping.convolution, nn.Conv2d)):
        with torch.no_grad():
            equalise(folded, rois)
            fit_to_int8(folded, rois)
    write_int8(folded, size, rois, path)


def write_int8(
    folded: Folded, size: int, rois: Pixels, path: Path, in_fp32: Callable[[onnx.ModelProto], list[str]] | None = None
) -> None:
    """``export_int8`` of a network that is folded and fitted already; ``in_fp32`` names the nodes that stay in fp32."""
    with tempfile.TemporaryDirectory(prefix="isthmus-int8-") as scratch:
        source = Path(scratch) / "fp32.onnx"
        export_folded(folded, size, source)
        with _quiet():
            quantize_static(
                str(source),
                str(path),
                _Calibration(rois),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                op_types_to_quantize=list(QUANTISED),
                nodes_to_exclude=(in_fp32 or ends)(onnx.load(str(source))),
                extra_options={"OpTypesToExcludeOutputQuantization": ["Gemm", "MatMul"]},
            )
    model = onnx.load(str(path))
    drop_notes(model)
    onnx.save(model, str(path))


def equalise(folded: Folded, rois: Pixels) -> None:
    """Scales channels between layers so that their largest activations lie closer together; the function stays.

    ReLU and max pool let a positive factor through, so it can leave one layer's weights and enter the next one's
    (Nagel et al., ICCV 2019; the split between activations and weights after Xiao et al., ICML 2023). The maps and
    the upsampled crops share the fully connected layer, so they share their factors.
    """
    blocks = folded.blocks
    peaks, peaks_of_crops = peaks_of(folded, rois)
    for block, following, peak in zip(blocks[:-1], blocks[1:], peaks[:-1], strict=True):
        weight = following.convolution.weight
        factor = _factor(peak, weight.abs().amax((0, 2, 3)))
        _divide(block.convolution, factor)
        weight.mul_(factor.view(1, -1, 1, 1))
    hidden = folded.hidden.weight.view(len(folded.hidden.weight), len(peaks[-1]), -1)
    heaviest, peak = hidden.abs().amax((0, 2)), peaks[-1]
    if folded.cropping is not None and peaks_of_crops is not None:
        upsampling = cast(nn.Conv2d, folded.cropping.convolution)
        heaviest = torch.maximum(heaviest, upsampling.weight.abs().amax((0, 2, 3)))
        peak = torch.maximum(peak, peaks_of_crops)
    factor = _factor(peak, heaviest)
    _divide(blocks[-1].convolution, factor)
    hidden.mul_(factor.view(1, -1, 1))
    if folded.cropping is not None:
        upsampling = cast(nn.Conv2d, folded.cropping.convolution)
        upsampling.weight.mul_(factor.view(1, -1, 1, 1))
        _divide(upsampling, factor)


def fit_to_int8(folded: Folded, rois: Pixels) -> None:
    """Rounds weights and corrects biases, layer by layer, on what the rounded layers before give for ``rois``.

    Each bias gets the shift of its channel's mean by quantisation. The first and the last layer stay as they are.
    """
    blocks = folded.blocks
    before = nn.Sequential(*list(folded.trunk)[: -len(blocks)])
    exact = rounded = _batched(lambda images: before(images.float()), torch.from_numpy(rois).permute(0, 3, 1, 2))
    for number, block in enumerate(blocks):
        weight = block.convolution.weight
        weight = weight if number == 0 else fitted(weight, windows(rounded))
        exact, rounded = _rounded(block.convolution, weight, exact, rounded, pool=True)
        rounded = round_activations(rounded, exact)
    if folded.cropping is not None:
        branch = folded.cropping
        crops, rounded_crops = _batched(branch.raised, exact), _batched(branch.raised, rounded)
        upsampling = cast(nn.Conv2d, branch.convolution)
        weight = fitted(upsampling.weight, windows(rounded_crops))
        up, rounded_up = _rounded(upsampling, weight, crops, rounded_crops, pool=False)
        exact = torch.cat([exact, up])
        rounded = torch.cat([rounded, round_activations(rounded_up, exact)])
    hidden, rows = folded.hidden, folded.flatten(rounded)
    expected = functional.relu(hidden(folded.flatten(exact)))
    hidden.weight.copy_(fitted(hidden.weight, rows))
    hidden.bias.add_((expected - functional.relu(hidden(rows))).mean(0))


def _rounded(
    layer: Convolution, weight: torch.Tensor, exact: torch.Tensor, rounded: torch.Tensor, pool: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Gives the layer the rounded ``weight`` and corrects its bias; what lies behind it, exact and rounded."""
    bias = cast(torch.Tensor, layer.bias)  # folding a batch norm leaves one

    def through(kernel: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
        rectified = functional.relu(functional.conv2d(maps, kernel, bias, padding=1))
        return functional.max_pool2d(rectified, 3, 2, 1) if pool else rectified

    expected, quantised = _batched(partial(through, layer.weight), exact), _batched(partial(through, weight), rounded)
    shift = (expected - quantised).mean((0, 2, 3))
    layer.weight.copy_(weight)
    bias.add_(shift)
    return expected, functional.relu(quantised + shift.view(1, -1, 1, 1))


def peaks_of(folded: Folded, rois: Pixels) -> tuple[list[torch.Tensor], torch.Tensor | None]:
    """Each block's largest activation a channel, and that of the upsampled crops."""
    peaks: list[torch.Tensor] = []
    crops: torch.Tensor | None = None
    for start in range(0, len(rois), BATCH):
        maps = torch.from_numpy(rois[start : start + BATCH]).permute(0, 3, 1, 2).float()
        maxima = []
        for part in folded.trunk:
            maps = part(maps)
            if isinstance(part, Block):
                maxima.append(maps.amax((0, 2, 3)))
        peaks = [torch.maximum(old, new) for old, new in zip(peaks, maxima, strict=True)] if peaks else maxima
        if folded.cropping is not None:
            peak = folded.cropping(maps).amax((0, 2, 3))
            crops = peak if crops is None else torch.maximum(crops, peak)
    return peaks, crops


def _factor(peak: torch.Tensor, heaviest: torch.Tensor) -> torch.Tensor:
    """What a channel is divided by: geometric mean 1, so that all layers keep their scale."""
    peak, heaviest = (values.clamp_min(max(float(values.max()), 1e-12) * 1e-3) for values in (peak, heaviest))
    factor = peak**MIGRATION / heaviest ** (1 - MIGRATION)
    return factor / factor.log().mean().exp()


def _divide(layer: Convolution, factor: torch.Tensor) -> None:
    layer.weight.div_(factor.view(-1, 1, 1, 1))
    cast(torch.Tensor, layer.bias).div_(factor)


def _batched(work: Callable[[torch.Tensor], torch.Tensor], maps: torch.Tensor) -> torch.Tensor:
    return torch.cat([work(maps[start : start + BATCH]) for start in range(0, len(maps), BATCH)])


def ends(model: onnx.ModelProto) -> list[str]:
    """The nodes that stay in fp32, by name: first convolution and its pool, last layer and the ReLU before it."""
    nodes = list(model.graph.node)
    first = next(index for index, node in enumerate(nodes) if node.op_type == "Conv")
    last = next(index for index in reversed(range(len(nodes))) if nodes[index].op_type in ("Gemm", "MatMul"))
    behind = [node for node in nodes[first + 1 : first + 3] if node.op_type == "MaxPool"]
    ahead = [node for node in nodes[last - 1 : last] if node.op_type == "Relu"]
    return [node.name for node in (nodes[first], *behind, *ahead, nodes[last])]


class _Calibration(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, rois: Pixels) -> None:
        self.batches: Iterator[Pixels] = (rois[start : start + BATCH] for start in range(0, len(rois), BATCH))

    def get_next(self) -> dict[str, Pixels] | None:
        batch = next(self.batches, None)
        return None if batch is None else {INPUT: batch}


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences the advice that the quantiser logs on the root logger."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
