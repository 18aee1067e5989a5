"""What ours is compared with on the same engine: the trunk without crops, crops of the image, other networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from isthmus.bench.foreign import open_onnx
from isthmus.bench.networks import Classifier, network, without_crops
from isthmus.bench.quiet import quiet
from isthmus.bench.ratios import on
from isthmus.bench.readers import Setting
from isthmus.bench.timing import Contender, LeftOut, without_place
from isthmus.bundle import Bundle
from isthmus.export.onnx import export
from isthmus.export.quantise import export_int8
from isthmus.infer.engines import ENGINES
from isthmus.nodule import Pixels
from isthmus.runtime.kinds import INPUT, OUTPUTS
from isthmus.runtime.start import start

CHUNK = 16  # RoIs at once, at most
OPSET = 18
CALIBRATED_ON = 16  # RoIs
WITHOUT, IMAGE_CROPS = "without crops", "image crops"
Found = tuple[list[Contender], list[LeftOut]]


def same_trunk(bundle: Bundle, setting: Setting) -> Found:
    """The same weights without a cropping branch on each engine: one RoI an image, and, as ``image crops``, the whole
    image and as many crops of it as our network takes of its maps, each through the whole network. The crops come cut
    and resized already, at no cost.
    """
    net = network(bundle)
    if net.cropping is None:
        return [], [LeftOut(IMAGE_CROPS, "this model has no cropping branch")]
    images = 1 + net.cropping.count
    bare, size, found = without_crops(net, bundle), bundle.recipe.preparation.size, list[Contender]()
    for name in setting.engines:
        precision = ENGINES[name].precision
        path = setting.folder / f"without-crops-{'int8' if precision == 'int8' else 'fp32'}.onnx"
        if precision == "int8":
            export_int8(bare, size, setting.rois, path)
        elif not path.exists():
            export(bare, size, path)
        read = start(name, path, setting.threads).read
        for what, each in ((WITHOUT, 1), (IMAGE_CROPS, images)):
            found += _contenders(on(what, name), precision, read, setting, each)
    return found, []


def other_networks(names: Sequence[str], size: int, setting: Setting) -> Found:
    """timm's networks of these names on each engine, for RoIs of ``size`` pixels a side, their weights random."""
    found, left_out = list[Contender](), list[LeftOut]()
    for network_name in names:
        path = setting.folder / f"{network_name}.onnx"
        try:
            _export(Classifier(network_name), size, path)
        except Exception as error:  # of timm or of the exporter, a kind each
            left_out.append(LeftOut(network_name, f"can't be exported at {size} pixels ({without_place(error)})"))
            continue
        for name in setting.engines:
            try:
                read = open_onnx(path, name, setting.threads, setting.rois[:CALIBRATED_ON])
            except Exception as error:  # of the engine's library
                left_out.append(LeftOut(on(network_name, name), without_place(error)))
                continue
            found += _contenders(on(network_name, name), ENGINES[name].precision, read, setting)
    return found, left_out


def _contenders(
    name: str, precision: str, read: Callable[[Pixels], object], setting: Setting, each: int = 1
) -> list[Contender]:
    """A contender a batch size; ``each`` RoIs are read for one image."""
    return [Contender(name, precision, batch, _reading(read, setting.rois, batch * each)) for batch in setting.batches]


def _reading(read: Callable[[Pixels], object], rois: Pixels, count: int) -> Callable[[], object]:
    """Reads ``count`` RoIs, those given over and over, at most CHUNK at once."""
    own = rois[np.arange(count) % len(rois)]
    chunks = [own[start : start + CHUNK] for start in range(0, count, CHUNK)]
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
