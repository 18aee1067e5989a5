"""The votes of a network on many RoIs, as arrays."""

from __future__ import annotations

import numpy as np
import torch

from isthmus.learn.examples import Rois
from isthmus.net.ensemble import Ensemble
from isthmus.net.hybrid import HybridNet
from isthmus.nodule import Pixels
from isthmus.prediction import Floats, Probabilities


def as_images(rois: Pixels, device: torch.device | str = "cpu") -> torch.Tensor:
    """RoIs uint8 (n, size, size, 3) as the network takes them: float in 0 .. 1, (n, 3, size, size), channels last.

    They go to the ``device`` as bytes, a quarter of what floats are.
    """
    writeable = rois if rois.flags.writeable else rois.copy()  # torch wants no read-only memory
    return torch.from_numpy(writeable).to(device).permute(0, 3, 1, 2) / 255


def probabilities(net: HybridNet | Ensemble, rois: Rois, batch: int = 16) -> Probabilities:
    """Reads RoIs, uint8 (n, size, size, 3), with a network in evaluation mode, on the device where it is."""
    like = next(net.parameters())
    with torch.inference_mode():
        votes = [
            net(as_images(rois[start : start + batch], like.device).to(like.dtype))
            for start in range(0, len(rois), batch)
        ]
        outputs = zip(*(batch_votes.malignant for batch_votes in votes), strict=True)
        arrays = [torch.cat(batches).double().exp().cpu().numpy() for batches in outputs]
    fused, whole, *crops = arrays
    return Probabilities(fused, whole, crops[0] if crops else None)


def as_table(votes: Probabilities) -> Floats:
    """The votes as one array (n, 2 + N): fused, whole, crops."""
    columns = [votes.fused[:, None], votes.whole[:, None]]
    return np.concatenate(columns if votes.crops is None else [*columns, votes.crops], axis=1)


def from_table(table: Floats) -> Probabilities:
    """The votes that ``as_table`` gave."""
    return Probabilities(table[:, 0], table[:, 1], table[:, 2:] if table.shape[1] > 2 else None)
