"""Weights that a training begins from: those of a bundle, where names and shapes fit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property

import torch
from safetensors import SafetensorError
from safetensors.torch import load as deserialised
from torch import nn

from isthmus.bundle import Bundle, LearnedFrom
from isthmus.data.dataset import DataSet, picture_digests
from isthmus.data.labels import POLICIES, labelled
from isthmus.errors import BundleError, UsageError
from isthmus.learn.checkpoint import Tensors, part
from isthmus.learn.second import second_loss
from isthmus.net.hybrid import HybridNet
from isthmus.recipe import Recipe
from isthmus.recipes import shown

NO_LABELS = "without labels"  # in place of a policy, of what was learned so


@dataclass(frozen=True, eq=False)
class Beginning:
    """The tensors of a network of that recipe, by name; ``name`` says whose they are.

    ``learned_from`` is the data that they were learned from, the last first; ``member`` which one of an ensemble they
    are, in words, "" where there is none. ``seen`` are the ``picture_digests`` of what they saw without labels.
    """

    name: str
    recipe: Recipe
    tensors: Tensors
    learned_from: tuple[LearnedFrom, ...] = ()
    member: str = ""
    seen: frozenset[str] = frozenset()

    @classmethod
    def of(cls, bundle: Bundle) -> Beginning:
        """The weights of a bundle; of an ensemble those of the member that it shows. Raises BundleError."""
        try:
            tensors = deserialised(bundle.weights.read_bytes())
        except (SafetensorError, OSError) as error:
            raise BundleError(f"can't be read ({error})", where=str(bundle.weights)) from None
        learned_from = bundle.provenance.learned_from
        if not bundle.members:
            return cls(bundle.name, bundle.recipe, tensors, learned_from)
        at = shown(bundle.members)
        recipe = bundle.members[at]
        member = f"member {at + 1} of {len(bundle.members)}, {recipe.network.backbone} at {recipe.preparation.size} px"
        return cls(bundle.name, recipe, part(tensors, f"members.{at}."), learned_from, member)

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits over every tensor."""
        sha256 = hashlib.sha256()
        for name, tensor in sorted(self.tensors.items()):
            sha256.update(f"{name} {tuple(tensor.shape)} ".encode())
            sha256.update(tensor.float().contiguous().numpy().tobytes())
        return sha256.hexdigest()[:16]

    def __str__(self) -> str:
        return f"{self.name} {self.digest}"

    def replaces_pretrained(self, recipe: Recipe) -> Recipe:
        """The recipe without pretrained weights where these take their place."""
        return recipe.changed(pretrained=False) if recipe.network.backbone == self.recipe.network.backbone else recipe

    def enter(self, net: nn.Module) -> None:
        """Copies into ``net`` every tensor whose name and shape it has. Raises BundleError where nothing fits."""
        state = net.state_dict()
        with torch.no_grad():
            for name in self._fitting(state):
                state[name].copy_(self.tensors[name])

    def taken_over(self, recipe: Recipe) -> str:
        """In words, which parts of the recipe's network begin with these weights. Raises BundleError where none does,
        RecipeError for a network that can't be built."""
        second = second_loss(recipe.loss.second)
        with torch.device("meta"):  # shapes only
            network = recipe.changed(pretrained=False).network
            state = HybridNet(network, recipe.preparation.size, second.head if second else None).state_dict()
        fitting, layers = self._fitting(state), dict[str, set[bool]]()
        for name in state:
            first, _, rest = name.partition(".")
            layer = first if first == "trunk" else f"{first}.{rest.rpartition('.')[0]}".rstrip(".")
            layers.setdefault(layer, set()).add(name in fitting)
        whole = [layer for layer, taken in layers.items() if taken == {True}]
        other = [layer for layer, taken in layers.items() if taken != {True}]
        begun = f"; begun anew, as their shapes differ: {', '.join(other)}" if other else ", which is all of it"
        whose = f"{self.name} ({self.member})" if self.member else self.name
        return f"weights taken over from {whose}: {', '.join(whole) or 'parts'}{begun}"

    def seen_in(self, data: DataSet) -> int:
        """How many labelled nodules of ``data`` lie in pictures that these weights saw, without their labels."""
        return sum(digest in self.seen for digest in picture_digests(data.labelled)) if self.seen else 0

    def record(self, recipe: Recipe, data: DataSet) -> dict[str, object]:
        """What manifests and scorecards say of it, for a training of ``recipe`` that is tested on ``data``."""
        learned_from = [asdict(one) for one in self.learned_from]
        taken = self.taken_over(recipe)
        seen = {"seen_without_labels": self.seen_in(data)} if self.seen else {}
        return {"model": self.name, "digest": self.digest, "taken_over": taken, "learned_from": learned_from, **seen}

    def refuse_overlap(self, data: DataSet) -> str:
        """Raises UsageError where these weights were learned from the nodules of ``data``, by whatever policy they were
        labelled. Returns a remark where that can't be told, else ""."""
        here = {data.policy: data.fingerprint()}
        for one in self.learned_from:
            if one.policy in POLICIES and one.policy not in here:
                nodules = labelled(data.nodules, one.policy)
                here[one.policy] = replace(data, nodules=nodules, policy=one.policy).fingerprint()
            if one.fingerprint in here.values():
                raise UsageError(
                    f"{self.name} learned from these very nodules: every fold would test what its network has seen",
                    where="--from",
                    remedy="Begin from a model of other data, or leave --from out.",
                )
        if seen := self.seen_in(data):
            return (
                f"{self.name} saw, without labels, the pictures of {seen} of these {len(data.labelled)} nodules: "
                "the figures are for pictures that are there when the network learns (transductive)"
            )
        alike = [
            str(one)
            for one in self.learned_from
            if one.data == data.kind and not (self.seen and one.policy == NO_LABELS)
        ]
        if not alike:
            return ""
        return (
            f"{self.name} learned from data of this kind, {', '.join(alike)}; whether some of these nodules were among "
            "them isn't recorded"
        )

    def _fitting(self, state: Mapping[str, torch.Tensor]) -> set[str]:
        """The names of the tensors that ``state`` has with the same shape. Raises BundleError where there is none."""
        fitting = {name for name, tensor in self.tensors.items() if name in state and tensor.shape == state[name].shape}
        if not fitting:
            raise BundleError("none of its weights fits the recipe's network", where=self.name)
        return fitting


def without_pretrained(recipe: Recipe, beginning: Beginning | None) -> Recipe:
    """The recipe whose network is built before the weights of ``beginning``, if any, enter it."""
    return beginning.replaces_pretrained(recipe) if beginning else recipe
