"""Which engine reads a bundle, and the proof that it says here what it said where it was exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from isthmus.bundle import PROBE, Bundle
from isthmus.errors import BundleError, EngineError
from isthmus.nodule import Pixels
from isthmus.runtime.kinds import ENGINES, Engine, EngineKind, Floats, Reading
from isthmus.runtime.start import is_installed, kind, start

__all__ = ["ENGINES", "Engine", "EngineKind", "Reading", "carried", "open_engine", "passed_over"]


def open_engine(bundle: Bundle, name: str = "auto", threads: int = 0) -> Engine:
    """The engine called ``name`` on a bundle's export, proved on the bundle's own probe.

    ``auto`` is the fastest, as measured when the bundle was exported, that is installed and passes the proof here.
    ``threads`` 0: as many as there are cores. Raises EngineError where the engine isn't installed, isn't carried by
    the bundle, or can't run on this processor; BundleError where it doesn't say what the bundle's weights say.
    """
    if name != "auto":
        return _proved(bundle, name, threads)
    refused: EngineError | BundleError | None = None
    for candidate in carried(bundle):
        if not is_installed(candidate):
            continue
        try:
            return _proved(bundle, candidate, threads)
        except (EngineError, BundleError) as error:
            refused = error
    raise refused or EngineError("the bundle carries no engine that is installed", where=str(bundle.folder))


def carried(bundle: Bundle) -> tuple[str, ...]:
    """The engines that the bundle was exported for and that passed parity, fastest first."""
    proofs = bundle.provenance.engines
    passed = [name for name in ENGINES if name in proofs and proofs[name].passed]
    return tuple(sorted(passed, key=lambda name: proofs[name].milliseconds))


def passed_over(bundle: Bundle) -> dict[str, str]:
    """Why each engine of ENGINES that can't be used here can't: its name and the reason."""
    found: dict[str, str] = {}
    for name in ENGINES:
        try:
            _proved(bundle, name, threads=1)
        except (EngineError, BundleError) as error:
            found[name] = error.what
    return found


def _proved(bundle: Bundle, name: str, threads: int) -> Engine:
    engine = start(name, _file(bundle, name), threads)
    expected = _probe(bundle.folder / PROBE)
    said = engine.read(expected.rois).fused
    difference = float(np.abs(said - expected.said(engine.precision)).max())
    if not difference <= kind(name).tolerance:
        raise BundleError(
            f"{name} differs by {difference:.2g} in P(malignant) from the bundle's weights, on its own probe",
            where=str(bundle.folder),
            remedy="Use another --engine, or export the bundle anew.",
        )
    return engine


def _file(bundle: Bundle, name: str) -> Path:
    if kind(name).precision != "int8":
        return bundle.onnx
    if bundle.int8 is None:
        raise EngineError(
            "the bundle carries no int8 export",
            where=str(bundle.folder),
            remedy="Use --engine auto, or export it anew.",
        )
    return bundle.int8


class _Probe:
    """RoIs, and what the bundle's weights (fp32) and its int8 export say of them."""

    def __init__(self, rois: Pixels, fp32: Floats, int8: Floats | None) -> None:
        self.rois, self.fp32, self.int8 = rois, fp32, int8

    def said(self, precision: str) -> Floats:
        return self.int8 if precision == "int8" and self.int8 is not None else self.fp32


def _probe(path: Path) -> _Probe:
    try:
        tensors = load_file(path)
        rois = np.repeat(tensors["rois"][..., None], 3, axis=-1)
        return _Probe(rois, tensors["fp32"], tensors.get("int8"))
    except (OSError, SafetensorError, KeyError) as error:
        raise BundleError(f"can't be read ({error})", where=str(path), remedy="Copy the whole bundle anew.") from None
