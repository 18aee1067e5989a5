"""Makes the network of click-to-box: `python shipping/proposal.py --tn5000 ROOT --work FOLDER`.

It learns from the training part of TN5000 at ROOT and writes src/isthmus/infer/proposal/network.onnx: hours on a core,
where --device cuda spares most. FOLDER has, or gets, the data's duplicates and the state of the training, from which
the same command goes on where it was stopped. What the network does on the validation part proposal_judged.py shows.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
import cv2
import torch

import proposal_data
from isthmus.cli.bars import bar
from isthmus.cli.talk import note
from isthmus.errors import IsthmusError
from isthmus.export.proposal import export_proposal
from isthmus.files import whole_file
from isthmus.infer.proposal.propose import NETWORK
from isthmus.learn.proposal.train import Settings, train


@click.command()
@click.option("--tn5000", "root", required=True, type=click.Path(path_type=Path), help="The data set.")
@click.option("--work", required=True, type=click.Path(path_type=Path, file_okay=False), help="To resume from.")
@click.option("--to", default=NETWORK, type=click.Path(path_type=Path), help="The ONNX file.  [default: the package's]")
@click.option(
    "--stop", default=Settings.stop, show_default=True, type=click.IntRange(min=1), help="Epochs, 320 at most."
)
@click.option("--device", default="cpu", show_default=True, help="As torch names it, cuda for a GPU.")
def main(root: Path, work: Path, to: Path, stop: int, device: str) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    work.mkdir(parents=True, exist_ok=True)
    divided = proposal_data.divided(root, work / "duplicates.json", bar)
    learned_from = proposal_data.sources(divided.learned_from, bar)
    net = train(learned_from, Settings(stop=stop), work / "proposal.state", note, device)
    with whole_file(to) as whole:
        export_proposal(net, whole)
    click.echo(f"{to}: {to.stat().st_size / 1e6:.2f} MB, learned from {len(learned_from)} nodules")


if __name__ == "__main__":
    try:
        main()
    except IsthmusError as error:
        sys.exit(f"proposal: {error}")
