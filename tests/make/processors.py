"""Processors that aren't at hand, as engines that compute the way theirs do; and a bundle without a network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from isthmus import bundle as bundles
from isthmus.bundle import Bundle, Proof, Provenance
from isthmus.decision import Decision
from isthmus.errors import EngineError
from isthmus.infer.engines import Starter
from isthmus.nodule import Pixels
from isthmus.prediction import Probabilities
from isthmus.recipe import Recipe
from isthmus.runtime.checked import Checked
from isthmus.runtime.kinds import ENGINES, Engine, Floats
from isthmus.runtime.probe import Probe

RECIPE = Recipe().changed(size=16, hidden=8)
ROUNDED = {"fp32": 0.0, "bf16": 1e-3, "int8": 4e-3}  # what a precision shifts every probability by, where it is right
QUICKEST_FIRST = ("openvino-int8", "onnxruntime-int8", "openvino-bf16", "openvino", "onnxruntime")


@dataclass(frozen=True)
class Processor:
    """``saturates`` is by how much int8 is off where sums of two products overflow, 0 elsewhere; ``last_digit`` what
    another order of summing does to fp32."""

    name: str
    openvino: bool = True
    bf16: bool = False
    saturates: float = 0.0
    last_digit: float = 0.0


PROCESSORS = (
    Processor("avx2", saturates=0.05, last_digit=-2e-7),
    Processor("avx512-vnni"),
    Processor("avx512-bf16", bf16=True, last_digit=1e-7),
    Processor("amx", bf16=True, last_digit=3e-7),
    Processor("arm64", openvino=False, last_digit=-3e-7),
)


@dataclass
class Simulated:
    """An engine that takes bright for malignant, with the errors of its precision and its processor."""

    name: str
    precision: str
    shift: float
    vote_shift: float = 0.0  # of the last crop alone

    def read(self, rois: Pixels) -> Probabilities:
        """Reads RoIs, uint8 (n, size, size, 3)."""
        return brightness(rois, self.shift, self.vote_shift)


def brightness(rois: Pixels, shift: float = 0.0, vote_shift: float = 0.0) -> Probabilities:
    """What is right of RoIs, uint8 (n, size, size, 3); shifted if asked for."""
    p: Floats = np.clip(rois.mean((1, 2, 3)) / 255 + shift, 0, 1).astype(np.float32)
    crops = np.stack([p, 1 - p, p], axis=1)
    crops[:, -1] = np.clip(crops[:, -1] + vote_shift, 0, 1)
    return Probabilities(p, p, crops)


def starter(processor: Processor, vote_shift: float = 0.0) -> Starter:
    """What starts engines on that processor; ``vote_shift`` puts one vote of those in int8 off."""

    def start(name: str, path: Path, threads: int) -> Engine:
        precision = ENGINES[name].precision
        if ENGINES[name].package == "openvino" and not processor.openvino:
            raise EngineError("openvino isn't installed", where=name)
        if precision == "bf16" and not processor.bf16:
            raise EngineError("this processor doesn't compute in bf16", where=name)
        off = processor.saturates if precision == "int8" else processor.last_digit
        vote = vote_shift if precision == "int8" else 0.0
        return Checked(Simulated(name, precision, ROUNDED[precision] + off, vote))

    return start


def rois(count: int, size: int = RECIPE.preparation.size) -> Pixels:
    """Grey RoIs, uint8 (count, size, size), from dark to bright."""
    return np.stack([np.full((size, size), level, np.uint8) for level in np.linspace(20, 230, count)])


def proof(milliseconds: float, precision: str = "fp32", passed: bool = True, **changes: object) -> Proof:
    """A proof of an engine, on no RoIs in particular."""
    return replace(Proof(precision, 0.0, 0.0, 0, 195, milliseconds, passed), **changes)  # type: ignore[arg-type]


def write_bundle(to: Path, threshold: float = 0.5, probe: Probe | None = None) -> Bundle:
    """Writes a bundle whose exports hold nothing, proved for every engine as one with VNNI and bf16 would prove it."""
    grey = rois(4)
    images = np.repeat(grey[..., None], 3, axis=-1)
    own = probe or Probe(grey, {name: brightness(images, ROUNDED[name]) for name in ("fp32", "int8")})

    def fill(folder: Path) -> None:
        for name in (bundles.WEIGHTS, bundles.ONNX, bundles.INT8):
            (folder / name).write_bytes(name.encode())
        own.save(folder / bundles.PROBE)

    return bundles.write(to, RECIPE, Decision.at(threshold), PROVENANCE, "# Without a network\n", fill)


NODULES = {"training": {"benign": 0, "malignant": 0}, "validation": {"benign": 0, "malignant": 0}}
PROOFS = {name: proof(float(at), ENGINES[name].precision) for at, name in enumerate(QUICKEST_FIRST, 1)}
PROVENANCE = Provenance("none", "given", "0" * 12, NODULES, 0, 0, 0.5, PROOFS, {}, "2020-01-01T00:00:00+00:00")
