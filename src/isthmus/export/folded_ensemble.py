"""An ensemble as it is read with: each member folded, and those of one form side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from timm.models.efficientnet import EfficientNet
from torch import nn

from isthmus.export.abreast import Abreast
from isthmus.export.folded import Folded, FoldedBranch, efficientnet
from isthmus.export.seen import Seen
from isthmus.net.ensemble import Ensemble, joined
from isthmus.net.hybrid import HybridNet, Votes


class FoldedEnsemble(nn.Module):
    """Ensemble for reading: RoIs uint8 (n, size, size, 3) in; Votes and the map of the member that it shows."""

    def __init__(self, net: Ensemble) -> None:
        super().__init__()
        self.shown = net.shown
        whole = max(view.side for view in net.views)
        self.seen = nn.ModuleList(Seen(whole, view) for view in net.views)
        self.members = nn.ModuleList(Folded(cast(HybridNet, member)) for member in net.members)
        folded = cast(Sequence[Folded], self.members)
        self.alike = _alike(net)
        self.abreast = Abreast([_model(folded[at].trunk[-1]) for at in self.alike]) if self.alike else None

    @property
    def cropping(self) -> FoldedBranch | None:
        return cast(Folded, self.members[self.shown]).cropping

    def forward(self, roi: torch.Tensor) -> tuple[Votes, torch.Tensor]:
        images = [seen(roi) for seen in self.seen]
        members = cast(Sequence[Folded], self.members)
        read = {at: member.read(images[at]) for at, member in enumerate(members) if at not in self.alike}
        if self.abreast is not None:
            maps = self.abreast([members[at].trunk[:-1](images[at]) for at in self.alike])
            read |= {at: members[at].of_maps(each) for at, each in zip(self.alike, maps, strict=True)}
        return joined([read[at][0] for at in range(len(members))], self.shown), read[self.shown][1]


def _alike(net: Ensemble) -> tuple[int, ...]:
    """The members, at least two, that are EfficientNets of one form and size; none where there are no such."""
    forms: dict[tuple[int, str], list[int]] = {}
    for at, (member, view) in enumerate(zip(cast(Sequence[HybridNet], net.members), net.views, strict=True)):
        model = efficientnet(member.trunk)
        if model is not None and not member.mirrors:
            forms.setdefault((view.size, str(model)), []).append(at)
    most = max(forms.values(), key=lambda same: len(same), default=[])
    return tuple(most) if len(most) > 1 else ()


def _model(trunk: nn.Module) -> EfficientNet:
    return cast(EfficientNet, efficientnet(trunk))


def folded(net: HybridNet | Ensemble) -> Folded | FoldedEnsemble:
    """A network or an ensemble, folded."""
    return FoldedEnsemble(net) if isinstance(net, Ensemble) else Folded(net)
