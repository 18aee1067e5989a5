"""Everything that a bundle carries for reading: exports, their proof on real RoIs, and the probe."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import save as saved
from safetensors.torch import save as serialised

from isthmus import bundle as bundles
from isthmus.bundle import Proof
from isthmus.errors import BundleError, EngineError
from isthmus.learn.export import BATCH, export, prove_parity
from isthmus.learn.probe import probe_rois
from isthmus.learn.quantise import export_int8
from isthmus.learn.votes import probabilities
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Pixels
from isthmus.recipe import Recipe
from isthmus.runtime.kinds import ENGINES, Engine, Floats
from isthmus.runtime.start import is_installed, start

PROVED_ON = 256  # RoIs, at most
ROUNDS = 5


def write_exports(
    net: HybridNet,
    recipe: Recipe,
    threshold: float,
    calibration: Pixels,
    proof: Pixels,
    folder: Path,
    feature_map: bool = False,
) -> Mapping[str, Proof]:
    """Writes weights, exports and probe into ``folder``; gives each engine's proof.

    int8 is calibrated on the RoIs ``calibration``; every engine that is installed is proved on the RoIs ``proof``,
    both uint8 (n, size, size, 3). Raises BundleError where the fp32 export fails parity; an int8 export that fails is
    taken away, and its proof says by how much.
    """
    state = {name: tensor.contiguous() for name, tensor in net.state_dict().items()}
    (folder / bundles.WEIGHTS).write_bytes(serialised(state))
    export(net, recipe.size, folder / bundles.ONNX, feature_map)
    prove_parity(net, folder / bundles.ONNX, proof[:BATCH])
    export_int8(net, recipe.size, calibration, folder / bundles.INT8)
    proofs = _proofs(net, threshold, proof[:PROVED_ON], folder)
    if not proofs["onnxruntime"].passed:
        raise BundleError(
            f"ONNX and torch differ by {proofs['onnxruntime'].max_difference:.2g} in P(malignant)",
            where=str(folder / bundles.ONNX),
            remedy="Report this with the recipe.",
        )
    if not any(own.passed for own in proofs.values() if own.precision == "int8"):
        (folder / bundles.INT8).unlink()
    _write_probe(net, recipe.size, folder)
    return proofs


def _proofs(net: HybridNet, threshold: float, rois: Pixels, folder: Path) -> dict[str, Proof]:
    expected = probabilities(net.eval(), rois).fused
    found: dict[str, Proof] = {}
    for name, kind in ENGINES.items():
        if not is_installed(name):
            continue
        try:
            engine = start(name, folder / (bundles.INT8 if kind.precision == "int8" else bundles.ONNX))
        except EngineError:  # a processor without bf16
            continue
        said = np.concatenate([engine.read(rois[at : at + BATCH]).fused for at in range(0, len(rois), BATCH)])
        difference = float(np.abs(said - expected).max())
        found[name] = Proof(
            precision=kind.precision,
            max_difference=difference,
            verdicts_changed=int(((said >= threshold) != (expected >= threshold)).sum()),
            n=len(rois),
            milliseconds=_milliseconds(engine, rois),
            passed=difference <= kind.tolerance,
        )
    return found


def _milliseconds(engine: Engine, rois: Pixels) -> float:
    batch = np.resize(rois, (BATCH, *rois.shape[1:]))
    engine.read(batch)
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        engine.read(batch)
        taken.append(time.perf_counter() - begun)
    return float(np.median(taken)) * 1000 / BATCH


def _write_probe(net: HybridNet, size: int, folder: Path) -> None:
    grey = probe_rois(size)
    rois = np.repeat(grey[..., None], 3, axis=-1)
    tensors: dict[str, Pixels | Floats] = {"rois": grey, "fp32": probabilities(net, rois).fused.astype(np.float32)}
    if (folder / bundles.INT8).exists():
        tensors["int8"] = start("onnxruntime-int8", folder / bundles.INT8).read(rois).fused
    (folder / bundles.PROBE).write_bytes(saved(tensors))
