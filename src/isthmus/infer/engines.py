"""Which engine reads a bundle, and the proof that it gives here what it gave where the bundle was exported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from isthmus.bundle import PROBE, Bundle
from isthmus.errors import BundleError, EngineError
from isthmus.infer.proofs import Proofs
from isthmus.runtime.kinds import DEFAULT, ENGINES, FASTEST, Engine, EngineKind
from isthmus.runtime.parity import difference
from isthmus.runtime.probe import Probe
from isthmus.runtime.start import kind, start

__all__ = [
    "DEFAULT",
    "ENGINES",
    "FASTEST",
    "Engine",
    "EngineKind",
    "PassedOver",
    "Starter",
    "carried",
    "fastest_engine",
    "open_engine",
]

VOTES = {"fused": "P(malignant)", "whole": "the vote on the whole RoI", "crops": "a crop's vote"}

Starter = Callable[[str, Path, int], Engine]  # name, ONNX file, threads


@dataclass(frozen=True)
class PassedOver:
    """An engine that is quicker than the one that reads, and why it doesn't."""

    engine: str
    why: str


def open_engine(
    bundle: Bundle, name: str = DEFAULT, threads: int = 0, starter: Starter = start, proofs: Proofs | None = None
) -> Engine:
    """The engine called ``name`` on a bundle's export, verified on the bundle's probe, unless ``proofs`` has that.

    ``threads`` 0: as many as there are cores. Raises EngineError where the bundle was not proved for the engine, or
    that isn't installed or can't run on this processor; BundleError where it contradicts the bundle's weights.
    """
    _refuse_unproved(bundle, name)
    engine = starter(name, _file(bundle, name), threads)
    if proofs and proofs.has(bundle, name, threads):
        return engine
    if what := _contradiction(bundle, engine):
        raise BundleError(
            f"{name} {what}",
            where=str(bundle.folder),
            remedy="Use another --engine, or export the bundle anew.",
        )
    if proofs:
        proofs.add(bundle, name, threads)
    return engine


def fastest_engine(
    bundle: Bundle, threads: int = 0, starter: Starter = start, proofs: Proofs | None = None
) -> tuple[Engine, tuple[PassedOver, ...]]:
    """The quickest engine that proves itself here, and the quicker ones that don't.

    Quick is what was timed at export, so that the choice is the bundle's and not the moment's. Raises EngineError where
    the bundle carries none, or the error of the last one where none proves itself.
    """
    refused: list[PassedOver] = []
    last: EngineError | BundleError | None = None
    for name in carried(bundle):
        try:
            return open_engine(bundle, name, threads, starter, proofs), tuple(refused)
        except (EngineError, BundleError) as error:
            refused.append(PassedOver(name, error.what))
            last = error
    raise last or EngineError("the bundle carries no engine", where=str(bundle.folder), remedy="Export it anew.")


def carried(bundle: Bundle) -> tuple[str, ...]:
    """The engines that the bundle was exported for and that passed their proof, fastest first."""
    proofs = bundle.provenance.engines
    passed = [name for name in ENGINES if name in proofs and proofs[name].passed]
    return tuple(sorted(passed, key=lambda name: proofs[name].milliseconds))


def _refuse_unproved(bundle: Bundle, name: str) -> None:
    engine_kind = kind(name)
    proof = bundle.provenance.engines.get(name)
    if proof is None:
        raise EngineError(
            f"the bundle was never proved for {name}",
            where=str(bundle.folder),
            remedy=f"Use --engine {DEFAULT}, or export it anew where {engine_kind.package} is installed.",
        )
    if not proof.passed:
        raise EngineError(
            f"{name} did not pass when the bundle was exported: it differs from torch by {proof.max_difference:.2g} in "
            f"P(malignant) ({engine_kind.tolerance:g} is let through) and by {proof.max_vote_difference:.2g} in a vote "
            f"({engine_kind.vote_tolerance:g}), {proof.verdicts_changed} of {proof.n} verdicts are other ones, and "
            f"{proof.probe_verdicts_changed} of the probe's",
            where=str(bundle.folder),
            remedy=f"Use --engine {DEFAULT}.",
        )


def _contradiction(bundle: Bundle, engine: Engine) -> str:
    """How the engine contradicts the bundle's probe; "" where it doesn't."""
    crops = bundle.recipe.network.crops != "none"
    probe = Probe.load(bundle.folder / PROBE, bundle.recipe.preparation.size, crops, int8=bundle.int8 is not None)
    votes, engine_kind = engine.read(probe.rois), kind(engine.name)
    try:
        apart = difference(votes, probe.expected["int8" if engine.precision == "int8" else "fp32"])
    except ValueError as error:
        return f"gives {error} as the bundle's weights"
    for name, what in VOTES.items():
        if getattr(apart, name) > (engine_kind.tolerance if name == "fused" else engine_kind.vote_tolerance):
            return f"differs by {getattr(apart, name):.2g} in {what} from the bundle's weights, on its probe"
    count = probe.turned(votes.fused, bundle.decision)
    return f"turns {count} of {len(probe.grey)} verdicts of the bundle's weights, on its probe" if count else ""


def _file(bundle: Bundle, name: str) -> Path:
    if kind(name).precision != "int8":
        return bundle.onnx
    if bundle.int8 is None:
        raise EngineError(
            "the bundle carries no int8 export",
            where=str(bundle.folder),
            remedy=f"Use --engine {DEFAULT}, or export it anew.",
        )
    return bundle.int8
