"""The same weights in torch, and the networks that ours is compared with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence

import timm
import torch
from torch import nn

from isthmus.bench.quiet import quiet
from isthmus.bench.ratios import EAGER
from isthmus.bench.timing import Contender, LeftOut, without_place
from isthmus.bundle import Bundle
from isthmus.learn.votes import probabilities
from isthmus.learn.weights import network_of
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Label, Pixels
from isthmus.prediction import Probabilities

CHANNELS_LAST, BF16, COMPILED = "torch channels last", "torch bf16", "torch compiled"


def network(bundle: Bundle) -> HybridNet:
    """The bundle's network with its weights, in evaluation mode. Raises BundleError where they aren't its recipe's."""
    return network_of(bundle)


def without_crops(net: HybridNet, bundle: Bundle) -> HybridNet:
    """The same trunk and classifier with the same weights, and no cropping branch."""
    bare = HybridNet(bundle.recipe.changed(pretrained=False, crops="none").network, bundle.recipe.preparation.size)
    bare.load_state_dict({name: own for name, own in net.state_dict().items() if not name.startswith("cropping.")})
    return bare.eval()


def reference(net: HybridNet, rois: Pixels) -> Probabilities:
    """What torch in fp32 says of RoIs, uint8 (n, size, size, 3)."""
    return probabilities(net.to(memory_format=torch.contiguous_format), rois)


class Plain(nn.Module):
    """The network as it was trained, reading as an engine does: uint8 RoIs (n, size, size, 3) in, P(malignant) out,
    fused, whole and crops."""

    def __init__(self, net: HybridNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, roi: torch.Tensor) -> tuple[torch.Tensor, ...]:
        votes = self.net(roi.permute(0, 3, 1, 2).float() / 255)
        return tuple(log_p.exp() for log_p in votes.malignant)


def torch_contenders(bundle: Bundle, rois: Pixels, batches: Sequence[int]) -> tuple[list[Contender], list[LeftOut]]:
    """Torch on the bundle's weights, uint8 RoIs in, P(malignant) out: eager, channels last, bf16, compiled.

    Eager is channels first throughout, its input laid out so beforehand.
    """
    first = Plain(network(bundle)).eval()
    last = Plain(network(bundle).to(memory_format=torch.channels_last)).eval()
    found: list[Contender] = []
    for batch in batches:
        images = torch.from_numpy(rois[:batch].copy())
        planes = images.permute(0, 3, 1, 2).contiguous().permute(0, 2, 3, 1)
        found += [
            Contender(EAGER, "fp32", batch, _reading(first, planes)),
            Contender(CHANNELS_LAST, "fp32", batch, _reading(last, images)),
            Contender(BF16, "bf16", batch, _reading(last, images, bf16=True)),
        ]
    return found, []


def compiled_contenders(bundle: Bundle, rois: Pixels, batches: Sequence[int]) -> tuple[list[Contender], list[LeftOut]]:
    """``torch.compile`` on the channels-last network, once a batch size; left out where there's no C++ compiler."""
    if not any(shutil.which(name) for name in ("c++", "g++", "clang++", "cl")):
        return [], [LeftOut(COMPILED, "torch.compile needs a C++ compiler, and none is installed")]
    last = Plain(network(bundle).to(memory_format=torch.channels_last)).eval()
    found: list[Contender] = []
    for batch in batches:
        read = _reading(torch.compile(last, dynamic=False), torch.from_numpy(rois[:batch].copy()))
        try:
            with quiet():
                read()
        except Exception as error:  # whatever the compiler says
            return [], [LeftOut(COMPILED, f"torch.compile failed: {without_place(error)}")]
        found.append(Contender(COMPILED, "fp32", batch, read))
    return found, []


class Classifier(nn.Module):
    """A timm model read with as ours is: uint8 RoIs (n, size, size, 3) in; P(malignant) and P(benign) out, (n,) each.
    Random weights."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.model: nn.Module = timm.create_model(name, num_classes=len(Label))

    def forward(self, roi: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        p: torch.Tensor = self.model(roi.permute(0, 3, 1, 2).float() / 255).softmax(-1)
        return p[:, Label.MALIGNANT], p[:, Label.BENIGN]


def _reading(model: Callable[..., object], images: torch.Tensor, bf16: bool = False) -> Callable[[], object]:
    def read() -> object:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            return model(images)

    return read
