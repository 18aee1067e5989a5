"""The scan area of a picture, whatever the grey level of its background."""

from __future__ import annotations

import numpy as np
import pytest

from isthmus.data.audit.frames import View
from isthmus.nodule import Frame
from make.scan import scan


@pytest.mark.parametrize("lift", [3, 15, 40])
def test_a_lifted_background_is_no_scan(lift: int) -> None:
    picture = scan(1)
    plain = View(Frame(picture)).area
    lifted = View(Frame(np.clip(picture.astype(int) + lift, 0, 255).astype(np.uint8))).area
    assert 0.3 < plain.mean() < 0.8
    assert (plain != lifted).mean() < 0.03


def test_tissue_up_to_the_border_is_all_scan() -> None:
    picture = scan(1, text="")[25:215, 65:335]
    assert View(Frame(picture)).area.mean() > 0.97
