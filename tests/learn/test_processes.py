"""The parts that several processes go by, one by one. How they go together is in test_torchrun.py."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from isthmus.learn import processes
from isthmus.learn.augment import augment
from isthmus.learn.devices import Device
from isthmus.learn.global_norm import GlobalBatchNorm
from isthmus.learn.processes import GlobalDropout, Processes, Share
from isthmus.recipes import ISTHMUS
from make.training import TINY, hybrid_net


@given(st.integers(0, 40), st.integers(1, 9))
def test_shares_are_uneven_by_one_at_most_and_make_up_the_batch(n: int, world: int) -> None:
    shares = [Share(n, rank, world) for rank in range(world)]
    assert sorted(i for share in shares for i in range(n)[share.rows]) == list(range(n))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert sum(map(len, shares)) == n


@pytest.mark.parametrize("world", [2, 3, 7])
def test_an_image_changes_in_a_share_as_it_does_in_the_whole_batch(world: int) -> None:
    images = torch.rand(5, 3, 20, 20)
    whole = augment(images, ISTHMUS.augmentation, torch.Generator().manual_seed(1))
    for rank in range(world):
        share, generator = Share(5, rank, world), torch.Generator().manual_seed(1)
        own = augment(images[share.rows], ISTHMUS.augmentation, generator, share)
        assert torch.equal(own, whole[share.rows])
        assert torch.equal(torch.rand(2, generator=generator), torch.rand(2, generator=drawn_from(5)))


def drawn_from(n: int) -> torch.Generator:
    generator = torch.Generator().manual_seed(1)
    augment(torch.rand(n, 3, 20, 20), ISTHMUS.augmentation, generator)
    return generator


@pytest.mark.parametrize("rows_each", [1, 5])
def test_dropout_strikes_in_a_share_what_it_strikes_in_the_whole(
    monkeypatch: pytest.MonkeyPatch, rows_each: int
) -> None:
    alone = Processes(Device("cpu"), "32-true")
    rows = torch.randn(7, rows_each, 8)
    torch.manual_seed(4)
    whole = functional.dropout(rows.flatten(0, 1), 0.5).view_as(rows)
    monkeypatch.setattr(alone, "sum", lambda _: torch.tensor(7 * rows_each))
    for rank in range(9):  # two of them without an example
        alone.share = Share(7, rank, 9)
        torch.manual_seed(4)
        own = GlobalDropout(0.5, alone)(rows[alone.share.rows].flatten(0, 1))
        assert torch.equal(own, whole[alone.share.rows].flatten(0, 1))


def test_alone_the_network_is_stepped_as_it_is() -> None:
    alone, net = Processes(Device("cpu"), "32-true"), hybrid_net(TINY)
    assert alone.shared(net, TINY.preparation.size) is net
    assert torch.equal(alone.sum(torch.tensor(3)), torch.tensor(3))
    alone.agree(5)
    assert processes.is_first()
    assert not processes.several()
    processes.wait()


def test_the_copy_that_several_step_holds_the_same_tensors_and_the_network_stays_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    several, net = Processes(Device("cpu"), "32-true"), hybrid_net(TINY)
    monkeypatch.setattr(Processes, "count", 2)
    twin = several.shared(net, TINY.preparation.size)
    for kind in ("parameters", "buffers"):
        assert {id(tensor) for tensor in getattr(twin, kind)()} == {id(tensor) for tensor in getattr(net, kind)()}
    assert sum(isinstance(module, GlobalBatchNorm) for module in twin.modules()) == 5
    assert sum(isinstance(module, GlobalDropout) for module in twin.modules()) == 1
    assert not any(isinstance(module, GlobalBatchNorm | GlobalDropout) for module in net.modules())
    assert all(parameter.requires_grad for parameter in net.parameters())


def test_what_the_loss_does_not_see_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = TINY.changed(omega=1.0)
    several, net = Processes(Device("cpu"), "32-true"), hybrid_net(recipe)
    monkeypatch.setattr(Processes, "count", 2)
    several.shared(net, recipe.preparation.size)
    idle = {name for name, parameter in net.named_parameters() if not parameter.requires_grad}
    assert idle == {name for name, _ in net.named_parameters() if name.startswith("cropping.")}
