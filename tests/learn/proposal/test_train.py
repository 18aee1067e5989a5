from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from isthmus.errors import DataError
from isthmus.learn.proposal.examples import Source
from isthmus.learn.proposal.pictures import Picture
from isthmus.learn.proposal.train import Settings, train
from make.ellipse import ellipse

BOX = (50.0, 40.0, 100.0, 80.0)
SETTINGS = Settings(epochs=3, stop=2, rise=0.3, batch=2, pretrained=False)


def sources(count: int = 4) -> list[Source]:
    return [Source(Picture(ellipse(150, 120, BOX, seed), BOX)) for seed in range(count)]


class StoppedError(Exception):
    pass


def test_a_training_that_was_stopped_comes_to_the_same_weights(tmp_path: Path) -> None:
    whole, state, notes = train(sources(), SETTINGS), tmp_path / "state", []

    def stop(text: str) -> None:
        notes.append(text)
        if len(notes) == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(sources(), SETTINGS, state, stop)
    resumed = train(sources(), SETTINGS, state, notes.append)
    assert [note[:12] for note in notes] == ["epoch 1 of 2", "epoch 2 of 2", "epoch 2 of 2"]
    for one, other in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_the_state_of_another_training_is_refused(tmp_path: Path) -> None:
    state, short = tmp_path / "state", replace(SETTINGS, stop=1)
    train(sources(), short, state)
    with pytest.raises(DataError, match="is of another training"):
        train(sources(), replace(short, seed=1), state)
    state.write_bytes(b"nothing")
    with pytest.raises(DataError, match="no state of a training"):
        train(sources(), short, state)


def test_fewer_nodules_than_a_batch_are_refused() -> None:
    with pytest.raises(DataError, match="1 nodules are fewer than a batch of 2"):
        train(sources(1), SETTINGS)
