from __future__ import annotations

import pytest
import torch

from isthmus.net.proposal import SIZE, ProposalNet, overlap


def test_overlap_is_the_iou_of_boxes_about_one_point() -> None:
    one, other = torch.tensor([[1.0, 1, 1, 1]]), torch.tensor([[1.0, 1, 3, 1]])
    assert overlap(one, other).item() == pytest.approx(0.5)
    assert overlap(one, one).item() == pytest.approx(1)


def test_distances_are_above_zero_whatever_is_seen() -> None:
    net = ProposalNet(pretrained=False).eval()
    with torch.no_grad():
        distances, quality = net(255 * torch.rand(2, 1, SIZE, SIZE))
    assert distances.shape == (2, 4)
    assert quality.shape == (2,)
    assert (distances > 0).all()
