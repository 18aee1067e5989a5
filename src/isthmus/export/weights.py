"""A bundle's weights in the network of its recipe."""

from __future__ import annotations

from safetensors import SafetensorError
from safetensors.torch import load as deserialised

from isthmus.bundle import Bundle
from isthmus.errors import BundleError
from isthmus.net.hybrid import HybridNet


def network_of(bundle: Bundle) -> HybridNet:
    """The bundle's network, in evaluation mode. Raises BundleError where the weights aren't the recipe's."""
    net = HybridNet(bundle.recipe.changed(pretrained=False).network, bundle.recipe.preparation.size)
    try:
        net.load_state_dict(deserialised(bundle.weights.read_bytes()))
    except (RuntimeError, SafetensorError, OSError) as error:
        raise BundleError(
            f"its weights aren't its recipe's ({' '.join(str(error).split())[:120]})",
            where=str(bundle.folder),
            remedy="Copy the whole bundle anew.",
        ) from None
    return net.eval()
