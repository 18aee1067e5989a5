"""Fixtures that tests of several rooms share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def ddti_root() -> Path:
    """The real DDTI: the folder named by ISTHMUS_DDTI, else ../shared/data/ddti beside the checkout."""
    root = Path(os.environ.get("ISTHMUS_DDTI") or CHECKOUT.parent / "shared" / "data" / "ddti")
    if not any(root.glob("*.xml")):
        pytest.skip("the real DDTI is not here; name its folder in ISTHMUS_DDTI")
    return root
