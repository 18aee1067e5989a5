"""Batch norm over all processes is torch's over the whole batch; in a group of several: test_torchrun.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import timm
import torch
from torch import distributed, nn

from isthmus.learn.global_norm import GlobalBatchNorm, statistics


@pytest.fixture
def company(tmp_path: Path) -> Iterator[None]:
    """A process group of one, in which everything is computed as in a larger one."""
    distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'meet'}", rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


@pytest.mark.parametrize("kind", ["torch", "timm"])
@pytest.mark.usefixtures("company")
def test_batch_norm_is_torchs(kind: str) -> None:
    torch.manual_seed(0)
    plain = nn.BatchNorm2d(6) if kind == "torch" else timm.layers.BatchNormAct2d(6)
    nn.init.uniform_(plain.weight)
    nn.init.uniform_(plain.bias)
    twin = (nn.BatchNorm2d if kind == "torch" else timm.layers.BatchNormAct2d)(6)
    twin.load_state_dict(plain.state_dict())
    ours = GlobalBatchNorm(twin)
    for _ in range(3):
        maps = (torch.randn(4, 6, 5, 3) * 3 + 10).requires_grad_()
        same = maps.detach().clone().requires_grad_()
        expected, output = plain(maps), ours(same)
        torch.testing.assert_close(output, expected, rtol=1e-4, atol=1e-5)
        pull = torch.randn_like(expected)
        expected.backward(pull)
        output.backward(pull)
        torch.testing.assert_close(same.grad, maps.grad, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(twin.state_dict(), plain.state_dict())
    torch.testing.assert_close(twin.weight.grad, plain.weight.grad, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(twin.bias.grad, plain.bias.grad, rtol=1e-3, atol=1e-3)


@pytest.mark.usefixtures("company")
def test_in_evaluation_mode_it_is_the_norm_itself() -> None:
    norm, maps = nn.BatchNorm2d(3), torch.randn(4, 3, 2, 2)
    ours = GlobalBatchNorm(norm).eval()
    torch.testing.assert_close(ours(maps), maps / (1 + norm.eps) ** 0.5)
    assert norm.running_mean is not None
    assert not norm.running_mean.any()


@pytest.mark.usefixtures("company")
def test_batch_norms_gradients_are_the_true_ones() -> None:
    norm = nn.BatchNorm2d(3).double()
    nn.init.uniform_(norm.weight)
    maps = torch.randn(2, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(GlobalBatchNorm(norm), maps)


@pytest.mark.usefixtures("company")
def test_statistics_far_from_zero_keep_their_digits() -> None:
    maps = torch.randn(8, 2, 9, 9) + 1000
    _, variance, count = statistics(maps)
    expected = maps.double().var((0, 2, 3), correction=0).float()
    torch.testing.assert_close(variance, expected, rtol=1e-3, atol=0)
    assert count == 8 * 81


@pytest.mark.usefixtures("company")
def test_batch_norm_in_bf16_is_torchs() -> None:
    plain, twin = nn.BatchNorm2d(4), nn.BatchNorm2d(4)
    maps = torch.randn(4, 4, 5, 5).bfloat16().requires_grad_()
    same = maps.detach().clone().requires_grad_()
    expected, output = plain(maps), GlobalBatchNorm(twin)(same)
    assert output.dtype == torch.bfloat16
    pull = torch.randn(4, 4, 5, 5).bfloat16()
    expected.backward(pull)
    output.backward(pull)
    torch.testing.assert_close(output, expected, rtol=0.02, atol=0.001)
    torch.testing.assert_close(same.grad, maps.grad, rtol=0.02, atol=0.02)
    torch.testing.assert_close(twin.running_var, plain.running_var)
