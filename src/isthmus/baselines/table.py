"""The baselines by name: what a network has to beat before it is shown to read the nodule.

Each is fitted on the training nodules of a split and predicts P(malignant) of the test nodules, as a network does. The
features are computed once for each nodule, without its label.
"""

from __future__ import annotations

from collections.abc import Mapping

from isthmus.baselines.baseline import Baseline
from isthmus.baselines.border import BORDER, SQUARE_BORDER
from isthmus.baselines.box import BOX
from isthmus.baselines.calipers import CALIPERS
from isthmus.baselines.descriptors import DESCRIPTORS
from isthmus.baselines.frames import FRAMES
from isthmus.baselines.frozen import FROZEN_TRUNK
from isthmus.baselines.majority import MAJORITY
from isthmus.baselines.order import ORDER
from isthmus.baselines.texture import TEXTURE

# name -> baseline, in the order of a table's rows
BASELINES: Mapping[str, Baseline] = {
    "majority": MAJORITY,
    "box": BOX,
    "descriptors": DESCRIPTORS,
    "texture": TEXTURE,
    "frozen-trunk": FROZEN_TRUNK,
    "border": BORDER,
    "square-border": SQUARE_BORDER,
    "calipers": CALIPERS,
    "order": ORDER,
    "frames": FRAMES,
}
