"""The file of a pretrained trunk: read as it was written, and refused where it is anything else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from isthmus.bundle import LearnedFrom
from isthmus.data.sources import open_source
from isthmus.errors import BundleError
from isthmus.learn.beginning import Beginning
from isthmus.learn.unlabelled.weights import learned_from, read, write
from isthmus.recipes import ISTHMUS

RECIPE = ISTHMUS.changed(size=32)
TRUNK = Beginning(
    "t.safetensors",
    RECIPE,
    {"trunk.a": torch.arange(6.0).reshape(2, 3)},
    (LearnedFrom("ddti", "without labels", "0123456789ab"),),
    seen=frozenset({"00", "ff"}),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(TRUNK, tmp_path / "t.safetensors", {"seed": 3})
    return tmp_path / "t.safetensors"


def test_it_is_read_as_it_was_written(path: Path) -> None:
    trunk = read(path)
    assert (trunk.name, trunk.recipe, trunk.digest) == (TRUNK.name, RECIPE, TRUNK.digest)
    assert (trunk.learned_from, trunk.seen) == (TRUNK.learned_from, TRUNK.seen)


def test_damage_is_noticed_wherever_it_is(path: Path) -> None:
    content = path.read_bytes()
    for damaged in (
        content[:-1],
        content[:40],
        b"",
        content[:-3] + b"\x7f" + content[-2:],
        content.replace(b"ff", b"fe"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(BundleError, match=str(path)):
            read(path)


def test_another_file_is_no_trunk(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    (tmp_path / "text").write_text("no tensors at all", encoding="utf-8")
    for name in ("other.safetensors", "text"):
        with pytest.raises(BundleError, match="is no trunk of `isthmus pretrain`"):
            read(tmp_path / name)


def test_the_record_of_a_data_set_is_of_its_pictures(phantom: Path) -> None:
    data = open_source("phantom", phantom)
    record = learned_from(data)
    assert (record.data, record.policy) == ("phantom", "without labels")
    assert record == learned_from(replace(data, nodules=data.nodules[::-1]))
    assert record != learned_from(replace(data, nodules=data.nodules[:3]))
