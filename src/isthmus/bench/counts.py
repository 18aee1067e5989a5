"""Multiply-adds and bytes by hand: Table 1 and the cropping branch as formulas, layer by layer."""

from __future__ import annotations

from isthmus.bench.result import Layer
from isthmus.errors import RecipeError
from isthmus.net.cropping import boundary_corners, crop_side
from isthmus.net.fourconv import CHANNELS
from isthmus.recipe import Recipe

TAPS = 9  # of a 3 x 3 convolution
TRANSPOSED_TAPS = 16  # of the 4 x 4 transposed one


def layers(recipe: Recipe) -> tuple[Layer, ...]:
    """The layers of the recipe's network that multiply. Raises RecipeError for a trunk that isn't the paper's own.

    >>> [f"{layer.name}: {layer.multiply_adds / 1e6:.1f} M" for layer in layers(Recipe())]  # doctest: +ELLIPSIS
    ['convolution 1: 43.4 M', 'convolution 2: 231.2 M', 'convolution 3: 231.2 M', 'convolution 4: 115.6 M', ...]
    """
    if recipe.network.backbone != "fourconv":
        raise RecipeError(f"multiply-adds are counted by hand for fourconv, not for {recipe.network.backbone}")
    found, side = [], recipe.preparation.size
    for number, (inputs, outputs) in enumerate(zip((3, *CHANNELS), CHANNELS, strict=False), 1):
        found.append(_convolution(f"convolution {number}", side, inputs, outputs))
        side = (side - 1) // 2 + 1  # max pool: 3 x 3, stride 2, padded by 1
    crops = crop_count(recipe, side)
    channels = CHANNELS[-1]
    if crops and recipe.network.upsampling == "transposed":
        found.append(_transposed(crop_side(side, recipe.network.alpha), channels, crops))
    elif crops and recipe.network.upsampling == "separable":
        found += _separable(side, channels, crops)
    elif crops:
        found.append(_convolution("upsampling convolution", side, channels, channels, crops))
    flat = channels * (side * side if recipe.network.head == "flatten" else 1)
    found.append(_connected("fully connected 1", flat, recipe.network.hidden, 1 + crops))
    found.append(_connected("fully connected 2", recipe.network.hidden, 2, 1 + crops))
    return tuple(found)


def crop_count(recipe: Recipe, side: int) -> int:
    """How many crops of a map of ``side`` x ``side`` cells the recipe takes when reading."""
    if recipe.network.crops == "none":
        return 0
    return (
        recipe.network.crop_count
        if recipe.network.crops == "random"
        else len(boundary_corners(side, side, recipe.network.alpha, recipe.network.steps))
    )


def _convolution(name: str, side: int, inputs: int, outputs: int, maps: int = 1) -> Layer:
    """h w positions, each a product of 9 c_in weights with every one of c_out."""
    weights = TAPS * inputs * outputs
    return Layer(name, maps, maps * side * side * weights, weights, maps * side * side * (inputs + outputs))


def _separable(side: int, channels: int, maps: int) -> list[Layer]:
    """Every channel by itself, 3 x 3; then all channels of a cell, 1 x 1."""
    cells, values = maps * side * side, 2 * maps * side * side * channels
    return [
        Layer("depthwise convolution", maps, cells * TAPS * channels, TAPS * channels, values),
        Layer("pointwise convolution", maps, cells * channels**2, channels**2, values),
    ]


def _transposed(side: int, channels: int, maps: int) -> Layer:
    """Every cell of the crop is spread over 4 x 4 cells of a map of twice its side."""
    weights = TRANSPOSED_TAPS * channels * channels
    values = maps * side * side * channels * (1 + 4)
    return Layer("transposed convolution", maps, maps * side * side * weights, weights, values)


def _connected(name: str, inputs: int, outputs: int, maps: int) -> Layer:
    return Layer(name, maps, maps * inputs * outputs, inputs * outputs, maps * (inputs + outputs))
