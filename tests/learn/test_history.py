"""A training's epochs, as a table and as a TensorBoard log."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from isthmus.learn.checkpoint import Epoch
from isthmus.learn.history import open_log, write_epoch, write_history

EPOCHS = (Epoch(1, 0.5, 0.4, float("nan"), 1e-3, 2.0), Epoch(2, 0.1 + 0.2, 0.3, 0.75, 1e-5, 2.5))


def test_the_table_has_a_line_per_epoch_and_every_digit(tmp_path: Path) -> None:
    write_history(EPOCHS, tmp_path)
    with (tmp_path / "history.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["epoch", "train_loss", "validation_loss", "auc", "learning_rate", "seconds"]
    assert [int(row["epoch"]) for row in rows] == [1, 2]
    assert float(rows[1]["train_loss"]) == EPOCHS[1].train_loss
    assert rows[0]["auc"] == "nan"


def test_a_resumed_log_drops_epochs_behind_the_checkpoint(tmp_path: Path) -> None:
    for done, epochs in ((0, EPOCHS), (1, EPOCHS[1:])):
        log = open_log(tmp_path, done, lambda text: None)
        assert log is not None
        for epoch in epochs:
            write_epoch(log, epoch)
        log.close()
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("train_loss")] == [1, 2]


def test_a_folder_that_tensorboard_cannot_name_gets_no_log(tmp_path: Path) -> None:
    notes: list[str] = []
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/run\xe9"))
    assert open_log(folder, 0, notes.append) is None
    assert "no TensorBoard log" in notes[0]
