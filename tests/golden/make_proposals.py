"""Remakes proposals.json, boxes that the network of click-to-box proposes: `python tests/golden/make_proposals.py`."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from isthmus import files  # noqa: E402
from isthmus.infer.proposal.propose import Proposer  # noqa: E402
from isthmus.nodule import Frame  # noqa: E402
from make.ellipse import ellipse  # noqa: E402

PICTURES = (
    ((300, 200), (60, 50, 140, 110), (95.0, 82.0)),
    ((560, 360), (300, 120, 420, 190), (350.5, 160.0)),
    ((200, 240), (20, 30, 170, 200), (100.0, 120.0)),
)


def main() -> None:
    made, proposer = [], Proposer()
    for picture, nodule, click in PICTURES:
        box = proposer.propose(Frame(ellipse(*picture, nodule)), click)
        made.append(
            {
                "picture": picture,
                "nodule": nodule,
                "click": click,
                "box": str(box),
            }
        )
    files.write_text(HERE / "proposals.json", files.json_text(made) + "\n")


if __name__ == "__main__":
    main()
