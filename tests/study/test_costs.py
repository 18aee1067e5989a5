"""What networks cost: counted, measured, kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isthmus.recipe import PAPER
from isthmus.study import costs as module
from isthmus.study.costs import COSTS, costs, measured, network_name

TINY = PAPER.changed(size=64, hidden=8)


def test_crops_of_the_image_go_through_the_trunk_six_times() -> None:
    cost = measured(TINY)
    bare = measured(TINY.changed(crops="none"))
    assert cost.crops_of_image_multiply_adds == 6 * bare.multiply_adds
    assert bare.multiply_adds < cost.multiply_adds < cost.crops_of_image_multiply_adds
    assert bare.parameters < cost.parameters
    assert min(cost.ms_per_image, cost.crops_of_image_ms) > 0
    assert cost.rounds >= 1


def test_a_network_is_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = costs([TINY, TINY.changed(epochs=3)], tmp_path)
    assert list(found) == [network_name(TINY)]
    monkeypatch.setattr(module, "measured", lambda recipe: pytest.fail("measured again"))
    assert costs([TINY], tmp_path) == found
    assert list(json.loads((tmp_path / COSTS).read_text())) == [network_name(TINY)]


@pytest.mark.parametrize("content", ["", "[]", '{"a": {"parameters": 1}}'])
def test_a_damaged_file_is_measured_anew(tmp_path: Path, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / COSTS).write_text(content)
    cost = measured(TINY)
    monkeypatch.setattr(module, "measured", lambda recipe: cost)
    assert costs([TINY], tmp_path) == {network_name(TINY): cost}
