"""The work of ``isthmus phantom``."""

from __future__ import annotations

from pathlib import Path

from isthmus.cli import options, talk
from isthmus.data.sources import open_source
from isthmus.nodule import DISCLAIMER, Label
from isthmus.phantom.write import write_phantom


def run(root: Path, *, patients: int, seed: int, faults: bool, as_json: bool) -> None:
    """Writes the simulated data set to ``root`` and says what it holds."""
    write_phantom(root, patients, seed, progress=talk.bar, faults=faults)
    data = open_source("phantom", root)
    counts = {str(label): count for label, count in data.counts().items()}
    if as_json:
        options.print_json(
            {
                "folder": str(root),
                "patients": data.cases,
                "images": len(data.images),
                "nodules": len(data.nodules),
                "policy": data.policy,
                "labels": counts,
                "faults": len(data.faults),
                "seed": seed,
                "disclaimer": DISCLAIMER,
            }
        )
        return
    benign, malignant = counts[str(Label.BENIGN)], counts[str(Label.MALIGNANT)]
    talk.say(f"{root}: patients {data.cases}, images {len(data.images)}, nodules {len(data.nodules)}")
    talk.say(f"{benign} benign and {malignant} malignant under {data.policy}; {len(data.faults)} faults met in reading")
    talk.say(f"Simulated. {DISCLAIMER}")
