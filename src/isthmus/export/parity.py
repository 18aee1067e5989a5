"""What a bundle holds for prediction: exports, their comparison with torch on real RoIs, and the probe."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.torch import save as serialised

from isthmus import bundle as bundles
from isthmus.bundle import Proof
from isthmus.decision import Decision
from isthmus.errors import BundleError, EngineError
from isthmus.export.compact import store_halves
from isthmus.export.folded_ensemble import folded
from isthmus.export.onnx import export_folded
from isthmus.export.probe import probe_rois
from isthmus.export.quantise import export_int8
from isthmus.export.weights import round_to_half, stored
from isthmus.learn.votes import as_table, from_table, probabilities
from isthmus.net.ensemble import Ensemble
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Pixels
from isthmus.prediction import Probabilities
from isthmus.recipe import Recipe
from isthmus.runtime.kinds import DEFAULT, ENGINES, Engine, EngineKind
from isthmus.runtime.parity import BATCH, Difference, Indices, difference, read_all, worst
from isthmus.runtime.probe import Probe
from isthmus.runtime.start import is_installed, start

PROVED_ON = 256  # RoIs, at most
WORST = 8  # RoIs read in fp64, which is slow
ROUNDS = 5


def write_exports(
    net: HybridNet | Ensemble,
    recipe: Recipe,
    decision: Decision,
    calibration: Pixels,
    proof: Pixels,
    folder: Path,
    feature_map: bool = False,
    half: bool = False,
    int8: bool = True,
) -> Mapping[str, Proof]:
    """Writes weights, exports and probe into ``folder``; returns each engine's proof.

    int8 is calibrated on the RoIs ``calibration``; every installed engine is compared with torch on the RoIs ``proof``,
    both uint8 (n, size, size, 3). ``half`` first rounds the network to weights of half precision, which weights and
    ONNX then hold as such; without ``int8``, and of an ensemble, there is no such export. Raises BundleError where the
    fp32 export fails parity; an int8 export that fails is deleted, and its proof has the difference.
    """
    net.eval()
    if half:
        round_to_half(net)
    (folder / bundles.WEIGHTS).write_bytes(serialised(stored(net, half)))
    reading = folded(net)
    export_folded(reading, recipe.preparation.size, folder / bundles.ONNX, feature_map)
    if half:
        store_halves(folder / bundles.ONNX, net, reading)
    if int8 and isinstance(net, HybridNet):
        export_int8(net, recipe.preparation.size, calibration, folder / bundles.INT8)
    probe = _probe(net, recipe.preparation.size)
    proofs = _proofs(net, decision, proof[:PROVED_ON], probe, folder)
    if not proofs[DEFAULT].passed:
        raise BundleError(
            f"ONNX and torch differ by {proofs[DEFAULT].max_difference:.2g} in P(malignant) and by "
            f"{proofs[DEFAULT].max_vote_difference:.2g} in a vote",
            where=str(folder / bundles.ONNX),
            remedy="Report this with the recipe.",
        )
    passed = next((name for name, proof in proofs.items() if proof.precision == "int8" and proof.passed), None)
    if passed is None:
        (folder / bundles.INT8).unlink(missing_ok=True)
    else:
        votes = start(passed, folder / bundles.INT8).read(probe.rois)
        probe = replace(probe, expected={**probe.expected, "int8": votes})
    probe.save(folder / bundles.PROBE)
    return proofs


def _proofs(
    net: HybridNet | Ensemble, decision: Decision, rois: Pixels, probe: Probe, folder: Path
) -> dict[str, Proof]:
    expected = probabilities(net.eval(), rois)

    def rounding(some: Indices) -> Difference:
        there = probabilities(copy.deepcopy(net).double(), rois[some])
        return difference(from_table(as_table(expected)[some]), there)

    proofs: dict[str, Proof] = {}
    for name, kind in ENGINES.items():
        file = folder / (bundles.INT8 if kind.precision == "int8" else bundles.ONNX)
        if not is_installed(name) or not file.exists():
            continue
        try:
            engine = start(name, file)
        except EngineError:  # a processor without bf16
            continue
        proofs[name] = _proof(engine, kind, decision, rois, expected, rounding, probe)
    return proofs


def _proof(
    engine: Engine,
    kind: EngineKind,
    decision: Decision,
    rois: Pixels,
    expected: Probabilities,
    rounding: Callable[[Indices], Difference],
    probe: Probe,
) -> Proof:
    try:
        votes = read_all(engine, rois)
        turned = probe.turned(engine.read(probe.rois).fused, decision)
        milliseconds = _milliseconds(engine, rois)
    except EngineError:  # it fails on this machine
        return Proof(kind.precision, math.nan, math.nan, len(rois), len(rois), math.nan, passed=False)
    apart = difference(votes, expected)
    is_near = apart.within(kind)
    if not is_near and kind.precision == "fp32":
        is_near = apart.within(kind, rounding(worst(votes, expected, WORST)))
    return Proof(
        precision=kind.precision,
        max_difference=apart.fused,
        max_vote_difference=apart.votes,
        verdicts_changed=int((decision.is_malignant(votes.fused) != decision.is_malignant(expected.fused)).sum()),
        n=len(rois),
        milliseconds=milliseconds,
        passed=is_near and not turned,
        probe_verdicts_changed=turned,
    )


def _milliseconds(engine: Engine, rois: Pixels) -> float:
    batch = np.resize(rois, (BATCH, *rois.shape[1:]))
    engine.read(batch)
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        engine.read(batch)
        taken.append(time.perf_counter() - begun)
    return float(np.median(taken)) * 1000 / BATCH


def _probe(net: HybridNet | Ensemble, size: int) -> Probe:
    """The probe, with torch's P(malignant)."""
    grey = probe_rois(size)
    return Probe(grey, {"fp32": probabilities(net, np.repeat(grey[..., None], 3, axis=-1))})
