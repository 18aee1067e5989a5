"""What rewriting the network gives: forms of the folded network in turns, in fp32 and in int8.

    python benchmarks/forms.py [--model BUNDLE] [--engines onnxruntime,onnxruntime-int8] [--rounds 40] [--threads 1]

Without a bundle, recipe ``paper`` untrained. ``plain`` raises and convolves each crop. ``nine products`` multiplies the
shared map once for all crops. ``grey`` reads one channel, and is wrong in colour; ``grey or colour`` asks first whether
all three are equal. ``fully connected in fp32`` has the first fully connected layer so, in int8 only. Each row has the
least and the median, and the largest difference of P(malignant) from ``plain`` on simulated grey nodules, untrained: a
bound on what rewriting changes, not on int8. Leave the machine alone meanwhile. Needs the packages of isthmus[train].
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import torch
from torch import nn

from isthmus.bench.engines import contenders
from isthmus.bench.networks import NORMS_FROM
from isthmus.bench.timing import race
from isthmus.bundle import open_bundle
from isthmus.export.folded import Block, Folded, FoldedBranch
from isthmus.export.onnx import export_folded
from isthmus.export.probe import probe_rois
from isthmus.export.quantise import ends, equalise, fit_to_int8, write_int8
from isthmus.export.weights import network_of
from isthmus.infer.engines import DEFAULT, ENGINES, Engine
from isthmus.learn.votes import as_images
from isthmus.net.hybrid import HybridNet, Votes
from isthmus.nodule import Pixels
from isthmus.recipe import PAPER
from isthmus.runtime.start import start

ROIS = 16
SETTLE = 0.02  # seconds between turns of one run each


@dataclass(frozen=True)
class Form:
    """``wrap`` rewrites a folded network whose branch is ``shared`` or not; ``in_fp32`` names what int8 leaves out."""

    wrap: Callable[[Folded], nn.Module] = lambda folded: folded
    shared: bool = False
    in_fp32: Callable[[onnx.ModelProto], list[str]] = ends
    int8_only: bool = False


class Grey(nn.Module):
    """A folded network whose first block reads one channel: always, or (``ask``) where all three are equal."""

    def __init__(self, folded: Folded, ask: bool) -> None:
        super().__init__()
        self.colour, *rest = folded.blocks
        whole, self.ask = self.colour.convolution, ask
        single = nn.Conv2d(1, whole.out_channels, 3, padding=1)
        single.weight = nn.Parameter(whole.weight.detach().sum(1, keepdim=True))
        single.bias = whole.bias
        self.grey = Block(single, self.colour.pool_first)
        folded.trunk = nn.Sequential(*rest)
        self.folded = folded

    @property
    def cropping(self) -> FoldedBranch | None:
        return self.folded.cropping

    def forward(self, roi: torch.Tensor) -> tuple[Votes, torch.Tensor]:
        if not self.ask:
            return self.folded.read(self._of_grey(roi))
        equal = (roi[..., :2] == roi[..., 1:]).all()
        return self.folded.read(torch.cond(equal, self._of_grey, self._of_colour, (roi,)))

    def _of_grey(self, roi: torch.Tensor) -> torch.Tensor:
        maps: torch.Tensor = self.grey(roi[..., :1].permute(0, 3, 1, 2).float())
        return maps

    def _of_colour(self, roi: torch.Tensor) -> torch.Tensor:
        maps: torch.Tensor = self.colour(roi.permute(0, 3, 1, 2).float())
        return maps


def products(model: onnx.ModelProto) -> list[str]:
    """``ends``, and the two products that bring crops up: their fixed matrices stand on the left."""
    fixed = {tensor.name for tensor in model.graph.initializer}
    return [*ends(model), *(n.name for n in model.graph.node if n.op_type == "MatMul" and n.input[0] in fixed)]


def connected(model: onnx.ModelProto) -> list[str]:
    """``ends``, and all other fully connected layers."""
    return [*ends(model), *(node.name for node in model.graph.node if node.op_type in ("Gemm", "MatMul"))]


def asking(model: onnx.ModelProto) -> list[str]:
    """``ends`` of a network whose first convolution stands within a branch, where nothing is quantised."""
    return ends(model)[-1:]


FORMS: Mapping[str, Form] = {
    "plain": Form(),
    "nine products": Form(shared=True, in_fp32=products),
    "grey": Form(lambda folded: Grey(folded, ask=False)),
    "grey or colour": Form(lambda folded: Grey(folded, ask=True), in_fp32=asking),
    "fully connected in fp32": Form(in_fp32=connected, int8_only=True),
}


def main() -> None:
    """Exports every form for every engine, races them, and prints a row each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--engines", default=f"{DEFAULT},{DEFAULT}-int8", help="comma-separated")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    bundle = open_bundle(arguments.model) if arguments.model else None
    size = (bundle.recipe if bundle else PAPER).preparation.size
    rois = np.resize(np.repeat(probe_rois(size)[..., None], 3, axis=-1), (ROIS, size, size, 3))
    net = cast(HybridNet, network_of(bundle)) if bundle else untrained(rois)
    for engine in arguments.engines.split(","):
        int8 = ENGINES[engine].precision == "int8"
        with tempfile.TemporaryDirectory() as name:
            engines: dict[str, Engine] = {}
            for form in [name for name, form in FORMS.items() if int8 or not form.int8_only]:
                path = Path(name) / f"{form}.onnx"
                write(net, FORMS[form], size, int8, rois, path)
                engines[form] = start(engine, path, arguments.threads)
        expected = engines["plain"].read(rois).fused
        apart = {form: float(np.abs(read.read(rois).fused - expected).max()) for form, read in engines.items()}
        for row in race(contenders(engines, rois, (1, ROIS)), arguments.rounds, turn=0, settle=SETTLE):
            print(
                f"{engine:<20}{row.name:<26}{row.batch:>4} at once  least {min(row.rounds):6.2f}  "
                f"median {row.ms_per_image:6.2f} ms per image  difference {apart[row.name]:.0e}"
            )


def untrained(rois: Pixels) -> HybridNet:
    """Recipe ``paper``'s network without training, its batch norms set by the RoIs."""
    torch.manual_seed(0)
    net = HybridNet(PAPER.network, PAPER.preparation.size).train()
    with torch.no_grad():
        net(as_images(rois[:NORMS_FROM]))
    return net.eval()


def write(net: HybridNet, form: Form, size: int, int8: bool, rois: Pixels, path: Path) -> None:
    """Writes one form as ONNX; in int8 calibrated on the RoIs, uint8 (n, size, size, 3)."""
    folded = Folded(net, pool_first=int8, shared=form.shared)
    if not int8:
        export_folded(cast(Folded, form.wrap(folded)), size, path)
        return
    with torch.no_grad():
        equalise(folded, rois)
        fit_to_int8(folded, rois)
    write_int8(cast(Folded, form.wrap(folded)), size, rois, path, form.in_fp32)


if __name__ == "__main__":
    main()
