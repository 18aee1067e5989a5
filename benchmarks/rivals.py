"""The engines beside other networks: the trunk without crops, crops of the image, and timm's networks.

    python benchmarks/rivals.py [--model BUNDLE] [--networks resnet50,vgg19] [--rounds 15] [--threads N]

Without a bundle, recipe ``paper`` untrained. Each rival runs on the fastest engine and on the default one.
``without crops`` is the same trunk and classifier with the same weights. ``image crops`` puts the whole image, and as
many crops of it as ours takes of its maps, through that network; cutting and resizing them is not counted. timm's
networks have random weights, take the same uint8 RoIs, and are quantised for an engine in int8 (weights per channel,
activations per tensor). Leave the machine alone meanwhile. Needs the packages of isthmus[train].
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from threadpoolctl import threadpool_limits
from torch import nn

from isthmus.bench.engines import contenders, fastest, open_engines
from isthmus.bench.networks import quiet, untrained_bundle
from isthmus.bench.ratios import ratio
from isthmus.bench.timing import Contender, LeftOut, race, without_paths
from isthmus.bundle import Bundle, open_bundle
from isthmus.data.threads import cores
from isthmus.export.onnx import export
from isthmus.export.quantise import export_int8
from isthmus.export.weights import network_of
from isthmus.infer.engines import DEFAULT, ENGINES
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Label, Pixels
from isthmus.recipe import PAPER
from isthmus.runtime.kinds import INPUT, OUTPUTS
from isthmus.runtime.start import start

NETWORKS = ("resnet50", "inception_v3", "vgg19", "legacy_xception")
CHUNK = 16  # RoIs at once, at most
OPSET = 18
CALIBRATED_ON, CALIBRATED_AT_ONCE = 16, 4  # RoIs
WITHOUT, IMAGE_CROPS = "without crops", "image crops"
Rivals = tuple[list[Contender], list[LeftOut]]


@dataclass(frozen=True, eq=False)
class Setting:
    """Where the rivals run: names of engines, RoIs to read and to calibrate on, batch sizes, threads, a folder."""

    engines: Sequence[str]
    rois: Pixels
    batches: Sequence[int]
    threads: int
    folder: Path


def main() -> None:
    """Races the engines and the rivals, and prints each row with how many times the fastest engine is faster."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--networks", default=",".join(NETWORKS), help="names of timm's, comma-separated")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=cores())
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as name, threadpool_limits(arguments.threads, user_api="blas"):
        recipe = open_bundle(arguments.model).recipe if arguments.model else PAPER
        size = recipe.preparation.size
        rois = np.random.default_rng(0).integers(0, 255, (16, size, size, 3), np.uint8)
        model = arguments.model or untrained_bundle(recipe, rois, Path(name) / "untrained").folder
        bundle = open_bundle(model)
        engines, left_out = open_engines(bundle, arguments.threads)
        first = fastest(engines, rois, list(engines))
        setting = Setting(
            [engine for engine in engines if engine in (first, DEFAULT)], rois, (1, 16), arguments.threads, Path(name)
        )
        racing, reasons = contenders(engines, rois, setting.batches), list(left_out)
        for rivals, missing in (
            same_trunk(bundle, setting),
            other_networks([part for part in arguments.networks.split(",") if part], size, setting),
        ):
            racing += rivals
            reasons += missing
        rows = race(racing, arguments.rounds)
    ours = {row.batch: row for row in rows if row.name == first}
    for row in rows:
        times = f"{ratio(row, ours[row.batch]).value:6.2f}x {first}" if first else ""
        print(f"{row.name:<40}{row.precision:>6}{row.batch:>4} at once {row.ms_per_image:9.2f} ms per image {times}")
    for reason in reasons:
        print(f"left out: {reason.name}: {reason.why}")


def on(network: str, engine: str) -> str:
    """The name of a row: a network other than ours, on that engine."""
    return f"{network} ({engine})"


def without_crops(net: HybridNet, bundle: Bundle) -> HybridNet:
    """The same trunk and classifier with the same weights, without the cropping branch."""
    bare = HybridNet(bundle.recipe.changed(pretrained=False, crops="none").network, bundle.recipe.preparation.size)
    bare.load_state_dict({name: value for name, value in net.state_dict().items() if not name.startswith("cropping.")})
    return bare.eval()


