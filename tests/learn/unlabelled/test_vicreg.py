"""The loss without labels: each of its three terms by itself, against numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from isthmus.learn.unlabelled.vicreg import COVARIANCE, EPSILON, INVARIANCE, VARIANCE, vicreg


def views(n: int, d: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    one, other = (torch.randn(n, d, generator=generator) * 0.7 for _ in range(2))
    return one, other


@given(st.integers(2, 12), st.integers(1, 7), st.integers(0, 99))
def test_it_is_what_the_paper_writes(n: int, d: int, seed: int) -> None:
    one, other = views(n, d, seed)
    expected = INVARIANCE * ((one - other).numpy() ** 2).mean()
    for view in (one.numpy().astype(np.float64), other.numpy().astype(np.float64)):
        covariance = np.cov(view, rowvar=False).reshape(d, d)
        lack = np.maximum(0, 1 - np.sqrt(np.diag(covariance) + EPSILON)).mean()
        expected += VARIANCE * lack / 2 + COVARIANCE * (covariance[~np.eye(d, dtype=bool)] ** 2).sum() / d
    assert vicreg(one, other).item() == pytest.approx(expected, rel=1e-4)
    assert vicreg(one, other).item() == pytest.approx(vicreg(other, one).item(), rel=1e-5)


def test_features_that_are_alike_for_all_pictures_cost_most_of_what_they_can() -> None:
    same = torch.ones(8, 4)
    assert vicreg(same, same).item() == pytest.approx(VARIANCE * (1 - EPSILON**0.5), rel=1e-5)


def test_spread_features_that_agree_and_do_not_repeat_one_another_cost_nothing() -> None:
    good = torch.tensor([[2.0, 2.0], [2.0, -2.0], [-2.0, 2.0], [-2.0, -2.0]])
    assert vicreg(good, good).item() == pytest.approx(0.0, abs=1e-6)
    repeated = good[:, :1].repeat(1, 2)
    assert vicreg(repeated, repeated) > 1


def test_bf16_is_summed_in_fp32() -> None:
    one, other = views(64, 8, 0)
    assert vicreg(one.bfloat16(), other.bfloat16()).dtype is torch.float32
