"""Weights that a training begins from: those of a bundle, where names and shapes fit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch
from safetensors import SafetensorError
from safetensors.torch import load as deserialised
from torch import nn

from isthmus.bundle import Bundle
from isthmus.errors import BundleError
from isthmus.learn.checkpoint import Tensors, part
from isthmus.recipe import Recipe
from isthmus.recipes import shown


@dataclass(frozen=True, eq=False)
class Beginning:
    """The tensors of a network of that recipe, by name; ``name`` says whose they are."""

    name: str
    recipe: Recipe
    tensors: Tensors

    @classmethod
    def of(cls, bundle: Bundle) -> Beginning:
        """The weights of a bundle; of an ensemble those of the member that it shows. Raises BundleError."""
        try:
            tensors = deserialised(bundle.weights.read_bytes())
        except (SafetensorError, OSError) as error:
            raise BundleError(f"can't be read ({error})", where=str(bundle.weights)) from None
        if not bundle.members:
            return cls(bundle.name, bundle.recipe, tensors)
        member = shown(bundle.members)
        return cls(bundle.name, bundle.members[member], part(tensors, f"members.{member}."))

    @property
    def digest(self) -> str:
        """16 hexadecimal digits over every tensor."""
        sha256 = hashlib.sha256()
        for name, tensor in sorted(self.tensors.items()):
            sha256.update(f"{name} {tuple(tensor.shape)} ".encode())
            sha256.update(tensor.float().contiguous().numpy().tobytes())
        return sha256.hexdigest()[:16]

    def replaces_pretrained(self, recipe: Recipe) -> Recipe:
        """The recipe without pretrained weights where these take their place."""
        return recipe.changed(pretrained=False) if recipe.network.backbone == self.recipe.network.backbone else recipe

    def enter(self, net: nn.Module) -> str:
        """Copies into ``net`` every tensor whose name and shape it has; returns in words which parts it took.

        Raises BundleError where nothing fits.
        """
        state = net.state_dict()
        fitting = {name for name, tensor in self.tensors.items() if name in state and tensor.shape == state[name].shape}
        if not fitting:
            raise BundleError("none of its weights fits the recipe's network", where=self.name)
        with torch.no_grad():
            for name in fitting:
                state[name].copy_(self.tensors[name])
        layers: dict[str, set[bool]] = {}
        for name in state:
            part, _, rest = name.partition(".")
            layer = part if part == "trunk" else f"{part}.{rest.rpartition('.')[0]}".rstrip(".")
            layers.setdefault(layer, set()).add(name in fitting)
        whole = [layer for layer, taken in layers.items() if taken == {True}]
        other = [layer for layer, taken in layers.items() if taken != {True}]
        begun = f"; begun anew, as their shapes differ: {', '.join(other)}" if other else ", which is all of it"
        return f"weights taken over from {self.name}: {', '.join(whole) or 'parts'}{begun}"
