"""The probe: a few RoIs and what a bundle's weights give for them, which an engine must give, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load, save

from isthmus.decision import Decision
from isthmus.errors import BundleError
from isthmus.nodule import Pixels
from isthmus.prediction import Floats, Probabilities
from isthmus.runtime.kinds import probabilities

PRECISIONS = ("fp32", "int8")
UNDECIDED = 1e-5  # from the threshold
VOTES = ("fused", "whole", "crops")


@dataclass(frozen=True, eq=False)
class Probe:
    """Grey RoIs uint8 (n, size, size), and by precision their P(malignant): fp32 is torch's, int8 the export's."""

    grey: Pixels
    expected: Mapping[str, Probabilities]

    @property
    def rois(self) -> Pixels:
        """The RoIs as an engine takes them, uint8 (n, size, size, 3)."""
        return np.repeat(self.grey[..., None], 3, axis=-1)

    def turned(self, fused: Floats, decision: Decision) -> int:
        """How many RoIs get another verdict than torch's. Where torch itself lies within 1e-5 of the threshold, no
        processor can be held to one."""
        torch = self.expected["fp32"].fused
        other = decision.is_malignant(fused) != decision.is_malignant(torch)
        return int((other & (np.abs(decision.probability(torch) - decision.threshold) > UNDECIDED)).sum())

    def save(self, path: Path) -> None:
        """Writes it as safetensors."""
        tensors: dict[str, Pixels | Floats] = {"rois": self.grey}
        for precision, expected in self.expected.items():
            votes = {f"{precision}.{name}": getattr(expected, name) for name in VOTES}
            tensors |= {name: np.asarray(vote, np.float32) for name, vote in votes.items() if vote is not None}
        path.write_bytes(save(tensors))

    @classmethod
    def load(cls, path: Path, size: int, crops: bool, int8: bool) -> Probe:
        """The probe in ``path``, for RoIs of ``size`` pixels. Raises BundleError if anything is missing, too much, of
        another shape or no probability."""
        try:
            tensors = load(path.read_bytes())
        except Exception as error:  # a header of nonsense raises whatever it meets
            what = f"can't be read ({' '.join(str(error).split())[:120]})"
            raise BundleError(what, where=str(path), remedy="Copy the whole bundle anew.") from None
        precisions = PRECISIONS if int8 else PRECISIONS[:1]
        outputs = VOTES if crops else VOTES[:2]
        names = {"rois", *(f"{precision}.{name}" for precision in precisions for name in outputs)}
        if tensors.keys() != names:
            raise _wrong(path, f"holds {', '.join(sorted(tensors)) or 'nothing'}, not {', '.join(sorted(names))}")
        grey = tensors.pop("rois")
        if grey.dtype != np.uint8 or grey.ndim != 3 or not len(grey) or grey.shape[1:] != (size, size):
            raise _wrong(path, f"holds RoIs {grey.dtype} {grey.shape}, not uint8 (n, {size}, {size})")
        for name, values in tensors.items():
            axes = 2 if name.endswith("crops") else 1
            if values.dtype != np.float32 or values.ndim != axes or len(values) != len(grey) or not values.size:
                raise _wrong(path, f"holds {name} of shape {values.shape}, for {len(grey)} RoIs")
            if not ((values >= 0) & (values <= 1)).all():
                raise _wrong(path, f"holds {name} that are no probabilities")
        votes = {one: {name: tensors[f"{one}.{name}"] for name in outputs} for one in precisions}
        return cls(grey, {one: probabilities(arrays) for one, arrays in votes.items()})


def _wrong(path: Path, what: str) -> BundleError:
    return BundleError(what, where=str(path), remedy="Export the bundle anew.")
