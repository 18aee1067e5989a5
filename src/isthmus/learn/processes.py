"""Several processes that train one network, to the same result as one process with the same batches.

Each takes its share of every batch. All draw the random numbers of the whole batch and keep those of their share,
normalise by the statistics of the whole batch, and add up their gradients.
"""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass

import torch
from lightning_fabric import Fabric
from torch import distributed, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm

from isthmus.errors import UsageError
from isthmus.learn.devices import Device, Precision
from isthmus.learn.global_norm import GlobalBatchNorm, total
from isthmus.net.hybrid import HybridNet


@dataclass(frozen=True)
class Share:
    """One process's part of ``n`` examples: every ``world``-th of them, from number ``rank`` on."""

    n: int
    rank: int = 0
    world: int = 1

    def __len__(self) -> int:
        return len(range(self.n)[self.rows])

    @property
    def rows(self) -> slice:
        return slice(self.rank, None, self.world)


class Processes:
    """The processes that torchrun started, this one among them; or this one alone.

    ``freezes`` says that some weights are frozen in some steps, which processes must not wait for.
    """

    def __init__(self, device: Device, precision: Precision, freezes: bool = False) -> None:
        local, machines = _started()
        self.fabric = Fabric(
            accelerator=device.kind,
            strategy="ddp_find_unused_parameters_true" if freezes and several() else "auto",
            devices=local if device.index is None else [device.index],
            num_nodes=machines,
            precision=precision,
        )
        self.fabric.launch()
        self.share = self.of(0)

    @property
    def count(self) -> int:
        return self.fabric.world_size

    def of(self, n: int) -> Share:
        """This process's share of ``n`` examples."""
        return Share(n, self.fabric.global_rank, self.count)

    def begin(self, n: int) -> Share:
        """This process's share of a batch of ``n``; dropout uses it until the next batch."""
        self.share = self.of(n)
        return self.share

    def shared(self, net: HybridNet, size: int) -> nn.Module:
        """``net`` for the training step: with several processes a copy on the same tensors, in which batch norm and
        dropout work on the whole batch. ``net`` itself is not changed."""
        if self.count == 1:
            return net
        _freeze_idle(net, size)
        tensors = [*net.parameters(), *net.buffers()]
        twin = copy.deepcopy(net, {id(tensor): tensor for tensor in tensors})
        for parent in list(twin.modules()):
            for name, child in parent.named_children():
                if isinstance(child, _BatchNorm):
                    setattr(parent, name, GlobalBatchNorm(child))
                elif isinstance(child, nn.Dropout):
                    setattr(parent, name, GlobalDropout(child.p, self))
        return twin

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """The sum over all processes, the same bits in each."""
        if self.count == 1:
            return tensor
        return total(tensor.to(self.fabric.device)).to(tensor.device)

    def agree(self, value: int) -> None:
        """Raises UsageError, in every process, unless all have the same ``value`` (of 53 bits)."""
        values = torch.zeros(self.count, dtype=torch.float64)
        values[self.fabric.global_rank] = value
        if len(set(self.sum(values).tolist())) > 1:
            raise UsageError(
                "the processes see different data or checkpoints",
                where="torchrun",
                remedy="Give them the same command, and folders that all of them share.",
            )


def several() -> bool:
    """Whether torchrun started this process as one of several."""
    processes, machines = _started()
    return processes * machines > 1


def on_this_machine() -> int:
    """How many processes torchrun started on this machine."""
    return _started()[0]


def is_first() -> bool:
    """Whether this process writes the results."""
    return not several() or os.environ.get("RANK", "0") == "0"


def wait() -> None:
    """Waits for all processes, after a training."""
    if several():
        distributed.barrier()


def _started() -> tuple[int, int]:
    """Processes a machine, and machines."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1")), int(os.environ.get("GROUP_WORLD_SIZE", "1"))


def _freeze_idle(net: HybridNet, size: int) -> None:
    """Freezes parameters outside the loss (the crops', where omega is 1): processes would wait for their gradients."""
    parameters = list(net.parameters())
    votes = net.eval()(torch.zeros(2, 3, size, size, device=parameters[0].device))
    outputs = votes.fused.sum() if votes.second is None else votes.fused.sum() + votes.second.sum()
    for parameter, gradient in zip(
        parameters, torch.autograd.grad(outputs, parameters, allow_unused=True), strict=True
    ):
        parameter.requires_grad_(gradient is not None)


class GlobalDropout(nn.Module):
    """Dropout that zeroes in each example what one process would zero in it with the whole batch."""

    def __init__(self, p: float, processes: Processes) -> None:
        super().__init__()
        self.p, self.processes = p, processes

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """``rows`` (m, features): one or more of each example of this share, example by example."""
        if not self.training:
            return rows
        share = self.processes.share
        # Summed, since a process without an example doesn't have the number of rows per example.
        every = int(self.processes.sum(torch.tensor(len(rows))))
        drawn = functional.dropout(rows.new_ones(every, *rows.shape[1:]), self.p)
        share_of_drawn = drawn.view(share.n, every // share.n, *rows.shape[1:])[share.rows]
        return rows * share_of_drawn.flatten(0, 1)
