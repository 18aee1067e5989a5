"""A network in training: one step on a batch, the moving average of its weights, and its state for a checkpoint."""

from __future__ import annotations

import copy

import numpy as np
import torch

from isthmus import seeds
from isthmus.learn import checkpoint, devices, processes
from isthmus.learn.augment import augment_with_targets
from isthmus.learn.beginning import Beginning, without_pretrained
from isthmus.learn.checkpoint import Tensors, part
from isthmus.learn.examples import Examples
from isthmus.learn.loss import recipe_loss
from isthmus.learn.optimise import average_weights, copy_buffers, optimiser, set_learning_rate
from isthmus.learn.processes import Processes, Share
from isthmus.learn.second import second_loss, weighted
from isthmus.learn.votes import as_images, as_table, from_table, probabilities
from isthmus.net.hybrid import HybridNet
from isthmus.prediction import Probabilities
from isthmus.recipe import Recipe


class Learner:
    """The recipe's network with its optimiser, trained by all ``processes`` together.

    ``average`` is the moving average of ``net``, or ``net`` itself where the recipe averages nothing. Raises UsageError
    where the device isn't here, RecipeError for a network that can't be built, BundleError where no weight of a
    ``beginning`` fits.
    """

    def __init__(self, recipe: Recipe, seed: int, device: str = "auto", beginning: Beginning | None = None) -> None:
        chosen = devices.device(device, processes.on_this_machine())
        precision = devices.precision(recipe.learning.precision, chosen)
        self.recipe = recipe
        self.trained_on = devices.description(chosen, precision)
        self.processes = Processes(chosen, precision, freezes=recipe.learning.probe > 0)
        self.fabric = self.processes.fabric
        self.second = second_loss(recipe.loss.second)
        torch.manual_seed(seeds.of_64_bits(seed))
        network = without_pretrained(recipe, beginning).network
        net = HybridNet(network, recipe.preparation.size, self.second.head if self.second else None)
        if beginning:
            beginning.enter(net)
        self.net = net.to(self.fabric.device).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net) if recipe.learning.averaging else self.net
        self._stepped, self.optimiser = self.fabric.setup(
            self.processes.shared(self.net, recipe.preparation.size), optimiser(self.net, recipe.learning)
        )

    @property
    def learning_rate(self) -> float:
        """The learning rate of the last step, the trunk's share left out."""
        return float(self.optimiser.param_groups[0]["lr"])

    def begin_epoch(self, number: int) -> None:
        """Sets what is trained in epoch ``number``, from 1 on: in a probe the trunk and its batch norms stay."""
        probes = number <= self.recipe.learning.probe
        self._stepped.train()
        if self.recipe.learning.probe:
            self._stepped.module.trunk.train(not probes).requires_grad_(not probes)

    def step(self, batch: Examples, progress: float) -> float:
        """One step on this process's share of a batch; ``progress`` (0 .. 1) of all steps is done.

        Returns the sum of the share's losses.
        """
        set_learning_rate(self.optimiser, self.recipe.learning, progress)
        share = self.processes.begin(len(batch))
        loss = self._loss(batch.take(np.arange(len(batch))[share.rows]), share)
        self.fabric.backward(loss * self.processes.count)  # whose gradients are averaged
        self.optimiser.step()
        self.optimiser.zero_grad()
        if self.recipe.learning.averaging:
            average_weights(self.average, self.net, self.recipe.learning.averaging)
        return float(loss.detach()) * (1 if self.recipe.loss.reduction == "sum" else len(batch))

    def end_epoch(self) -> None:
        """Gives ``average`` the running statistics of batch norm."""
        if self.recipe.learning.averaging:
            copy_buffers(self.average, self.net)

    def probabilities(self, examples: Examples) -> Probabilities:
        """What ``average`` reads in evaluation mode; several processes read a share each and exchange them."""
        net, n, count = self.average.eval(), len(examples), self.processes.count
        if count == 1 or n < count:
            return probabilities(net, examples.rois)
        rows = self.processes.of(n).rows
        part_read = as_table(probabilities(net, examples.take(np.arange(n)[rows]).rois))
        table = torch.zeros(n, part_read.shape[1], dtype=torch.float64)
        table[rows] = torch.from_numpy(part_read)
        return from_table(self.processes.sum(table).numpy())

    def tensors(self) -> Tensors:
        """All state, by the names of ``checkpoint.Standing``."""
        parts = {"net": self.net.state_dict(), "optimiser": checkpoint.optimiser_tensors(self.optimiser)}
        if self.recipe.learning.averaging:
            parts["average"] = self.average.state_dict()
        return {f"{name}.{key}": tensor for name, tensors in parts.items() for key, tensor in tensors.items()}

    def fits(self, tensors: Tensors) -> bool:
        """Whether the networks in a checkpoint's ``tensors`` have this one's names and shapes."""
        shapes = {name: tensor.shape for name, tensor in self.net.state_dict().items()}
        networks = ("net.", "best.", *(("average.",) if self.recipe.learning.averaging else ()))
        return all({n: t.shape for n, t in part(tensors, name).items()} == shapes for name in networks)

    def restore(self, tensors: Tensors) -> None:
        """Takes over the state that ``tensors`` gave, where it ``fits``."""
        self.net.load_state_dict(part(tensors, "net."))
        if self.recipe.learning.averaging:
            self.average.load_state_dict(part(tensors, "average."))
        checkpoint.restore_optimiser(self.optimiser, part(tensors, "optimiser."))

    def _loss(self, examples: Examples, share: Share) -> torch.Tensor:
        """Eq. (8) on augmented examples, a share of a batch, and the weighted second loss if there is one."""
        names = ("labels", *(self.second.targets if self.second else ()))
        device, arrays = self.fabric.device, examples.targets.arrays(names)
        images, targets = augment_with_targets(
            as_images(examples.rois[:], device),
            {name: torch.from_numpy(array).to(device) for name, array in arrays.items()},
            self.recipe.augmentation,
            share,
        )
        votes = self._stepped(images)
        loss = recipe_loss(targets["labels"], votes.fused, self.recipe.loss, share.n)
        if self.second:
            loss = loss + weighted(self.second, votes, targets, self.recipe.loss, share.n)
        return loss