class Classifier(nn.Module):
    """A timm model with an engine's input: uint8 RoIs (n, size, size, 3); P(malignant) and P(benign) out, (n,) each.
    Random weights."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.model: nn.Module = timm.create_model(name, num_classes=len(Label))

    def forward(self, roi: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        p: torch.Tensor = self.model(roi.permute(0, 3, 1, 2).float() / 255).softmax(-1)
        return p[:, Label.MALIGNANT], p[:, Label.BENIGN]


def same_trunk(bundle: Bundle, setting: Setting) -> Rivals:
    """The same weights without a cropping branch on each engine: one RoI an image, and, as ``image crops``, the whole
    image and as many crops of it as our network takes of its maps, each through the whole network. The crops come cut
    and resized already, at no cost.
    """
    net = network_of(bundle)
    if net.cropping is None:
        return [], [LeftOut(IMAGE_CROPS, "this model has no cropping branch")]
    images = 1 + net.cropping.count
    bare, size, rivals = without_crops(net, bundle), bundle.recipe.preparation.size, list[Contender]()
    for name in setting.engines:
        precision = ENGINES[name].precision
        path = setting.folder / f"without-crops-{'int8' if precision == 'int8' else 'fp32'}.onnx"
        if precision == "int8":
            export_int8(bare, size, setting.rois, path)
        elif not path.exists():
            export(bare, size, path)
        read = start(name, path, setting.threads).read
        for what, each in ((WITHOUT, 1), (IMAGE_CROPS, images)):
            rivals += _contenders(on(what, name), precision, read, setting, each)
    return rivals, []


def other_networks(names: Sequence[str], size: int, setting: Setting) -> Rivals:
    """timm's networks of these names on each engine, for RoIs of ``size`` pixels a side, their weights random."""
    rivals, left_out = list[Contender](), list[LeftOut]()
    for network_name in names:
        path = setting.folder / f"{network_name}.onnx"
        try:
            _export(Classifier(network_name), size, path)
        except Exception as error:  # of timm or of the exporter, a kind each
            left_out.append(LeftOut(network_name, f"can't be exported at {size} pixels ({without_paths(error)})"))
            continue
        for name in setting.engines:
            try:
                read = open_onnx(path, name, setting.threads, setting.rois[:CALIBRATED_ON])
            except Exception as error:  # of the engine's library
                left_out.append(LeftOut(on(network_name, name), without_paths(error)))
                continue
            rivals += _contenders(on(network_name, name), ENGINES[name].precision, read, setting)
    return rivals, left_out


def _contenders(
    name: str, precision: str, read: Callable[[Pixels], object], setting: Setting, each: int = 1
) -> list[Contender]:
    """A contender a batch size; ``each`` RoIs are read for one image."""
    return [Contender(name, precision, batch, _reading(read, setting.rois, batch * each)) for batch in setting.batches]


def _reading(read: Callable[[Pixels], object], rois: Pixels, count: int) -> Callable[[], object]:
    """Reads ``count`` RoIs, those given over and over, at most CHUNK at once."""
    repeated = rois[np.arange(count) % len(rois)]
    chunks = [repeated[start : start + CHUNK] for start in range(0, count, CHUNK)]
    return lambda: [read(chunk) for chunk in chunks]


def _export(model: Classifier, size: int, path: Path) -> None:
    with quiet():
        torch.onnx.export(
            model.eval(),
            (torch.zeros(2, size, size, 3, dtype=torch.uint8),),
            str(path),
            input_names=[INPUT],
            output_names=[*OUTPUTS[:2]],  # what engines look for
            dynamic_shapes={INPUT: {0: torch.export.Dim("n", min=1, max=4096)}},
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def open_onnx(path: Path, engine: str, threads: int, rois: Pixels) -> Callable[[Pixels], object]:
    """A reader of RoIs, uint8 (n, size, size, 3), by the network in ``path`` on the engine of that name.

    The file's input and outputs have the names of our own exports. For an int8 engine it is quantised first, calibrated
    on ``rois``, beside ``path``. Raises EngineError, BundleError.
    """
    if ENGINES[engine].precision == "int8":
        quantised = path.with_suffix(".int8.onnx")
        if not quantised.exists():
            quantise(path, quantised, rois)
        path = quantised
    return start(engine, path, threads).read


def quantise(path: Path, to: Path, rois: Pixels) -> None:
    """Writes the network in int8: weights a channel, activations a tensor, their ranges those seen on ``rois``."""
    from onnxruntime import quantization
    from onnxruntime.quantization import shape_inference

    class Calibration(quantization.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            starts = range(0, len(rois), CALIBRATED_AT_ONCE)
            self.batches = iter([{INPUT: rois[start : start + CALIBRATED_AT_ONCE]} for start in starts])

        def get_next(self) -> dict[str, Any] | None:
            return next(self.batches, None)

    prepared = to.with_suffix(".prepared")
    with quiet():
        shape_inference.quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        quantization.quantize_static(
            str(prepared),
            str(to),
            Calibration(),
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
    prepared.unlink()


if __name__ == "__main__":
    main()
