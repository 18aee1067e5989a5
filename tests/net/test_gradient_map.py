"""Integrated gradients against closed forms."""

from __future__ import annotations

import pytest
import torch

from isthmus.net.gradient_map import integrated_gradients

IMAGE, BASE = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_of_a_linear_answer_they_are_weight_times_change() -> None:
    weights = torch.randn(3, 8, 8, generator=torch.Generator().manual_seed(1))
    made = integrated_gradients(lambda images: (images * weights).sum((1, 2, 3)), IMAGE, BASE, steps=3)
    torch.testing.assert_close(made, ((IMAGE - BASE) * weights).sum(0))


def test_their_sum_is_the_change_of_the_answer() -> None:
    def answer(images: torch.Tensor) -> torch.Tensor:
        return images[:, :, 2:5].pow(2).sum((1, 2, 3)).tanh() * 5

    made = integrated_gradients(answer, IMAGE, BASE, steps=400)
    change = float((answer(IMAGE[None]) - answer(BASE[None]))[0])
    assert float(made.sum()) == pytest.approx(change, abs=1e-2)
    assert not made[:2].any()
    assert not made[5:].any()
    assert not made.requires_grad
