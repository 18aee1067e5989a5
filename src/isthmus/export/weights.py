"""A bundle's weights: in the network of its recipe, and as they are stored."""

from __future__ import annotations

import torch
from safetensors import SafetensorError
from safetensors.torch import load as deserialised
from torch import nn

from isthmus.bundle import Bundle
from isthmus.errors import BundleError
from isthmus.net.ensemble import Ensemble
from isthmus.net.hybrid import HybridNet
from isthmus.recipe import Recipe


def network_of(bundle: Bundle) -> HybridNet | Ensemble:
    """The bundle's network, in evaluation mode. Raises BundleError where the weights aren't the recipe's."""
    nets = [_untrained(recipe) for recipe in bundle.members or (bundle.recipe,)]
    net = Ensemble(bundle.members, nets) if bundle.members else nets[0]
    try:
        net.load_state_dict(deserialised(bundle.weights.read_bytes()))
    except (RuntimeError, SafetensorError, OSError) as error:
        raise BundleError(
            f"its weights aren't its recipe's ({' '.join(str(error).split())[:120]})",
            where=str(bundle.folder),
            remedy="Copy the whole bundle anew.",
        ) from None
    return net.eval()


def _untrained(recipe: Recipe) -> HybridNet:
    return HybridNet(recipe.changed(pretrained=False).network, recipe.preparation.size)


def stored(net: nn.Module, half: bool = False) -> dict[str, torch.Tensor]:
    """The network's tensors as a bundle stores them; with ``half`` those in half precision that it rounds."""
    return {
        name: (tensor.half() if half and _is_heavy(tensor) else tensor).contiguous()
        for name, tensor in net.state_dict().items()
    }


def round_to_half(net: nn.Module) -> None:
    """Rounds the weights of convolutions and fully connected layers to half precision (a relative error of 5e-4 at
    most), in place: stored so they are half as large, and the network that is exported is the one that is stored.
    Biases and batch norms, which weigh nothing, stay as they are.

    Raises BundleError for a weight beyond its range.
    """
    for name, tensor in net.state_dict().items():
        if _is_heavy(tensor):
            if not tensor.half().isfinite().all():
                raise BundleError(f"its weights {name} are too large for half precision")
            tensor.copy_(tensor.half())


def _is_heavy(tensor: torch.Tensor) -> bool:
    return tensor.is_floating_point() and tensor.ndim >= 2
