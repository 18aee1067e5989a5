"""A bundle's weights come back in the network of its recipe."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from isthmus.bundle import WEIGHTS, Bundle, Provenance
from isthmus.decision import Decision
from isthmus.errors import BundleError
from isthmus.export.weights import network_of, round_to_half, stored
from make.bundle import TINY, untrained


def bundle(folder: Path) -> Bundle:
    nodules = {"training": {"benign": 0, "malignant": 0}, "validation": {"benign": 0, "malignant": 0}}
    provenance = Provenance("none", "given", "0" * 12, nodules, 0, 0, 0.5, {}, {}, "2020-01-01T00:00:00+00:00")
    return Bundle(folder, TINY, Decision.at(0.5), provenance)


def test_the_network_comes_back_in_evaluation_mode(tmp_path: Path) -> None:
    net = untrained()
    save_file({name: tensor.contiguous() for name, tensor in net.state_dict().items()}, tmp_path / WEIGHTS)
    restored = network_of(bundle(tmp_path))
    assert not restored.training
    assert all(torch.equal(tensor, restored.state_dict()[name]) for name, tensor in net.state_dict().items())


@pytest.mark.parametrize("content", [b"", b"no tensors", None])
def test_other_weights_are_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        save_file({"classifier.output.weight": torch.zeros(3, 8)}, tmp_path / WEIGHTS)
    else:
        (tmp_path / WEIGHTS).write_bytes(content)
    with pytest.raises(BundleError, match="its weights aren't its recipe's"):
        network_of(bundle(tmp_path))


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        network_of(bundle(tmp_path))


def test_a_rounded_network_is_stored_in_half_precision_and_comes_back_equal(tmp_path: Path) -> None:
    net, exact = untrained(), untrained()
    round_to_half(net)
    tensors = stored(net, half=True)
    assert {tensors[name].dtype for name in ("classifier.hidden.weight", "trunk.block1.convolution.weight")} == {
        torch.float16
    }
    assert tensors["trunk.block1.norm.running_var"].dtype == torch.float32
    save_file(tensors, tmp_path / WEIGHTS)
    restored = network_of(bundle(tmp_path))
    for name, tensor in exact.state_dict().items():
        assert torch.equal(restored.state_dict()[name], net.state_dict()[name])
        torch.testing.assert_close(net.state_dict()[name], tensor, rtol=5e-4, atol=1e-7)


def test_a_weight_beyond_half_precision_is_refused() -> None:
    net = untrained()
    net.classifier.hidden.weight.data[0, 0] = 1e6  # type: ignore[union-attr,operator]
    with pytest.raises(BundleError, match=r"classifier\.hidden\.weight are too large for half"):
        round_to_half(net)
