"""What the bench needs torch for: contenders on the same weights, the reference, and a network without training."""

from __future__ import annotations

import contextlib
import logging
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from torch import nn

from isthmus import bundle as bundles
from isthmus.bench.ratios import EAGER
from isthmus.bench.run import Plan, Torch
from isthmus.bench.timing import Contender, LeftOut, without_paths
from isthmus.bench.training import trainings
from isthmus.bundle import Bundle, Provenance
from isthmus.decision import Decision
from isthmus.export.parity import write_exports
from isthmus.export.weights import network_of
from isthmus.learn.votes import as_images, probabilities
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Label, Pixels
from isthmus.recipe import Recipe

CHANNELS_LAST, BF16, COMPILED = "torch channels last", "torch bf16", "torch compiled"
NORMS_FROM = 16  # RoIs that set the batch norms of an untrained network
# An untrained network's answers lie close together; at a threshold among them, rounding alone would change verdicts.
UNTRAINED_DECISION = Decision.at(0.0)


def beside(bundle: Bundle, rois: Pixels, plan: Plan) -> Torch:
    """Torch on the bundle's weights and on RoIs, uint8 (n, size, size, 3), with the plan's threads.

    Raises BundleError where the weights aren't those of its recipe's network.
    """
    torch.set_num_threads(plan.threads)
    contenders, left_out = _contenders(bundle, rois, plan.batches), list[LeftOut]()
    if plan.compiled:
        compiled, left_out = _compiled(bundle, rois, plan.batches)
        contenders += compiled
    else:
        left_out.append(LeftOut(COMPILED, "takes a minute to compile; left out by --quick"))
    return Torch(probabilities(network_of(bundle), rois), contenders, left_out, trainings)


def untrained_bundle(recipe: Recipe, rois: Pixels, to: Path) -> Bundle:
    """Writes the recipe's network without training as the bundle ``to``: speed does not depend on the weights.

    A batch of ``rois``, uint8 (n, size, size, 3), sets its batch norms; int8 is calibrated and all engines are proved
    on them.
    """
    torch.manual_seed(0)
    net = HybridNet(recipe.network, recipe.preparation.size).train()
    with torch.no_grad():
        net(as_images(rois[:NORMS_FROM]))
    none = {str(label): 0 for label in Label}
    with tempfile.TemporaryDirectory(prefix="isthmus-untrained-") as name:
        exported = Path(name)
        provenance = Provenance(
            data="none",
            policy="given",
            fingerprint="0" * 12,
            nodules={"training": none, "validation": none},
            seed=0,
            epoch=0,
            validation_auc=0.5,
            engines=write_exports(net.eval(), recipe, UNTRAINED_DECISION, rois, rois, exported),
            versions={},
            created="",
        )

        def fill(folder: Path) -> None:
            shutil.copytree(exported, folder, dirs_exist_ok=True)

        return bundles.write(to, recipe, UNTRAINED_DECISION, provenance, "# Untrained, for timing only\n", fill)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Within it no library warns, or logs below an error."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


class Plain(nn.Module):
    """The network as it was trained, with an engine's input and output: uint8 RoIs (n, size, size, 3) to P(malignant),
    fused, whole and crops."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, roi: torch.Tensor) -> tuple[torch.Tensor, ...]:
        votes = self.net(roi.permute(0, 3, 1, 2).float() / 255)
        return tuple(log_p.exp() for log_p in votes.malignant)


def _contenders(bundle: Bundle, rois: Pixels, batches: Sequence[int]) -> list[Contender]:
    """Eager, channels last and bf16. Eager is channels first throughout, its input stored so beforehand."""
    first = Plain(network_of(bundle)).eval()
    last = Plain(network_of(bundle).to(memory_format=torch.channels_last)).eval()
    contenders: list[Contender] = []
    for batch in batches:
        images = torch.from_numpy(rois[:batch].copy())
        planes = images.permute(0, 3, 1, 2).contiguous().permute(0, 2, 3, 1)
        contenders += [
            Contender(EAGER, "fp32", batch, _reading(first, planes)),
            Contender(CHANNELS_LAST, "fp32", batch, _reading(last, images)),
            Contender(BF16, "bf16", batch, _reading(last, images, bf16=True)),
        ]
    return contenders


def _compiled(bundle: Bundle, rois: Pixels, batches: Sequence[int]) -> tuple[list[Contender], list[LeftOut]]:
    """``torch.compile`` on the channels-last network, once per batch size; left out without a C++ compiler."""
    if not any(shutil.which(name) for name in ("c++", "g++", "clang++", "cl")):
        return [], [LeftOut(COMPILED, "torch.compile needs a C++ compiler, and none is installed")]
    last = Plain(network_of(bundle).to(memory_format=torch.channels_last)).eval()
    contenders: list[Contender] = []
    for batch in batches:
        read = _reading(torch.compile(last, dynamic=False), torch.from_numpy(rois[:batch].copy()))
        try:
            with quiet():
                read()
        except Exception as error:  # the compiler's, of any type
            return [], [LeftOut(COMPILED, f"torch.compile failed: {without_paths(error)}")]
        contenders.append(Contender(COMPILED, "fp32", batch, read))
    return contenders, []


def _reading(model: Callable[..., object], images: torch.Tensor, bf16: bool = False) -> Callable[[], object]:
    def read() -> object:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            return model(images)

    return read
