"""Checks the maps of a bundle, with integrated gradients beside, and writes the result into the bundle:

`python benchmarks/explanations.py ddti.csv --data ROOT --as ddti --labels benign-2-3-4a --skip-broken --model MODEL`.

The table has the predictions, as for `isthmus report`; the model must not have learned from the data. With --into the
bundle gets explanation.json (decision 96), and nothing else of it changes.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
import numpy as np
import torch

from isthmus.bundle import open_bundle
from isthmus.cli.bars import bar
from isthmus.data.sources import open_source
from isthmus.errors import DataError
from isthmus.evidence.nodules import Choice, read
from isthmus.evidence.pictured.explanation import SAMPLE, agreement, check_from, judged
from isthmus.evidence.pictured.maps import maps
from isthmus.evidence.pictured.pictures import Pictures, learned_from
from isthmus.export.weights import network_of
from isthmus.files import json_text
from isthmus.infer.map_check import with_check
from isthmus.infer.occlusion import CELLS, Cells, blurred, summed
from isthmus.infer.predictor import Predictor
from isthmus.net.gradient_map import integrated_gradients
from isthmus.nodule import Label, Pixels


@click.command()
@click.argument("table", type=click.Path(exists=True, path_type=Path))
@click.option("--data", "root", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--as", "kind", required=True)
@click.option("--labels", "policy")
@click.option("--skip-broken", is_flag=True, help="Leave out what can't be read.")
@click.option("--model", required=True)
@click.option("--sample", default=SAMPLE, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--into", type=click.Path(path_type=Path), help="Write the bundle with its check as this folder.")
def main(
    table: Path,
    root: Path,
    kind: str,
    policy: str | None,
    skip_broken: bool,
    model: str,
    sample: int,
    seed: int,
    into: Path | None,
) -> None:
    torch.set_num_threads(1)
    predictor = Predictor.load(model, threads=1)
    data = open_source(kind, root, policy)
    if not skip_broken:
        data.refuse_broken()
    if learned_from(predictor.bundle, data):
        raise DataError("the model learned from it", where=str(root))
    choice = Choice(skip_unlabelled=True)
    pictures = Pictures.of(read(table, choice), data, predictor, 1 << 30).part(sample, seed)
    made = maps(pictures, seed, bar, threads=1)
    result = judged(pictures, made)
    conditions = (*result.conditions, *agreement(made.centred, gradients(pictures), pictures.groups))
    check = check_from(conditions, result.position, len(pictures))
    click.echo(json_text(result.as_json() | {"check": asdict(check)}))
    if into:
        with_check(predictor.bundle, check, into)


def gradients(pictures: Pictures) -> Cells:
    """Integrated gradients of all nodules from what covers them, in the cells of their maps: (n, CELLS, CELLS)."""
    net = network_of(open_bundle(pictures.model.bundle.folder))
    every = np.empty((len(pictures), CELLS, CELLS))

    def log_odds(images: torch.Tensor) -> torch.Tensor:
        fused = net(images).fused
        odds: torch.Tensor = fused[:, Label.MALIGNANT] - fused[:, Label.BENIGN]
        return odds

    def tensor(roi: Pixels) -> torch.Tensor:
        return torch.from_numpy(roi.copy()).permute(2, 0, 1).float() / 255

    for index, frame in pictures.frames("gradients", bar):
        roi = pictures.roi(index, frame)
        every[index] = summed(integrated_gradients(log_odds, tensor(roi), tensor(blurred(roi))).numpy())
    return every


if __name__ == "__main__":
    main()
