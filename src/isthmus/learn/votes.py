"""What a network says of many RoIs, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from isthmus.learn.examples import Rois
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Label, Pixels

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Probabilities:
    """P(malignant) of n nodules: ``fused`` (n,), ``whole`` (n,), ``crops`` (n, N) or None without that branch."""

    fused: Floats
    whole: Floats
    crops: Floats | None

    def table(self) -> Floats:
        """All of them, (n, 2 + N): fused, whole, crops."""
        columns = [self.fused[:, None], self.whole[:, None]]
        return np.concatenate(columns if self.crops is None else [*columns, self.crops], axis=1)

    @classmethod
    def of(cls, table: Floats) -> Probabilities:
        """What ``table`` gave."""
        return cls(table[:, 0], table[:, 1], table[:, 2:] if table.shape[1] > 2 else None)


def as_images(rois: Pixels) -> torch.Tensor:
    """RoIs uint8 (n, size, size, 3) as the network takes them: float in 0 .. 1, (n, 3, size, size), channels last."""
    own = rois if rois.flags.writeable else rois.copy()  # torch wants no read-only memory
    return torch.from_numpy(own).permute(0, 3, 1, 2) / 255


def probabilities(net: HybridNet, rois: Rois, batch: int = 16) -> Probabilities:
    """Reads RoIs, uint8 (n, size, size, 3), with a network in evaluation mode, on the device where it is."""
    device = next(net.parameters()).device
    with torch.inference_mode():
        parts = [net(as_images(rois[start : start + batch]).to(device)) for start in range(0, len(rois), batch)]
    crops = None if parts[0].crops is None else _malignant([part.crops for part in parts if part.crops is not None])
    return Probabilities(_malignant([part.fused for part in parts]), _malignant([part.whole for part in parts]), crops)


def _malignant(log_p: list[torch.Tensor]) -> Floats:
    return torch.cat(log_p)[..., Label.MALIGNANT].double().exp().cpu().numpy()
