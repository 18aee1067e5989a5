"""Attention on the trunk's maps, by name: the paper has none, and both branches share what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import nn

from isthmus.errors import RecipeError

# name -> module for that many channels: (n, channels, h, w) to the same shape
ATTENTIONS: Mapping[str, Callable[[int], nn.Module]] = {
    "none": lambda channels: nn.Identity(),
}


def attention(name: str, channels: int) -> nn.Module:
    """The attention module called ``name``, for maps (n, channels, h, w). Raises RecipeError for an unknown name."""
    if name not in ATTENTIONS:
        raise RecipeError(f"no attention {name!r}", remedy=f"Use {', '.join(ATTENTIONS)}.")
    return ATTENTIONS[name](channels)
