"""An ensemble as it is read with: each member folded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import nn

from isthmus.export.folded import Folded, FoldedBranch
from isthmus.net.ensemble import Ensemble, central, joined
from isthmus.net.hybrid import HybridNet, Votes


class FoldedEnsemble(nn.Module):
    """Ensemble for reading: RoIs uint8 (n, size, size, 3) in; Votes and the map of the member that it shows."""

    def __init__(self, net: Ensemble) -> None:
        super().__init__()
        self.views, self.shown = net.views, net.shown
        self.members = nn.ModuleList(Folded(cast(HybridNet, member)) for member in net.members)

    @property
    def cropping(self) -> FoldedBranch | None:
        return cast(Folded, self.members[self.shown]).cropping

    def forward(self, roi: torch.Tensor) -> tuple[Votes, torch.Tensor]:
        images = roi.permute(0, 3, 1, 2).float()
        members = cast(Sequence[Folded], self.members)
        read = [member.read(central(images, view)) for member, view in zip(members, self.views, strict=True)]
        return joined([votes for votes, _ in read], self.shown), read[self.shown][1]


def folded(net: HybridNet | Ensemble) -> Folded | FoldedEnsemble:
    """A network or an ensemble, folded."""
    return FoldedEnsemble(net) if isinstance(net, Ensemble) else Folded(net)
