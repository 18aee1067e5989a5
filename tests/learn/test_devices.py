"""Devices by name: what isn't here is said in one line, and precision goes by recipe and device."""

from __future__ import annotations

import pytest
import torch

from isthmus.errors import UsageError
from isthmus.learn import devices
from isthmus.learn.devices import Device, description, device, precision


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two GPUs, as torch would tell."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.fixture
def none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.mark.parametrize("name", ["gpu", "", "cuda:", "cuda:x", "cuda:-1", "CPU", "cpu:0", "mps:1", "auto "])
def test_other_names_are_refused_and_the_known_ones_listed(name: str) -> None:
    with pytest.raises(UsageError, match=r"--device: no device '.*'\. Use auto, cpu, cuda, cuda:N or mps"):
        device(name)


def test_without_a_gpu(none: None) -> None:
    assert device("auto") == device("cpu") == device("cpu", 4) == Device("cpu")
    for name in ("cuda", "cuda:0", "mps"):
        with pytest.raises(UsageError, match=f"--device {name}: no GPU that torch reaches by {name[:4].rstrip(':')}"):
            device(name)


def test_with_two(gpus: None) -> None:
    assert device("auto") == device("cuda") == Device("cuda")
    assert [str(device(f"cuda:{index}")) for index in (0, 1)] == ["cuda:0", "cuda:1"]
    assert device("cuda", 2) == Device("cuda")
    for name, processes, why in (
        ("cuda:2", 1, "numbered 0 to 1"),
        ("cuda", 3, "3 processes need as many GPUs, and 2 can be used"),
        ("cuda:0", 2, "2 processes can't share one GPU"),
    ):
        with pytest.raises(UsageError, match=f"--device {name}: .*{why}"):
            device(name, processes)


def test_precision_goes_by_recipe_and_device(monkeypatch: pytest.MonkeyPatch) -> None:
    for able, expected in ((True, "bf16-mixed"), (False, "32-true")):
        monkeypatch.setattr(devices, "trains_faster_in_bf16", lambda able=able: able)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation, able=able: able)
        assert precision("auto", Device("cpu")) == precision("auto", Device("cuda")) == expected
        assert precision("auto", Device("mps")) == "32-true"
    assert precision("fp32", Device("cuda")) == "32-true"
    assert precision("bf16", Device("cpu")) == precision("bf16", Device("cuda")) == "bf16-mixed"
    assert description(Device("cuda", 1), "bf16-mixed") == "cuda:1 in bf16"


def test_bf16_where_the_device_has_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--device mps: doesn't compute in bf16.*Set precision = fp32"):
        precision("bf16", Device("mps"))
